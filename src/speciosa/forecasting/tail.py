"""The end of the model that needs no solver: from dependence and suppression to latent severity.

Withdrawal, its arms and severity are algebra on what the engine has solved. They are evaluated here from
the modules' own equations, for many values of a person's gain and floor at once, so that a solved course
serves all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import Arm, Scale
from speciosa.body.severity import severity
from speciosa.body.signal import signal
from speciosa.body.withdrawal import RELIEVING
from speciosa.model import Expression, Kind, Model, Module, Op, symbols, walk

FloatArray = npt.NDArray[np.float64]
ENDING = ("withdrawal", "autonomic arm", "severity")
"""Names of the modules, in the order in which they read each other."""
_FUNCTIONS: Mapping[Op, Callable[..., FloatArray]] = {
    Op.ADD: np.add,
    Op.MULTIPLY: np.multiply,
    Op.DIVIDE: np.divide,
    Op.POWER: np.power,
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.MAXIMUM: np.maximum,
    Op.MINIMUM: np.minimum,
    Op.SELECT: lambda a, b, x, y: np.asarray(np.where(a > b, x, y), dtype=np.float64),
}


@dataclass(frozen=True)
class Tail:
    """Withdrawal, its arms and severity of a model.

    Parameters
    ----------
    modules : tuple of Module
    """

    modules: tuple[Module, ...]

    @classmethod
    def of(cls, model: Model) -> Tail:
        """Those of a model."""
        named = {module.name: module for module in model.modules}
        return cls(tuple(named[name] for name in ENDING))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Signals that must have been solved."""
        made = {output.name for module in self.modules for output in module.outputs}
        wanted = (signal.name for module in self.modules for signal in module.inputs)
        return tuple(dict.fromkeys(name for name in wanted if name not in made))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Parameters of these modules."""
        return tuple(dict.fromkeys(item.name for module in self.modules for item in module.parameters))

    @property
    def is_relieved(self) -> bool:
        """Whether an alpha-2A agonist parts the arms."""
        return signal(RELIEVING).name in self.inputs

    def severities(self, given: Mapping[str, FloatArray], wanted: tuple[str, ...]) -> dict[str, FloatArray]:
        """Latent severities.

        Parameters
        ----------
        given : mapping of str to ndarray
            Signals of `inputs` and parameters, of shapes that broadcast.
        wanted : tuple of str
            Names of outputs.

        Returns
        -------
        dict of str to ndarray
        """
        needed, known = set(wanted), dict(given)
        for module in reversed(self.modules):
            for output in module.outputs:
                if output.name in needed:
                    needed |= {item.name for item in symbols(output.value) if item.kind is Kind.SIGNAL}
        for module in self.modules:
            for output in module.outputs:
                if output.name in needed:
                    known[output.name] = evaluated(output.value, known)
        return {name: known[name] for name in wanted}


def evaluated(root: Expression, values: Mapping[str, FloatArray]) -> FloatArray:
    """Value of an expression for arrays of its symbols.

    Parameters
    ----------
    root : Expression
    values : mapping of str to ndarray

    Returns
    -------
    ndarray

    Examples
    --------
    >>> from speciosa.model import Signal
    >>> x = Signal("x", "", "some signal")
    >>> evaluated(x * x + 1.0, {"x": np.array([1.0, 2.0])})
    array([2., 5.])
    """
    done: dict[Expression, FloatArray] = {}
    for node in walk([root]):
        if node.op is Op.CONSTANT:
            done[node] = np.asarray(node.value)
        elif node.op is Op.SYMBOL:
            done[node] = values[node.name]
        else:
            done[node] = _FUNCTIONS[node.op](*(done[arg] for arg in node.args))
    return done[root]


def arms_of(scale: Scale, *, is_relieved: bool) -> dict[str, float]:
    """Outputs with the severities that a scale is rated by, and the share of its points that hangs on each.

    Where alpha-2A agonists part the arms, the mean of ln L by these shares stands for all of them; without,
    the autonomic arm is the subjective one.

    Parameters
    ----------
    scale : Scale
    is_relieved : bool
        Whether an alpha-2A agonist was taken.
    """
    found: dict[str, float] = {}
    for item in scale.items:
        arm: Arm = "subjective" if item.arm == "autonomic" and not is_relieved else item.arm
        name = severity(scale.rater, arm).name
        found[name] = found.get(name, 0.0) + item.points[-1] / scale.maximum
    return found
