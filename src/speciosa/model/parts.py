"""The parts that a module is written with: states, parameters, signals, outputs, flows, inlets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from speciosa.model.expression import Algebra, Expression, Kind, constant, symbol

_WHOLE, _AT_ONCE = constant(1.0), constant(0.0)


@dataclass(frozen=True)
class State(Algebra):
    """A quantity that changes with time.

    Parameters
    ----------
    name : str
        Dotted name, unique in a model: ``mitragynine.central``.
    unit : str
        Coherent unit; an amount of a molecule is in nmol.
    description : str
    scale : float
        Natural size, in `unit`: absolute tolerances are a fraction of it.
    initial : Expression or float
        Value at the start, of parameters only.
    """

    name: str
    unit: str
    description: str
    scale: float = 1.0
    initial: Expression | float = 0.0

    @cached_property
    def expression(self) -> Expression:
        """Symbol of the state."""
        return symbol(self.name, self.unit, Kind.STATE)


@dataclass(frozen=True)
class Spread:
    """How a parameter varies between people.

    Parameters
    ----------
    slot : str
        Slot with the size (CV%, omega...).
    kind : {"log-normal", "logit-normal"}
        The typical value is the median.
    block : tuple of str
        Names of all parameters whose deviates are correlated with each other, this one among them, in the
        order in which the deviates are built up; empty where this one varies by itself.
    correlations : tuple of (name, name, slot)
        Pairs of the block and the slot of their correlation; pairs that are not named have none.
    """

    slot: str
    kind: Literal["log-normal", "logit-normal"]
    block: tuple[str, ...] = ()
    correlations: tuple[tuple[str, str, str], ...] = ()

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of the size and of the correlations."""
        return (self.slot, *(slot for _, _, slot in self.correlations))


@dataclass(frozen=True)
class CovariatePower:
    """``value * (covariate / reference) ** exponent``; `reference` and `exponent` are slots."""

    covariate: str
    reference: str
    exponent: str

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of the numbers."""
        return (self.reference, self.exponent)


@dataclass(frozen=True)
class CovariateExponential:
    """``value * exp(coefficient * (covariate - reference))``; `reference` and `coefficient` are slots."""

    covariate: str
    reference: str
    coefficient: str

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of the numbers."""
        return (self.reference, self.coefficient)


@dataclass(frozen=True)
class CovariateCategory:
    """``value * factor`` at the levels named by `factors`, pairs of level and slot; `value` at all others."""

    covariate: str
    factors: tuple[tuple[str, str], ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots of the factors."""
        return tuple(slot for _, slot in self.factors)


CovariateEffect = CovariatePower | CovariateExponential | CovariateCategory
"""Any form in which a covariate acts on a parameter."""


@dataclass(frozen=True)
class Parameter(Algebra):
    """A number that comes from evidence.

    Parameters
    ----------
    name : str
        Dotted name; also the name of the slot that fills it.
    unit : str
        Coherent unit in which equations use it.
    description : str
    spread : Spread, optional
        Variability between people; None if it is the same for all.
    covariates : tuple of CovariateEffect
    molar_mass : str, optional
        Slot of the molar mass, where the evidence is in mass and the model in amount.
    occasion : Spread, optional
        Variability within a person from occasion to occasion.
    """

    name: str
    unit: str
    description: str
    spread: Spread | None = None
    covariates: tuple[CovariateEffect, ...] = ()
    molar_mass: str | None = None
    occasion: Spread | None = None

    @cached_property
    def expression(self) -> Expression:
        """Symbol of the parameter."""
        return symbol(self.name, self.unit, Kind.PARAMETER)


@dataclass(frozen=True)
class Signal(Algebra):
    """A named quantity by which modules meet; one module gives it, any number read it.

    Parameters
    ----------
    name : str
        ``plasma.mitragynine``, ``signal.MOR``.
    unit : str
    description : str
    """

    name: str
    unit: str
    description: str

    @cached_property
    def expression(self) -> Expression:
        """Symbol of the signal, replaced by its definition when modules are composed."""
        return symbol(self.name, self.unit, Kind.SIGNAL)


@dataclass(frozen=True)
class Output:
    """The definition of a signal, which is also recorded in results.

    Parameters
    ----------
    signal : Signal
    value : Expression
        Of states, parameters and other signals.
    """

    signal: Signal
    value: Expression

    @property
    def name(self) -> str:
        """Name of the signal."""
        return self.signal.name

    @property
    def unit(self) -> str:
        """Unit of the signal."""
        return self.signal.unit


@dataclass(frozen=True)
class Flow:
    """A transport: what the source loses the target gains, so mass is kept by construction.

    Parameters
    ----------
    name : str
    rate : Expression
        Unit of the states per hour, at least zero.
    source, target : State, optional
        None for what comes from or goes to outside of the model.
    """

    name: str
    rate: Expression
    source: State | None = None
    target: State | None = None


@dataclass(frozen=True)
class Change:
    """The rate of change of a state that is not an amount: an effect, an adaptation."""

    state: State
    rate: Expression


@dataclass(frozen=True)
class Inlet:
    """A place where doses enter, with NONMEM's attributes.

    Parameters
    ----------
    name : str
        Dotted name.
    state : State
        Which amount gains the dose.
    fraction : Expression
        Bioavailability (F); may use parameters and the symbol of the dose (nmol).
    lag : Expression
        Absorption lag (ALAG), h.
    duration : Expression, optional
        Duration of zero-order input (D), h; None for a bolus.
    group : str
        The inlets of one group share one dose: each receives the whole of it, and its fraction says what it
        takes.
    rate : Expression, optional
        Rate of zero-order input (R), nmol/h, of doses that ask for the modeled rate.
    """

    name: str
    state: State
    fraction: Expression = _WHOLE
    lag: Expression = _AT_ONCE
    duration: Expression | None = None
    group: str = ""
    rate: Expression | None = None


@dataclass(frozen=True)
class Module:
    """A piece of physiology or pharmacology, written once and combined with others.

    Parameters
    ----------
    name : str
    description : str
    states : tuple of State
    parameters : tuple of Parameter
    inputs : tuple of Signal
        Signals that other modules must give.
    outputs : tuple of Output
    flows : tuple of Flow
    changes : tuple of Change
    inlets : tuple of Inlet
    sources : tuple of str
        Source keys of the method (not of the numbers, which parameters carry).
    """

    name: str
    description: str
    states: tuple[State, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Signal, ...] = ()
    outputs: tuple[Output, ...] = ()
    flows: tuple[Flow, ...] = ()
    changes: tuple[Change, ...] = ()
    inlets: tuple[Inlet, ...] = ()
    sources: tuple[str, ...] = ()
