"""What happens to many persons, as flat arrays: stops, and what is done to the states at each.

Everybody has an own lag, duration and bioavailability, and so own times; rows are put in order side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.engine.changes import Changes
from speciosa.engine.events import Events
from speciosa.engine.schedule import MODELED_DURATION, MODELED_RATE, OTHER, unfolded

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

    @classmethod
    def of(cls, doses: Doses, intakes: FloatArray) -> Portions:
        """From what inlets make of doses: persons by doses by fraction, lag, duration and rate."""
        fraction, lag, duration, speed = np.moveaxis(intakes, -1, 0)
        speed = np.where(doses.rate == MODELED_RATE, speed, doses.rate)
        # Bioavailability shortens an infusion of a given rate; one of a given duration it makes weaker.
        is_own = (doses.rate == 0.0) | (doses.rate == MODELED_DURATION)
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(fraction, lag, np.where(is_own, duration, fraction * doses.amount / speed))

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
    start: FloatArray,
    end: FloatArray,
    *,
    is_before: bool,
    is_cut: npt.NDArray[np.bool_],
    changes: Changes,
    is_merged: bool = True,
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
    start : (n,) float
        When each person begins, h.
    end : (n,) float
        Last time of each person, h.
    is_cut : (n,) bool
        Whether a person ends before what is due at the end.
    is_before : bool
        Whether the value before a dose is recorded at its time.
    changes : Changes
        Of parameters of these persons.
    is_merged : bool
        Whether what happens at one time is one stop. If not, everything has a stop of its own, so that their
        number does not depend on the parameters.

    Returns
    -------
    Plan
    """
    n, start = len(portions.lag), start[:, None]
    last = np.maximum(start, end[:, None])
    begin = np.maximum(doses.time + portions.lag, start)
    taken = portions.fraction * doses.amount
    is_long = portions.duration > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(is_long, taken / portions.duration, 0.0)
    finish = np.maximum(doses.time + portions.lag + portions.duration, start)
    into, slot = states[doses.inlet], n_states + slots[doses.inlet]
    others = np.clip(np.broadcast_to(doses.others, (n, len(doses.others))), start, last)
    fixed = np.hstack([start, others, last])
    time = [fixed, begin]
    # The start holds what was given at once before it; of an infusion the rest follows.
    at_once = np.where(doses.time + portions.lag < start, NOTHING, into)
    code = [np.full(fixed.shape, NOTHING), np.where(is_long, slot, at_once)]
    value = [np.zeros(fixed.shape), np.where(is_long, speed, taken)]
    if is_long.any():
        time.append(finish)
        code.append(np.where(is_long, slot, NOTHING))
        value.append(-speed)
    if changes.size:
        for part, new in zip((time, code, value), _changes(changes, n, n_states), strict=True):
            part.append(new)
    table = (np.hstack(time), np.hstack(code), np.hstack(value))
    return _flat(*table, n_states, last, is_before=is_before, is_cut=is_cut[:, None], is_merged=is_merged)


def _changes(changes: Changes, n: int, n_states: int) -> tuple[FloatArray, IntArray, FloatArray]:
    """Times, codes and values of changes, as many columns as the person with the most needs."""
    order = np.lexsort((changes.time, changes.person))
    person = changes.person[order]
    column = np.arange(len(order)) - np.searchsorted(person, person)
    shape = (n, int(column.max()) + 1)
    time, code, value = np.full(shape, np.inf), np.full(shape, NOTHING), np.zeros(shape)
    time[person, column] = changes.time[order]
    code[person, column] = 2 * n_states + changes.parameter[order]
    value[person, column] = changes.value[order]
    return time, code, value


def _flat(
    time: FloatArray,
    code: IntArray,
    value: FloatArray,
    n_states: int,
    last: FloatArray,
    *,
    is_before: bool,
    is_cut: npt.NDArray[np.bool_],
    is_merged: bool,
) -> Plan:
    order = np.argsort(time, axis=1, kind="stable")
    time, value = np.take_along_axis(time, order, axis=1), np.take_along_axis(value, order, axis=1)
    code = np.take_along_axis(code, order, axis=1)
    value = _running_rates(code, value, n_states)
    is_due = (time < last) | (~is_cut & (time <= last))
    if is_merged:
        is_new = is_due.copy()
        is_new[:, 1:] &= time[:, 1:] != time[:, :-1]
    else:
        is_new = np.isfinite(time)
        time = np.minimum(time, last)
    # After the last dose there is one more look at the states, over no time at all; who is cut ends there.
    extra = np.where(is_cut[:, 0], 1, 0 if is_before else 1)
    first = np.concatenate([[0], np.cumsum(is_new.sum(axis=1) + extra)])
    stop = first[:-1, None] + np.cumsum(is_new, axis=1) - 1
    times = np.repeat(last[:, 0], np.diff(first))
    times[stop[is_new]] = time[is_new]
    acts = is_due & (code != NOTHING)
    counts = np.bincount(stop[acts], minlength=first[-1])
    return Plan(first, times, np.concatenate([[0], np.cumsum(counts)]), code[acts], value[acts])


def _running_rates(code: IntArray, change: FloatArray, n_states: int) -> FloatArray:
    """Changes of rate become the rate itself, exactly 0 where no infusion runs."""
    value = change.copy()
    for slot in np.unique(code[(code >= n_states) & (code < 2 * n_states)]):
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
