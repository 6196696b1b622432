"""What the published opioids and antagonists share: parameters, absorption by transits, the effect site."""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.body.quantities import AMOUNT, CONCENTRATION
from speciosa.model import Change, Expression, Flow, Parameter, Spread, State

AMOUNT_SCALE = 1000.0


def parameter_of(drug: str, key: str, unit: str, description: str, spread: Spread | None = None) -> Parameter:
    """A parameter of a drug in the published model."""
    return Parameter(f"{drug}.published.{key}", unit, f"{description} of {drug}", spread)


@dataclass(frozen=True)
class Chain:
    """A depot and two transits.

    Parameters
    ----------
    drug : str
    depot, first, second : State
    transit, absorption : Parameter
        Rate constants into the transits, and out of the second.
    """

    drug: str
    depot: State
    first: State
    second: State
    transit: Expression
    absorption: Expression

    @property
    def states(self) -> tuple[State, State, State]:
        """Depot and transits."""
        return self.depot, self.first, self.second

    @property
    def leaving(self) -> Expression:
        """Rate at which the drug leaves the last transit."""
        return self.absorption * self.second

    def flows(self, entering: Expression, target: State | None) -> tuple[Flow, ...]:
        """Flows from the depot through the transits.

        Parameters
        ----------
        entering : Expression
            Rate from the depot to the first transit.
        target : State or None
            Where the last transit leads.
        """
        return (
            Flow(f"{self.drug} to transit 1", entering, self.depot, self.first),
            Flow(f"{self.drug} to transit 2", self.transit * self.first, self.first, self.second),
            Flow(f"{self.drug} from transit 2", self.leaving, self.second, target),
        )


def chain(drug: str, transit: Parameter | Expression, absorption: Parameter | Expression) -> Chain:
    """A depot and two transits of a drug."""
    depot, first, second = (
        State(f"{drug}.{key}", AMOUNT, f"{drug}, {what}", AMOUNT_SCALE)
        for key, what in (("depot", "depot"), ("transit1", "transit 1"), ("transit2", "transit 2"))
    )
    return Chain(drug, depot, first, second, transit.expression, absorption.expression)


@dataclass(frozen=True)
class EffectSite:
    """A concentration that follows plasma.

    Parameters
    ----------
    state : State
    rate : Parameter
    change : Change
    """

    state: State
    rate: Parameter
    change: Change


def effect_site(drug: str, rate: Parameter, plasma: Expression) -> EffectSite:
    """The effect site of a drug."""
    state = State(f"{drug}.site", CONCENTRATION, f"{drug}, effect site")
    return EffectSite(state, rate, Change(state, rate * (plasma - state)))
