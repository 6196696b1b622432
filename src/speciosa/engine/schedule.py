"""From event records to what happens to one person: additions to states and constant rates, at exact times.

Doses with ADDL are unfolded, bioavailability, lag and duration of the inlet are applied. A rate is a piece
with a start and an end; the rate of a state at any time is the sum of its pieces, so that nothing is left
over when they end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speciosa.engine.events import Events
from speciosa.engine.python_source import Emitter, Function, functions
from speciosa.errors import EngineError
from speciosa.model import Expression, Model
from speciosa.model.expression import as_expression

DOSE, OTHER, RESET, RESET_AND_DOSE = 1, 2, 3, 4
MODELED_RATE, MODELED_DURATION = -1.0, -2.0
PARTS = 4  # numbers that describe what an inlet makes of a dose


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
class Intake:
    """What an inlet makes of a dose: share that enters, delay, and how long input takes."""

    fraction: float
    lag: float
    duration: float
    rate: float

    def length(self, amount: float, rate: float) -> float:
        """Hours that the input takes, 0 for a bolus; `rate` is NONMEM's RATE."""
        if rate == MODELED_DURATION or not rate:
            return self.duration
        return self.fraction * amount / (self.rate if rate == MODELED_RATE else rate)


@dataclass(frozen=True)
class InletFunctions:
    """What each inlet makes of a dose, as a function of parameters and amount.

    Parameters
    ----------
    prologue, function : callable
        Of `inlet_results`.
    states : tuple of int
        The state that each inlet leads to.
    """

    prologue: Function
    function: Function
    states: tuple[int, ...]

    @classmethod
    def of_model(cls, model: Model) -> InletFunctions:
        """Functions of a model's inlets."""
        prologue, function = functions(Emitter(model), inlet_results(model))
        return cls(prologue, function, tuple(model.state_index[item.state.name] for item in model.inlets))

    def of(self, parameters: Sequence[float], dose: float) -> list[Intake]:
        """What every inlet makes of a dose."""
        found = self.function(0.0, (), parameters, self.prologue(parameters), dose)
        return [Intake(*found[first : first + PARTS]) for first in range(0, len(found), PARTS)]


def inlet_results(model: Model) -> list[Expression]:
    """Fraction, lag, duration and rate of every inlet in order; 0 for a duration or rate that it has not."""
    return [
        as_expression(part)
        for inlet in model.inlets
        for part in (inlet.fraction, inlet.lag, inlet.duration or 0.0, inlet.rate or 0.0)
    ]


def check_events(events: Events, model: Model) -> None:
    """Check that records ask for nothing that their inlet does not have.

    Parameters
    ----------
    events : Events
    model : Model

    Raises
    ------
    EngineError
        For an unknown inlet, a negative rate without meaning, or a modeled rate or duration of an inlet
        that declares none.
    """
    is_dose = (events.evid == DOSE) | (events.evid == RESET_AND_DOSE)
    # Only what lies beyond the inlets or has a coded rate can ask for what is not there.
    is_plain = (events.inlet >= 0) & (events.inlet < len(model.inlets)) & (events.rate >= 0.0)
    for index in np.flatnonzero(is_dose & ~is_plain).tolist():
        where, rate, number = f"event {index + 1}", float(events.rate[index]), int(events.inlet[index])
        if not 0 <= number < len(model.inlets):
            expected = f"0 to {len(model.inlets) - 1}"
            raise EngineError(f"inlet {number} does not exist", where=where, expected=expected)
        if rate < 0.0 and rate not in (MODELED_RATE, MODELED_DURATION):
            raise EngineError(f"RATE is {rate:g}", where=where, expected="at least 0, or -1, or -2")
        inlet = model.inlets[number]
        for code, part, name in (
            (MODELED_RATE, inlet.rate, "rate"),
            (MODELED_DURATION, inlet.duration, "duration"),
        ):
            if rate == code and part is None:
                raise EngineError(
                    f"RATE is {rate:g}, and inlet {inlet.name!r} has no {name}",
                    where=where,
                    expected=f"an inlet with a {name}",
                )
        if rate == MODELED_RATE and events.steady_state[index] and not events.interval[index]:
            raise EngineError(
                "an endless infusion at steady state asks for the modeled rate",
                where=where,
                expected="RATE above 0 where SS is given and II is 0",
            )


def unfolded(events: Events) -> list[tuple[float, int, float, float]]:
    """Time, inlet, amount and rate of every dose, ADDL included; phases have taken resets and SS away."""
    return [
        (
            float(events.time[index] + repeat * events.interval[index]),
            int(events.inlet[index]),
            float(events.amount[index]),
            float(events.rate[index]),
        )
        for index in range(events.size)
        if events.evid[index] != OTHER
        for repeat in range(int(events.additional[index]) + 1)
    ]


def plan(
    events: Events, inlets: InletFunctions, times: Sequence[float], parameters: Sequence[Sequence[float]]
) -> Plan:
    """What the events come to for one person.

    Parameters
    ----------
    events : Events
    inlets : InletFunctions
    times : sequence of float
        When the person's parameters change, h.
    parameters : sequence of sequence of float
        Those before the first change, and from each change on.

    Returns
    -------
    Plan
    """
    additions: list[Addition] = []
    pieces: list[Piece] = []
    known: dict[tuple[int, float], list[Intake]] = {}
    stops = {float(events.time[index]) for index in range(events.size) if events.evid[index] == OTHER}
    stops.update(times)
    for time, inlet, amount, rate in unfolded(events):
        key = bisect_right(times, time), amount
        if key not in known:
            known[key] = inlets.of(parameters[key[0]], amount)
        intake = known[key][inlet]
        start, state, taken = time + intake.lag, inlets.states[inlet], intake.fraction * amount
        length = intake.length(amount, rate)
        stops.add(start)
        if length > 0.0:
            stops.add(start + length)
            pieces.append(Piece(start, start + length, state, taken / length))
        else:
            additions.append(Addition(start, state, taken))
    additions.sort(key=lambda item: item.time)
    return Plan(tuple(additions), tuple(pieces), tuple(sorted(stops)))


def rates_between(pieces: Sequence[Piece], start: float, end: float, n_states: int) -> np.ndarray:
    """Rate into each state over an interval in which no piece starts or ends."""
    middle = 0.5 * (start + end)
    rates = np.zeros(n_states)
    for piece in pieces:
        if piece.start <= middle < piece.end:
            rates[piece.state] += piece.rate
    return rates
