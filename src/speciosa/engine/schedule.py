"""From event records to what happens to one person: additions to states and constant rates, at exact times.

Doses with ADDL are unfolded, bioavailability, lag and duration of the inlet are applied. A rate is a piece
with a start and an end; the rate of a state at any time is the sum of its pieces, so that nothing is left
over when they end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speciosa.engine.events import Events
from speciosa.engine.python_source import Function
from speciosa.errors import EngineError
from speciosa.model import Model

DOSE, OTHER, RESET, RESET_AND_DOSE = 1, 2, 3, 4


@dataclass(frozen=True)
class Addition:
    """An amount that enters a state at once."""

    time: float
    state: int
    amount: float


@dataclass(frozen=True)
class Piece:
    """A constant rate into a state from start to end."""

    start: float
    end: float
    state: int
    rate: float


@dataclass(frozen=True)
class Plan:
    """What happens to one person.

    Parameters
    ----------
    additions : tuple of Addition
        In order of time.
    pieces : tuple of Piece
    stops : tuple of float
        Every time at which the solver must stop, in order, without repeats.
    """

    additions: tuple[Addition, ...]
    pieces: tuple[Piece, ...]
    stops: tuple[float, ...]


@dataclass(frozen=True)
class InletFunctions:
    """Bioavailability, lag and duration of each inlet as functions of parameters and dose."""

    prologue: Function
    function: Function
    has_duration: tuple[bool, ...]
    states: tuple[int, ...]

    def of(self, parameters: Sequence[float], dose: float) -> list[tuple[float, float, float | None]]:
        """Fraction, lag and duration (None for a bolus) of every inlet."""
        found = self.function(0.0, (), parameters, self.prologue(parameters), dose)
        values = iter(found)
        return [(next(values), next(values), next(values) if timed else None) for timed in self.has_duration]


def unfolded(events: Events) -> list[tuple[float, int, float, float]]:
    """Time, inlet, amount and rate of every dose, ADDL included.

    Raises
    ------
    EngineError
        For a record that this engine does not offer.
    """
    doses = []
    for index in range(events.size):
        if events.evid[index] == OTHER:
            continue
        if events.evid[index] != DOSE or events.steady_state[index]:
            raise EngineError(
                f"event {index + 1} has EVID {events.evid[index]} and SS {events.steady_state[index]}",
                expected="EVID 1 or 2 and SS 0",
                advice="Resets and steady-state records are not offered; simulate the earlier doses instead.",
            )
        for repeat in range(int(events.additional[index]) + 1):
            time = events.time[index] + repeat * events.interval[index]
            doses.append(
                (
                    float(time),
                    int(events.inlet[index]),
                    float(events.amount[index]),
                    float(events.rate[index]),
                )
            )
    return doses


def plan(events: Events, parameters: Sequence[float], inlets: InletFunctions) -> Plan:
    """What the events come to for one person.

    Parameters
    ----------
    events : Events
    parameters : sequence of float
    inlets : InletFunctions

    Returns
    -------
    Plan
    """
    additions: list[Addition] = []
    pieces: list[Piece] = []
    known: dict[float, list[tuple[float, float, float | None]]] = {}
    stops = {float(events.time[index]) for index in range(events.size) if events.evid[index] == OTHER}
    for time, inlet, amount, rate in unfolded(events):
        if amount not in known:
            known[amount] = inlets.of(parameters, amount)
        fraction, lag, duration = known[amount][inlet]
        start, state, taken = time + lag, inlets.states[inlet], fraction * amount
        length = taken / rate if rate > 0.0 else (duration or 0.0)
        stops.add(start)
        if length > 0.0:
            stops.add(start + length)
            pieces.append(Piece(start, start + length, state, taken / length))
        else:
            additions.append(Addition(start, state, taken))
    additions.sort(key=lambda item: item.time)
    return Plan(tuple(additions), tuple(pieces), tuple(sorted(stops)))


def inlet_results(model: Model) -> list[object]:
    """Fraction, lag and (where there is one) duration of every inlet, in order."""
    return [
        part
        for inlet in model.inlets
        for part in (inlet.fraction, inlet.lag, *([] if inlet.duration is None else [inlet.duration]))
    ]


def rates_between(pieces: Sequence[Piece], start: float, end: float, n_states: int) -> np.ndarray:
    """Rate into each state over an interval in which no piece starts or ends."""
    middle = 0.5 * (start + end)
    rates = np.zeros(n_states)
    for piece in pieces:
        if piece.start <= middle < piece.end:
            rates[piece.state] += piece.rate
    return rates
