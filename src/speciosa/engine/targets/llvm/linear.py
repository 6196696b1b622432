"""Models whose Jacobian holds no state: an exact step by the exponential of a matrix.

Between stops ``y' = A y + b``. With the constant as one more state the solution after a time d is
``exp(M d)`` times the state, ``M = [[A, b], [0, 0]]``. The exponential is made by scaling, Taylor's
polynomial and squaring, in each lane for itself, and is kept as long as the length of the step and the
parameters stay the same: on a regular grid it is made once a person.

Source
------
Moler C, Van Loan C. Nineteen dubious ways to compute the exponential of a matrix, twenty-five years later.
SIAM Review 2003;45:3-49. doi:10.1137/S00361445024180 (method 3).
"""

from __future__ import annotations

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.lanes import is_active, settle, start, walk
from speciosa.engine.targets.llvm.recording import keep
from speciosa.engine.targets.llvm.rosenbrock import STAGES
from speciosa.engine.targets.llvm.scribe import Scribe
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.writer import Writer

DEGREE = 15  # of Taylor's polynomial: the rest is below rounding for a norm of at most NORM
NORM = 0.5
LARGEST = 10  # states up to which exact steps are chosen by themselves; their cost grows with the cube


def linear_functions(e: Equations, width: int) -> str:
    """Definitions of ``matrix``, ``product`` and ``exponential``."""
    return "\n".join(part(e, width) for part in (_matrix, _product, _exponential))


def _matrix(e: Equations, width: int) -> str:
    """``M d``, left in ``scaled``."""
    m = e.n + 1
    w = Writer("matrix", f"ptr noalias %w, <{width} x double> %d", width)
    scaled, zero, f = (part(w, e, name) for name in ("scaled", "u", "f"))
    for base, count in ((scaled, m * m), (zero, e.n)):
        with w.repeat(count) as index:
            w.store(w.constant(0.0), base, index)
    w.say(f"call void @rates(ptr %w, ptr {zero}, ptr {f}, {w.lanes} {w.constant(0.0)})")
    scribe = Scribe(e, w, list(e.entries.values()), None, e.given)
    for (row, column), item in e.entries.items():
        w.store(w.binary("fmul", scribe.value(item), "%d"), scaled, row * m + column)
    for row in range(e.n):
        w.store(w.binary("fmul", w.load(f, row), "%d"), scaled, row * m + e.n)
    w.say("ret void")
    return w.text


def _product(e: Equations, width: int) -> str:
    """``c = a b`` of square matrices."""
    m = e.n + 1
    w = Writer("product", "ptr noalias %a, ptr noalias %b, ptr noalias %c", width)
    with w.repeat(m) as row, w.repeat(m) as column:
        first = w.let(f"mul i64 {row}, {m}")
        value = w.constant(0.0)
        for inner in range(m):
            left = w.load("%a", w.let(f"add i64 {first}, {inner}"))
            right = w.load("%b", w.let(f"add i64 {column}, {inner * m}"))
            value = w.fused(left, right, value)
        w.store(value, "%c", w.let(f"add i64 {first}, {column}"))
    w.say("ret void")
    return w.text


def _exponential(e: Equations, width: int) -> str:
    """``exp(M d)`` of all lanes, kept in ``leap`` for those that are asked for."""
    m = e.n + 1
    v, flags = f"<{width} x double>", f"<{width} x i1>"
    w = Writer("exponential", f"ptr noalias %w, {v} %d, {flags} %which", width)
    scaled, power, other, leap = (part(w, e, name) for name in ("scaled", "power", "other", "leap"))
    w.say(f"call void @matrix(ptr %w, {v} %d)")
    scale = w.let(f"alloca {v}, align {8 * width}")
    _halve(w, e, scaled, scale)
    with w.repeat(m * m) as index:
        w.store(w.binary("fmul", w.load(scaled, index), w.load(scale, 0)), scaled, index)
        w.store(w.constant(0.0), power, index)
    _add_identity(w, power, m)
    for turn in range(DEGREE, 0, -1):
        w.say(f"call void @product(ptr {scaled}, ptr {power}, ptr {other})")
        with w.repeat(m * m) as index:
            value = w.binary("fmul", w.load(other, index), w.constant(1.0 / turn))
            w.store(value, power, index)
        _add_identity(w, power, m)
    with w.turn() as (_, leave):
        is_small = w.compare("olt", w.load(scale, 0), w.constant(1.0))
        go = w.fresh("go")
        w.say(f"br i1 {w.any(is_small)}, label %{go}, label %{leave}")
        w.open(go)
        w.say(f"call void @product(ptr {power}, ptr {power}, ptr {other})")
        with w.repeat(m * m) as index:
            w.store(w.select(is_small, w.load(other, index), w.load(power, index)), power, index)
        doubled = w.binary("fmul", w.load(scale, 0), w.constant(2.0))
        w.store(w.select(is_small, doubled, w.load(scale, 0)), scale, 0)
    with w.repeat(m * m) as index:
        w.store(w.select("%which", w.load(power, index), w.load(leap, index)), leap, index)
    w.say("ret void")
    return w.text


def _halve(w: Writer, e: Equations, matrix: str, scale: str) -> None:
    """The power of one half that brings the largest sum of a row below the norm wanted."""
    m = e.n + 1
    largest = w.let(f"alloca {w.lanes}, align {8 * w.width}")
    w.store(w.constant(0.0), largest, 0)
    with w.repeat(m) as row:
        first = w.let(f"mul i64 {row}, {m}")
        total = w.constant(0.0)
        for column in range(m):
            entry = w.load(matrix, w.let(f"add i64 {first}, {column}"))
            total = w.binary("fadd", total, w.intrinsic("fabs", entry))
        old = w.load(largest, 0)
        w.store(w.select(w.compare("ogt", total, old), total, old), largest, 0)
    w.store(w.constant(1.0), scale, 0)
    with w.turn() as (_, leave):
        now = w.load(scale, 0)
        is_large = w.compare("ogt", w.binary("fmul", w.load(largest, 0), now), w.constant(NORM))
        go = w.fresh("go")
        w.say(f"br i1 {w.any(is_large)}, label %{go}, label %{leave}")
        w.open(go)
        w.store(w.select(is_large, w.binary("fmul", now, w.constant(0.5)), now), scale, 0)


def _add_identity(w: Writer, matrix: str, m: int) -> None:
    with w.repeat(m) as row:
        place = w.let(f"mul i64 {row}, {m + 1}")
        w.store(w.binary("fadd", w.load(matrix, place), w.constant(1.0)), matrix, place)


def linear_loop(e: Equations, width: int) -> str:
    """Definition of ``run``: every lane goes straight to its next output or stop."""
    w = Writer("run", "ptr noalias %w, ptr noalias %a", width)
    bits = w.let("alloca i64, align 8")
    w.store(w.constant(-1.0), part(w, e, "length"), 0)
    start(w, e)
    with w.turn() as (_, leave):
        t, stop = (w.load(part(w, e, name), 0) for name in ("t", "stop"))
        active = is_active(w, e)
        closed = w.compare("une", w.load(part(w, e, "closed"), 0), w.constant(0.0))
        # What is wanted at a stop comes after it, unless the stop is closed.
        is_seen = w.flag("or", closed, w.compare("olt", t, stop))
        _outputs(w, e, bits, w.flag("and", active, is_seen), t)
        wanted = w.load(part(w, e, "wanted"), 0)
        goal = w.select(w.compare("olt", wanted, stop), wanted, stop)
        size = w.select(active, w.binary("fsub", goal, t), w.constant(0.0))
        _prepare(w, e, size)
        is_bad = _leap(w, e, size)
        is_seen = w.flag("or", closed, w.compare("olt", goal, stop))
        _outputs(w, e, bits, w.flag("and", active, is_seen), goal)
        w.store(w.select(active, goal, t), part(w, e, "t"), 0)
        is_bad = w.flag("and", active, is_bad)
        arrives = w.flag("and", w.compare("oeq", goal, stop), w.flag("and", active, w.inverse(is_bad)))
        special = w.flag("or", arrives, is_bad)
        with w.when(w.any(special)):
            none = w.compare("une", t, t)
            settle(w, e, bits, special, (arrives, none, is_bad), leave)
    w.say("ret void")
    return w.text


def _prepare(w: Writer, e: Equations, size: str) -> None:
    """Make the exponential anew where the length of the step or what it is made of has changed."""
    known, stale = (w.load(part(w, e, name), 0) for name in ("length", "stale"))
    is_other = w.flag("or", w.compare("une", size, known), w.compare("une", stale, w.constant(0.0)))
    is_other = w.flag("and", is_other, w.compare("une", size, w.constant(0.0)))
    with w.when(w.any(is_other)):
        w.say(f"call void @exponential(ptr %w, {w.lanes} {size}, {w.flags} {is_other})")
        w.store(w.select(is_other, size, known), part(w, e, "length"), 0)
        w.store(w.select(is_other, w.constant(0.0), stale), part(w, e, "stale"), 0)


def _leap(w: Writer, e: Equations, size: str) -> str:
    """Take the step; lanes where a state is no finite number, which the error part then tells."""
    m = e.n + 1
    y, k, leap = (part(w, e, name) for name in ("y", "k", "leap"))
    moves = w.compare("une", size, w.constant(0.0))
    old = [w.load(y, column) for column in range(e.n)]
    total = w.constant(0.0)
    for row in range(e.n):
        value = w.load(leap, row * m + e.n)
        for column in range(e.n):
            value = w.fused(w.load(leap, row * m + column), old[column], value)
        value = w.select(moves, value, old[row])
        w.store(value, y, row)
        w.store(value, k, (STAGES - 1) * e.n + row)
        total = w.fused(value, w.constant(0.0), total)
    return w.compare("uno", total, total)


def _outputs(w: Writer, e: Equations, bits: str, which: str, now: str) -> None:
    """Record what is wanted now or was before."""
    with w.turn() as (_, leave):
        wanted = w.load(part(w, e, "wanted"), 0)
        pending = w.flag("and", which, w.compare("ole", wanted, now))
        go = w.fresh("go")
        w.say(f"br i1 {w.any(pending)}, label %{go}, label %{leave}")
        w.open(go)
        w.say(f"call void @record(ptr %w, ptr {part(w, e, 'y')}, {w.lanes} {wanted})")
        walk(w, e, bits, pending, keep)
