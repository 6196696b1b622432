"""An arm: the model that it needs, and its doses as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.engine import Events, Schedules
from speciosa.model import Model

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dosing:
    """One record of an event table.

    Parameters
    ----------
    time : float
        Hours.
    inlets : tuple of int
        All of them receive the whole amount.
    amount : float
        nmol.
    rate : float
        nmol/h of an infusion; 0 for a bolus.
    additional : int
        Repetitions.
    interval : float
        Between them, h.
    """

    time: float
    inlets: tuple[int, ...]
    amount: float
    rate: float = 0.0
    additional: int = 0
    interval: float = 0.0


@dataclass(frozen=True)
class Arm:
    """What is computed for one arm.

    Parameters
    ----------
    name : str
    model : Model
    opioid : tuple of Dosing
        At their times.
    rescue : tuple of Dosing
        At times from the first dose of the rescue.
    ligands : tuple of str
        Drugs at the receptor whose binding has an uncertainty of its own.
    slots : tuple of str
        Evidence slots that the doses rest on.
    """

    name: str
    model: Model
    opioid: tuple[Dosing, ...]
    rescue: tuple[Dosing, ...] = ()
    ligands: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()

    @property
    def start(self) -> float:
        """Where the simulation starts, h: the pre-run, or a history before it."""
        settling = self.model.parameter("breathing.start.duration").value
        return min(-settling, *(dose.time for dose in self.opioid))

    def schedules(self, begin: FloatArray | None, n: int) -> Schedules:
        """Events of everybody.

        Parameters
        ----------
        begin : (n,) float or None
            When each person's rescue begins, h; NaN for none.
        n : int
            Number of persons.
        """
        alone = _events(self.opioid)
        if begin is None or not self.rescue:
            return Schedules.shared(alone, n)
        both = _events([*self.opioid, *self.rescue])
        is_rescue = np.arange(both.size) >= alone.size
        distinct: list[Events] = [alone]
        of_person = np.zeros(n, dtype=np.int64)
        for person, time in enumerate(begin.tolist()):
            if np.isfinite(time):
                of_person[person] = len(distinct)
                distinct.append(replace(both, time=both.time + is_rescue * time))
        return Schedules(tuple(distinct), of_person)


def _events(doses: Sequence[Dosing]) -> Events:
    """Event records, in the order of the doses."""
    records = [(dose, inlet) for dose in doses for inlet in dose.inlets]
    zeros = np.zeros(len(records), dtype=np.int64)
    return Events(
        time=np.array([dose.time for dose, _ in records], dtype=np.float64),
        inlet=np.array([inlet for _, inlet in records], dtype=np.int64),
        amount=np.array([dose.amount for dose, _ in records], dtype=np.float64),
        rate=np.array([dose.rate for dose, _ in records], dtype=np.float64),
        evid=zeros + 1,
        interval=np.array([dose.interval for dose, _ in records], dtype=np.float64),
        additional=np.array([dose.additional for dose, _ in records], dtype=np.int64),
        steady_state=zeros,
    )
