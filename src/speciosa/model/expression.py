"""A small expression graph: the one form of equations, to be checked, differentiated, printed and compiled.

Nodes are immutable and compare by structure; equal sub-expressions are found once when a program is made of
them, so no global table is needed. Constants written in equations are pure numbers (0 fits any dimension);
everything that carries a unit is a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from math import exp, isfinite, log

from speciosa.errors import ModelError


class Op(Enum):
    """Operators of the graph.

    ``SELECT(a, b, x, y)`` is x where a > b and y elsewhere; ``DELAYED(x, d)`` is x as it was d ago;
    ``PAST_SLOPE(x, d)`` is how fast x changed then, and 0 where `delayed` takes the value of now.
    """

    CONSTANT = "constant"
    SYMBOL = "symbol"
    ADD = "add"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    POWER = "power"
    EXP = "exp"
    LOG = "log"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    SELECT = "select"
    DELAYED = "delayed"
    PAST_SLOPE = "past slope"


class Kind(Enum):
    """What a symbol stands for."""

    STATE = "state"
    PARAMETER = "parameter"
    SIGNAL = "signal"
    TIME = "time"
    DOSE = "dose"


class Algebra:
    """Arithmetic for expressions, and for what stands for one: a state, a parameter, a signal."""

    __slots__ = ()

    @property
    def expression(self) -> Expression:
        """The expression that stands for the object."""
        raise NotImplementedError

    def __add__(self, other: object) -> Expression:
        return add(self, other)

    def __radd__(self, other: object) -> Expression:
        return add(other, self)

    def __sub__(self, other: object) -> Expression:
        return add(self, multiply(-1.0, other))

    def __rsub__(self, other: object) -> Expression:
        return add(other, multiply(-1.0, self))

    def __mul__(self, other: object) -> Expression:
        return multiply(self, other)

    def __rmul__(self, other: object) -> Expression:
        return multiply(other, self)

    def __truediv__(self, other: object) -> Expression:
        return divide(self, other)

    def __rtruediv__(self, other: object) -> Expression:
        return divide(other, self)

    def __pow__(self, other: object) -> Expression:
        return power(self, other)

    def __neg__(self) -> Expression:
        return multiply(-1.0, self)


class Expression(Algebra):
    """One node.

    Parameters
    ----------
    op : Op
    args : tuple of Expression
    value : float
        Of a constant.
    name : str
        Of a symbol.
    unit : str
        Of a symbol, coherent in h, nmol, L, kg.
    kind : Kind, optional
        Of a symbol.

    Examples
    --------
    >>> x = symbol("x", "nmol", Kind.STATE)
    >>> (2.0 * x + x) == (2.0 * x + x)
    True
    """

    __slots__ = ("_hash", "args", "kind", "name", "op", "unit", "value")

    def __init__(
        self,
        op: Op,
        args: tuple[Expression, ...] = (),
        *,
        value: float = 0.0,
        name: str = "",
        unit: str = "",
        kind: Kind | None = None,
    ) -> None:
        self.op = op
        self.args = args
        self.value = value
        self.name = name
        self.unit = unit
        self.kind = kind
        self._hash = hash((op, args, value, name, unit, kind))

    @property
    def expression(self) -> Expression:
        """The node itself."""
        return self

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Expression):
            return NotImplemented
        if self._hash != other._hash:
            return False
        # Each pair once, without recursion: shared parts would otherwise cost exponential time.
        waiting: list[tuple[Expression, Expression]] = [(self, other)]
        seen: set[tuple[int, int]] = set()
        while waiting:
            a, b = waiting.pop()
            pair = (id(a), id(b))
            if a is b or pair in seen:
                continue
            if a._hash != b._hash or not a._is_like(b):
                return False
            seen.add(pair)
            waiting.extend(zip(a.args, b.args, strict=True))
        return True

    def _is_like(self, other: Expression) -> bool:
        """Whether two nodes are the same, their arguments aside."""
        return (
            self.op is other.op
            and self.value == other.value
            and self.name == other.name
            and self.unit == other.unit
            and self.kind is other.kind
            and len(self.args) == len(other.args)
        )

    def __repr__(self) -> str:
        from speciosa.model.rendering import text

        return text(self)

    @property
    def is_zero(self) -> bool:
        """Whether the node is the constant 0."""
        return self.op is Op.CONSTANT and self.value == 0.0

    @property
    def is_one(self) -> bool:
        """Whether the node is the constant 1."""
        return self.op is Op.CONSTANT and self.value == 1.0


def constant(value: float) -> Expression:
    """A pure number."""
    return Expression(Op.CONSTANT, value=float(value))


def symbol(name: str, unit: str, kind: Kind) -> Expression:
    """A named quantity with a unit."""
    return Expression(Op.SYMBOL, name=name, unit=unit, kind=kind)


SHORTEST_DELAY = 1e-9
"""Hours; a delay that is not longer counts as none."""
TIME = symbol("t", "h", Kind.TIME)
DOSE = symbol("dose", "nmol", Kind.DOSE)


def as_expression(value: object) -> Expression:
    """The expression of a number, an expression, or a declared part.

    Raises
    ------
    ModelError
        If the value is none of these.
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, Algebra):
        return value.expression
    if isinstance(value, (int, float)):
        return constant(value)
    raise ModelError(
        f"{value!r} cannot stand in an equation", expected="a number, a state, a parameter or a signal"
    )


def add(left: object, right: object) -> Expression:
    """Sum, with zeros dropped and constants folded."""
    a, b = as_expression(left), as_expression(right)
    if a.is_zero:
        return b
    if b.is_zero:
        return a
    if a.op is Op.CONSTANT and b.op is Op.CONSTANT:
        return constant(a.value + b.value)
    return Expression(Op.ADD, (a, b))


def multiply(left: object, right: object) -> Expression:
    """Product, with zeros, ones and constants folded."""
    a, b = as_expression(left), as_expression(right)
    if a.is_zero or b.is_zero:
        return constant(0.0)
    if a.is_one:
        return b
    if b.is_one:
        return a
    if a.op is Op.CONSTANT and b.op is Op.CONSTANT:
        return constant(a.value * b.value)
    if a.op is Op.CONSTANT and b.op is Op.MULTIPLY and b.args[0].op is Op.CONSTANT:
        return multiply(a.value * b.args[0].value, b.args[1])
    return Expression(Op.MULTIPLY, (a, b))


def divide(left: object, right: object) -> Expression:
    """Quotient."""
    a, b = as_expression(left), as_expression(right)
    if a.is_zero:
        return a
    if b.is_one:
        return a
    if b.is_zero:
        raise ModelError("an equation divides by the constant 0")
    return Expression(Op.DIVIDE, (a, b))


def power(base: object, exponent: object) -> Expression:
    """``base ** exponent``; the base is taken to be non-negative where the exponent is not a whole number."""
    a, b = as_expression(base), as_expression(exponent)
    if b.is_one:
        return a
    if b.is_zero:
        return constant(1.0)
    return Expression(Op.POWER, (a, b))


def exponential(value: object) -> Expression:
    """Natural exponential."""
    a = as_expression(value)
    return constant(_exp_value(a.value)) if a.op is Op.CONSTANT else Expression(Op.EXP, (a,))


def logarithm(value: object) -> Expression:
    """Natural logarithm."""
    a = as_expression(value)
    return constant(log(a.value)) if a.op is Op.CONSTANT and a.value > 0 else Expression(Op.LOG, (a,))


def maximum(left: object, right: object) -> Expression:
    """The larger of two."""
    return Expression(Op.MAXIMUM, (as_expression(left), as_expression(right)))


def minimum(left: object, right: object) -> Expression:
    """The smaller of two."""
    return Expression(Op.MINIMUM, (as_expression(left), as_expression(right)))


def select(left: object, right: object, larger: object, otherwise: object) -> Expression:
    """`larger` where left > right, `otherwise` elsewhere."""
    a, b, x, y = (as_expression(item) for item in (left, right, larger, otherwise))
    return x if x == y else Expression(Op.SELECT, (a, b, x, y))


def delayed(value: object, delay: object) -> Expression:
    """An expression as it was some time ago.

    Every state below the expression is read at ``t - delay``, and time itself likewise; parameters are
    those of now.

    Parameters
    ----------
    value : Expression or what stands for one
        Of states, signals, parameters and time; it does not look back itself.
    delay : Expression or what stands for one
        In h, of anything, so that it may change in time. The value of now is taken where the delay is at or
        below `SHORTEST_DELAY` (or below zero), and where ``t - delay`` lies before the start of the
        simulation or the last reset, as nothing is known of that time.

    Returns
    -------
    Expression

    Examples
    --------
    >>> x = symbol("x", "", Kind.STATE)
    >>> delayed(2.0 * x, 0.5)
    delayed(2*x, 0.5)
    >>> delayed(2.0 * x, 0.0)
    2*x
    """
    a, b = as_expression(value), as_expression(delay)
    moves = any(item.kind in (Kind.STATE, Kind.SIGNAL, Kind.TIME) for item in symbols(a))
    if not moves or (b.op is Op.CONSTANT and b.value <= SHORTEST_DELAY):
        return a
    return Expression(Op.DELAYED, (a, b))


def past_slope(value: Expression, delay: Expression) -> Expression:
    """How fast something changed a delay ago; 0 where the value of now is taken."""
    if value == TIME:
        return select(TIME, delayed(TIME, delay), 1.0, 0.0)
    return Expression(Op.PAST_SLOPE, (value, delay))


def total(items: Iterable[object]) -> Expression:
    """Sum of any number of terms; 0 for none."""
    result = constant(0.0)
    for item in items:
        result = add(result, item)
    return result


def walk(roots: Iterable[Expression]) -> list[Expression]:
    """Every distinct node below the roots, arguments before the nodes that use them."""
    order: dict[Expression, None] = {}
    # Most nodes are shared, and a number is found sooner than a node.
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.setdefault(node)
        elif id(node) not in seen:
            seen.add(id(node))
            if node not in order:
                stack.append((node, True))
                stack.extend([(arg, False) for arg in reversed(node.args) if id(arg) not in seen])
    return list(order)


def symbols(root: Expression, kind: Kind | None = None) -> tuple[Expression, ...]:
    """The symbols below a node, of one kind or of all."""
    return tuple(
        node for node in walk([root]) if node.op is Op.SYMBOL and (kind is None or node.kind is kind)
    )


_BUILD: Mapping[Op, Callable[..., Expression]] = {
    Op.ADD: add,
    Op.MULTIPLY: multiply,
    Op.DIVIDE: divide,
    Op.POWER: power,
    Op.EXP: exponential,
    Op.LOG: logarithm,
    Op.MAXIMUM: maximum,
    Op.MINIMUM: minimum,
    Op.SELECT: select,
    Op.DELAYED: delayed,
    Op.PAST_SLOPE: past_slope,
}


def substitute(root: Expression, values: Mapping[Expression, Expression]) -> Expression:
    """The expression with symbols replaced; what changes is simplified again."""
    done: dict[Expression, Expression] = {}
    for node in walk([root]):
        if node in values:
            done[node] = values[node]
        elif node.args:
            args = tuple(done[arg] for arg in node.args)
            done[node] = node if args == node.args else _BUILD[node.op](*args)
        else:
            done[node] = node
    return done[root]


def derivative(root: Expression, by: Expression) -> Expression:
    """Partial derivative with respect to one symbol; a branch is differentiated as the branch that is taken.

    Examples
    --------
    >>> x = symbol("x", "", Kind.STATE)
    >>> derivative(x * x, x)
    x + x
    """
    done: dict[Expression, Expression] = {}
    for node in walk([root]):
        done[node] = _derivative_of(node, by, done)
    return done[root]


def _derivative_of(node: Expression, by: Expression, done: Mapping[Expression, Expression]) -> Expression:
    if node == by:
        return constant(1.0)
    if not node.args:
        return constant(0.0)
    parts = [done[arg] for arg in node.args]
    if node.op is Op.DELAYED:
        return _of_delayed(node, *parts, by=by)
    if node.op is Op.PAST_SLOPE:
        raise ModelError(f"{node} has no derivative", expected="first derivatives of what is delayed")
    if all(part.is_zero for part in parts):
        return constant(0.0)
    return _RULES[node.op](node, *parts)


def _of_product(node: Expression, da: Expression, db: Expression) -> Expression:
    a, b = node.args
    return add(multiply(da, b), multiply(a, db))


def _of_quotient(node: Expression, da: Expression, db: Expression) -> Expression:
    _, b = node.args
    return divide(da - multiply(node, db), b)


def _of_power(node: Expression, da: Expression, db: Expression) -> Expression:
    a, b = node.args
    by_base = multiply(multiply(b, power(a, b - 1.0)), da)
    return by_base if db.is_zero else add(by_base, multiply(multiply(node, logarithm(a)), db))


def _of_delayed(node: Expression, da: Expression, db: Expression, *, by: Expression) -> Expression:
    """The past is given: it is met earlier or later by as much as the time that is looked at moves.

    Where the value of now is taken, the derivative is that of the expression itself.
    """
    a, b = node.args
    moves = constant(1.0 if by == TIME else 0.0) - db
    met = constant(0.0) if moves.is_zero else multiply(past_slope(a, b), moves)
    return add(met, select(TIME, delayed(TIME, b), 0.0, da))


_RULES: Mapping[Op, Callable[..., Expression]] = {
    Op.ADD: lambda _node, da, db: add(da, db),
    Op.MULTIPLY: _of_product,
    Op.DIVIDE: _of_quotient,
    Op.POWER: _of_power,
    Op.EXP: multiply,
    Op.LOG: lambda node, da: divide(da, node.args[0]),
    Op.MAXIMUM: lambda node, da, db: select(node.args[0], node.args[1], da, db),
    Op.MINIMUM: lambda node, da, db: select(node.args[0], node.args[1], db, da),
    Op.SELECT: lambda node, _a, _b, dx, dy: select(node.args[0], node.args[1], dx, dy),
}


def evaluate(root: Expression, values: Mapping[str, float]) -> float:
    """Value for given symbols, in plain floating point; used by tests and for typical values.

    What is delayed has its value of now. What has no value (a division by 0, the logarithm of 0, a fractional
    power of a negative number) is nan.

    Raises
    ------
    ModelError
        If a symbol has no value.
    """
    done: dict[Expression, float] = {}
    for node in walk([root]):
        if node.op is Op.CONSTANT:
            done[node] = node.value
        elif node.op is Op.SYMBOL:
            if node.name not in values:
                raise ModelError(f"no value for {node.name!r}", expected="a value for every symbol")
            done[node] = values[node.name]
        else:
            done[node] = _EVALUATE[node.op](*(done[arg] for arg in node.args))
    return done[root]


def _power_value(base: float, exponent: float) -> float:
    try:
        result = base**exponent
    except (OverflowError, ZeroDivisionError):
        return float("nan")
    return float(result) if isinstance(result, float) and isfinite(result) else float("nan")


def _exp_value(exponent: float) -> float:
    try:
        return exp(exponent)
    except OverflowError:
        return float("inf")


_EVALUATE: Mapping[Op, Callable[..., float]] = {
    Op.ADD: lambda a, b: a + b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE: lambda a, b: a / b if b else float("nan"),
    Op.POWER: _power_value,
    Op.EXP: _exp_value,
    Op.LOG: lambda a: log(a) if a > 0 else float("nan"),
    Op.MAXIMUM: max,
    Op.MINIMUM: min,
    Op.SELECT: lambda a, b, x, y: x if a > b else y,
    Op.DELAYED: lambda a, _delay: a,
    Op.PAST_SLOPE: lambda _a, _delay: 0.0,
}
