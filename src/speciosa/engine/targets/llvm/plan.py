"""What happens to many persons, as flat arrays: stops, and what is done to the states at each.

Everybody has an own lag, duration and bioavailability, and so own times; rows are put in order side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.engine.events import Events
from speciosa.engine.schedule import OTHER, unfolded

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NOTHING = -1


@dataclass(frozen=True)
class Doses:
    """The doses of one schedule, ADDL unfolded."""

    time: FloatArray
    inlet: IntArray
    amount: FloatArray
    rate: FloatArray
    others: FloatArray

    @classmethod
    def of(cls, events: Events) -> Doses:
        """From event records."""
        rows = unfolded(events)
        time, inlet, amount, rate = (
            (np.array(item) for item in zip(*rows, strict=True)) if rows else ([],) * 4
        )
        return cls(
            np.asarray(time, dtype=np.float64),
            np.asarray(inlet, dtype=np.int64),
            np.asarray(amount, dtype=np.float64),
            np.asarray(rate, dtype=np.float64),
            events.time[events.evid == OTHER].astype(np.float64),
        )


@dataclass(frozen=True)
class Portions:
    """What each person takes of each dose: arrays of persons by doses."""

    fraction: FloatArray
    lag: FloatArray
    duration: FloatArray  # 0 for a bolus

    def faults(self) -> npt.NDArray[np.bool_]:
        """Whose which doses are no finite numbers."""
        return ~(np.isfinite(self.fraction) & np.isfinite(self.lag) & np.isfinite(self.duration))

    def without(self, faults: npt.NDArray[np.bool_]) -> Portions:
        """Nothing taken where there are faults, so that a person who is given up can be carried along."""
        if not faults.any():
            return self
        return Portions(*(np.where(faults, 0.0, item) for item in (self.fraction, self.lag, self.duration)))


@dataclass(frozen=True)
class Plan:
    """Stops and actions of persons in a row, as `loop.ARGUMENTS` names them."""

    stop_first: IntArray
    stop_time: FloatArray
    action_first: IntArray
    action_code: IntArray
    action_value: FloatArray


def plan(
    doses: Doses,
    portions: Portions,
    states: IntArray,
    slots: IntArray,
    n_states: int,
    start: float,
    end: float,
    *,
    is_before: bool,
) -> Plan:
    """Flat arrays for the persons of one schedule.

    Parameters
    ----------
    doses : Doses
    portions : Portions
        Finite numbers.
    states, slots : (n_inlets,) int
        State and input of each inlet.
    n_states : int
    start, end : float
        First and last time, h.
    is_before : bool
        Whether the value before a dose is recorded at its time.

    Returns
    -------
    Plan
    """
    n = len(portions.lag)
    begin = np.maximum(doses.time + portions.lag, start)
    taken = portions.fraction * doses.amount
    is_long = portions.duration > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(is_long, taken / portions.duration, 0.0)
    finish = np.maximum(doses.time + portions.lag + portions.duration, start)
    into, slot = states[doses.inlet], n_states + slots[doses.inlet]
    fixed = np.concatenate([[start], doses.others, [end]])
    fixed = np.broadcast_to(fixed[(fixed >= start) & (fixed <= end)], (n, (fixed >= start).sum()))
    time = [fixed, begin]
    # The start holds what was given at once before it; of an infusion the rest follows.
    at_once = np.where(doses.time + portions.lag < start, NOTHING, into)
    code = [np.full(fixed.shape, NOTHING), np.where(is_long, slot, at_once)]
    value = [np.zeros(fixed.shape), np.where(is_long, speed, taken)]
    if is_long.any():
        time.append(finish)
        code.append(np.where(is_long, slot, NOTHING))
        value.append(-speed)
    return _flat(np.hstack(time), np.hstack(code), np.hstack(value), n_states, end, is_before=is_before)


def _flat(
    time: FloatArray, code: IntArray, value: FloatArray, n_states: int, end: float, *, is_before: bool
) -> Plan:
    order = np.argsort(time, axis=1, kind="stable")
    time, value = np.take_along_axis(time, order, axis=1), np.take_along_axis(value, order, axis=1)
    code = np.take_along_axis(code, order, axis=1)
    value = _running_rates(code, value, n_states)
    is_due = time <= end
    is_new = is_due.copy()
    is_new[:, 1:] &= time[:, 1:] != time[:, :-1]
    # After the last dose there is one more look at the states, over no time at all.
    extra = 0 if is_before else 1
    first = np.concatenate([[0], np.cumsum(is_new.sum(axis=1) + extra)])
    stop = first[:-1, None] + np.cumsum(is_new, axis=1) - 1
    times = np.full(first[-1], end)
    times[stop[is_new]] = time[is_new]
    acts = is_due & (code != NOTHING)
    counts = np.bincount(stop[acts], minlength=first[-1])
    return Plan(first, times, np.concatenate([[0], np.cumsum(counts)]), code[acts], value[acts])


def _running_rates(code: IntArray, change: FloatArray, n_states: int) -> FloatArray:
    """Changes of rate become the rate itself, exactly 0 where no infusion runs."""
    value = change.copy()
    for slot in np.unique(code[code >= n_states]):
        is_slot = code == slot
        running = np.cumsum(np.where(is_slot, np.sign(change), 0.0), axis=1)
        total = np.cumsum(np.where(is_slot, change, 0.0), axis=1)
        value = np.where(is_slot, np.where(running == 0.0, 0.0, total), value)
    return value


def joined(plans: Sequence[Plan]) -> Plan:
    """The plans of several groups as one, in order."""
    if len(plans) == 1:
        return plans[0]
    stops = np.cumsum([0, *(len(item.stop_time) for item in plans)])
    actions = np.cumsum([0, *(len(item.action_code) for item in plans)])
    return Plan(
        np.concatenate(
            [*(item.stop_first[:-1] + add for item, add in zip(plans, stops[:-1], strict=True)), stops[-1:]]
        ),
        np.concatenate([item.stop_time for item in plans]),
        np.concatenate(
            [
                *(item.action_first[:-1] + add for item, add in zip(plans, actions[:-1], strict=True)),
                actions[-1:],
            ]
        ),
        np.concatenate([item.action_code for item in plans]),
        np.concatenate([item.action_value for item in plans]),
    )
