"""Extraction by liver and gut wall when the activity of enzymes changes.

The published clearance CL and bioavailability F of a drug hold at normal activity. With the hepatic
extraction ratio E at normal activity, the share f of the intrinsic clearance that each enzyme carries and its
activity a (normal 1), the well-stirred liver gives

    m = 1 + sum_e f_e * (a_e - 1),   D = 1 / (1 - E + m * E),
    hepatic CL' = CL * m * D,        hepatic availability Fh' = (1 - E) * D,
    gut availability Fg' = 1 / (1 + a_gut * (1 / Fg - 1)).

No flow and no volume of the liver is needed: both stand in E.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from speciosa.model import Expression, Parameter, Signal


@dataclass(frozen=True)
class Extraction:
    """What the disposition of a drug reads, where its metabolism changes in a scenario.

    Parameters
    ----------
    routes : tuple of str
        Routes with a first pass.
    baseline : Expression
        Share of what is absorbed that passes gut wall and liver at normal activity; of parameters only.
    parameters : tuple of Parameter
        Those of `baseline`.
    passing : Signal
        The same share at present.
    clearance : Signal
        Factor on the clearance in total.
    parts : mapping of str to Signal
        Factor on single clearances of the disposition, by slot.
    formation : mapping of str to Signal
        Factor on the formation of metabolites; by fraction, on the share of the clearance.
    """

    routes: tuple[str, ...]
    baseline: Expression
    parameters: tuple[Parameter, ...]
    passing: Signal
    clearance: Signal
    parts: Mapping[str, Signal]
    formation: Mapping[str, Signal]

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Everything that is read."""
        found = (self.passing, self.clearance, *self.parts.values(), *self.formation.values())
        return tuple(dict.fromkeys(found))

    def factor(self, key: str) -> Signal:
        """Factor on one clearance; the total one where the slot has none of its own."""
        return self.parts.get(key, self.clearance)
