"""Trials in worlds that differ in what is not known: typical values and behavior, drawn once for a trial."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from speciosa.errors import TrialError
from speciosa.evidence import Evidence, Row
from speciosa.model import Model
from speciosa.people import Typical
from speciosa.simulation import Prepared
from speciosa.trials import Trial
from speciosa.trials.behavior import Stretch
from speciosa.trials.courses import Road
from speciosa.trials.groups import PREFIX, Chances, terms_of
from speciosa.trials.protocol import Stated
from speciosa.uncertainty import Uncertainty, belief


class Unknown:
    """What is not known, drawn for a number of trials.

    Each slot of the model and each number of a behavior that was fitted to people is drawn from what its row
    says of it, all by themselves unless joint samples are given. The noise of ratings is taken as known.

    Parameters
    ----------
    uncertainty : Uncertainty
        One draw a trial.
    """

    def __init__(self, uncertainty: Uncertainty) -> None:
        self._uncertainty = uncertainty
        # What is drawn follows from the model, which the plans of a trial keep from run to run.
        self._drawn: dict[int, tuple[Model, Typical]] = {}

    def trial(self, base: Trial, number: int) -> Trial:
        """A trial in the world of its number.

        Parameters
        ----------
        base : Trial
        number : int
            From 0.

        Returns
        -------
        Trial
            What is compiled is shared with the base.
        """
        entrance = base.entrance
        if entrance.ready is not None:
            entrance = replace(entrance, ready=self._ready(entrance.ready, number))
        return replace(base, entrance=entrance, alter=partial(self._road, number))

    def _road(self, number: int, road: Road) -> Road:
        stretches = tuple(self._stretch(number, item, road) for item in road.stretches)
        return replace(road, ready=self._ready(road.ready, number), stretches=stretches)

    def _ready(self, ready: Prepared, number: int) -> Prepared:
        key = id(ready.model)
        if key not in self._drawn:
            self._drawn[key] = ready.model, self._uncertainty.draws(ready.model, ready.setting.evidence)
        drawn = self._drawn[key][1]
        if not drawn:
            raise TrialError(
                "no row behind this trial states an uncertainty",
                where="assurance",
                expected="rows with a standard error, a 95 % interval or an assumed range, or joint samples",
            )
        return replace(ready, typical={name: values[number : number + 1] for name, values in drawn.items()})

    def _stretch(self, number: int, stretch: Stretch, road: Road) -> Stretch:
        behavior = road.protocol.behavior_of(stretch.phase.piece.arm)
        found: dict[str, Any] = {
            kind: self._chances(number, kind, given, road.setting.evidence)
            for kind in PREFIX
            if (given := getattr(behavior, kind)) is not None
        }
        return replace(stretch, inclination=replace(stretch.inclination, **found))

    def _chances(self, number: int, kind: str, given: str | Stated, evidence: Evidence) -> Chances:
        """The numbers of a behavior; what the protocol assumes stays as it is."""
        terms = terms_of(kind, given, evidence)
        values = {
            name: self._drawn_row(number, evidence.row(term)) if isinstance(term, str) else term
            for name, term in terms.items()
        }
        return Chances(**values)

    def _drawn_row(self, number: int, row: Row) -> float:
        assert row.value is not None  # The protocol was made ready with it.
        known = belief(row, row.value, lambda value: value, is_signed=True)
        if known is None:
            return row.value
        share = self._uncertainty.shares(row.id)[number : number + 1]
        return float(np.asarray(known.at(share))[0])
