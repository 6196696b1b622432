"""What happens to a person at given times, in NONMEM's words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """A schedule of events, one entry a NONMEM event record, in the order of the records.

    Parameters
    ----------
    time : (n,) float
        Hours.
    inlet : (n,) int
        Index into ``model.inlets``.
    amount : (n,) float
        AMT, nmol as given (before bioavailability).
    rate : (n,) float
        RATE, nmol/h: 0 bolus (or the inlet's own duration where it declares one), above 0 an infusion, -1
        the rate is the inlet's modeled rate, -2 the duration is the inlet's modeled duration.
    evid : (n,) int
        EVID: 1 dose, 2 other event (the solver stops there), 3 reset, 4 reset and dose.
    interval : (n,) float
        II, h.
    additional : (n,) int
        ADDL.
    steady_state : (n,) int
        SS: 0, 1 (replace) or 2 (add).

    Examples
    --------
    >>> import numpy as np
    >>> Events.boluses(np.array([0.0, 24.0]), inlet=0, amount=100.0).time
    array([ 0., 24.])
    """

    time: FloatArray
    inlet: IntArray
    amount: FloatArray
    rate: FloatArray
    evid: IntArray
    interval: FloatArray
    additional: IntArray
    steady_state: IntArray

    @classmethod
    def boluses(cls, time: FloatArray, inlet: int | IntArray, amount: float | FloatArray) -> Events:
        """Doses without repetition; scalars are spread over the times."""
        n = len(time)
        zeros, whole = np.zeros(n), np.zeros(n, dtype=np.int64)
        return cls(
            time=np.asarray(time, dtype=np.float64),
            inlet=np.broadcast_to(np.asarray(inlet, dtype=np.int64), (n,)).copy(),
            amount=np.broadcast_to(np.asarray(amount, dtype=np.float64), (n,)).copy(),
            rate=zeros,
            evid=whole + 1,
            interval=zeros.copy(),
            additional=whole.copy(),
            steady_state=whole.copy(),
        )

    @property
    def size(self) -> int:
        """Number of records."""
        return len(self.time)


@dataclass(frozen=True)
class Schedules:
    """The schedules of a group of persons; persons may share one.

    Parameters
    ----------
    events : tuple of Events
        The distinct schedules.
    of_person : (n_persons,) int
        Which schedule each person follows.
    """

    events: tuple[Events, ...]
    of_person: IntArray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))

    @classmethod
    def shared(cls, events: Events, n_persons: int) -> Schedules:
        """One schedule for all."""
        return cls((events,), np.zeros(n_persons, dtype=np.int64))
