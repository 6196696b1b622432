"""What rules make of a regimen for one person: parts that start, stop and change by how the person is.

Each track is at one part. A part that waits for a condition starts where the condition is met, and all that
follows in its track is as much later; a part that stops early lets what follows start earlier. At visits
the dose changes from then on. Doses before a decision stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf

from speciosa.engine import AT_TIME, Events, Halt, Leg
from speciosa.regimens.dose import Administration, number
from speciosa.regimens.habit import Habit
from speciosa.regimens.regimen import Regimen, Track
from speciosa.regimens.rules import Condition
from speciosa.regimens.segment import Segment
from speciosa.regimens.times import SMALLEST

STARTS, STOPS, VISITS = "starts", "stops", "visits"
Place = tuple[int, int, str, int]
"""Track, part, kind of rule, and number of the visit rule."""


@dataclass(frozen=True)
class Decision:
    """What a rule did to one person.

    Parameters
    ----------
    time : float
        Hours.
    rule : str
        The rule in words.
    action : str
        What was done: "started", "stopped", or the new dose.
    """

    time: float
    rule: str
    action: str


@dataclass(frozen=True)
class Watched:
    """A condition of a rule, with where it stands in the regimen."""

    place: Place
    condition: Condition

    @property
    def never(self) -> float:
        """A level that is not reached."""
        return inf if self.condition.is_above else -inf


@dataclass(frozen=True)
class RuledRegimen:
    """A regimen with rules, ready to be followed by people.

    Parameters
    ----------
    regimen : Regimen
    earlier : tuple of Administration
        Doses of the history, at negative times.
    until : float
        End, h.
    start : float
        Where the simulation starts, h.
    events : callable
        Makes events of doses.
    habit : Habit
        How those who follow it depart from what is decided.
    """

    regimen: Regimen
    earlier: tuple[Administration, ...]
    until: float
    start: float
    events: Callable[[tuple[Administration, ...]], Events]
    habit: Habit = field(default_factory=Habit)
    _known: dict[tuple[Decision, ...], Events] = field(default_factory=dict, repr=False, compare=False)

    @property
    def watched(self) -> tuple[Watched, ...]:
        """All conditions, in order."""
        found = []
        for number_, track in enumerate(self.regimen.tracks):
            for index, segment in enumerate(track):
                for kind, condition in ((STARTS, segment.starts_when), (STOPS, segment.stops_when)):
                    if condition is not None:
                        found.append(Watched((number_, index, kind, 0), condition))
                found += [
                    Watched((number_, index, VISITS, turn), visit.condition)
                    for turn, visit in enumerate(segment.visits)
                ]
        return tuple(found)

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules in words, as decisions name them."""
        found = []
        for track in self.regimen.tracks:
            for segment in track:
                name, unit = _name(segment), _unit(segment)
                if segment.starts_when:
                    found.append(f"{name} when {segment.starts_when.text}")
                if segment.stops_when:
                    found.append(f"{name} stop when {segment.stops_when.text}")
                found += [f"{name} {visit.text(unit)}" for visit in segment.visits]
        return tuple(dict.fromkeys(found))

    def events_of(self, person: RuledPerson) -> Events:
        """The events of a person's doses; the very same after equal decisions, to be planned together."""
        decided = tuple(person.decisions)
        if decided not in self._known:
            self._known[decided] = self.events(person.doses)
        return self._known[decided]

    def person(self) -> RuledPerson:
        """Somebody who follows it."""
        return RuledPerson(self)


class RuledPerson:
    """Somebody who follows a regimen with rules; an `engine.Course`.

    Parameters
    ----------
    plan : RuledRegimen
    """

    def __init__(self, plan: RuledRegimen) -> None:
        self._plan, self._watched = plan, plan.watched
        self._tracks = [_Progress(track, plan.until) for track in plan.regimen.tracks]
        self.decisions: list[Decision] = []

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules in words, as decisions name them."""
        return self._plan.rules

    @property
    def doses(self) -> tuple[Administration, ...]:
        """All doses as they are decided so far, in order of time."""
        found = [*self._plan.earlier, *(dose for track in self._tracks for dose in track.doses)]
        return self._plan.habit.taken(sorted(found, key=lambda item: item.time))

    def begin(self) -> Leg:
        """What follows from the start on."""
        return self._leg(self._plan.start)

    def go_on(self, halt: Halt) -> Leg:
        """What follows a halt."""
        now = halt.time
        seen = {item.place: value for item, value in zip(self._watched, halt.seen, strict=True)}
        for track in self._tracks:
            track.pass_to(now)
        if halt.which != AT_TIME:
            number_, index, kind, _ = self._watched[halt.which].place
            segment = self._plan.regimen.tracks[number_][index]
            if kind == STARTS:
                self._tracks[number_].start(now)
                self._note(now, f"{_name(segment)} when {_text(segment.starts_when)}", "started")
            else:
                self._tracks[number_].stop(now)
                self._note(now, f"{_name(segment)} stop when {_text(segment.stops_when)}", "stopped")
        for number_, track in enumerate(self._tracks):
            self._visit(number_, track, now, seen)
        return self._leg(now)

    def _visit(self, number_: int, track: _Progress, now: float, seen: dict[Place, float]) -> None:
        """What is due at the visits of a time, in the order of the rules."""
        segment, index = track.segment, track.index
        if segment is None or segment.dose is None or track.is_waiting:
            return
        for turn, visit in enumerate(segment.visits):
            if not track.is_visit(turn, now):
                continue
            track.visits[turn] += 1
            if not visit.is_due(seen[number_, index, VISITS, turn]) or track.index != index:
                continue
            unit = _unit(segment)
            rule = f"{_name(segment)} {visit.text(unit)}"
            if visit.change is None:
                track.stop(now)
                self._note(now, rule, "stopped")
                continue
            size = visit.change.after(track.size, 1)
            if size != track.size:
                track.resize(size)
                self._note(now, rule, f"{number(size)} {unit}")

    def _note(self, time: float, rule: str, action: str) -> None:
        self.decisions.append(Decision(time, rule, action))

    def _leg(self, now: float) -> Leg:
        for track in self._tracks:
            track.pass_to(now)
            track.plan(now)
        levels = tuple(
            item.condition.level if self._tracks[item.place[0]].is_watched(item.place, now) else item.never
            for item in self._watched
        )
        until = min((track.attention(now) for track in self._tracks), default=inf)
        return Leg(self._plan.events_of(self), levels, until)


def _name(segment: Segment) -> str:
    return segment.dose.text if segment.dose else "nothing"


def _unit(segment: Segment) -> str:
    return "mg" if segment.dose is None or segment.dose.containing else segment.dose.unit


def _text(condition: Condition | None) -> str:
    return condition.text if condition else ""


class _Progress:
    """How far a person is in one track."""

    def __init__(self, track: Track, until: float) -> None:
        self._track, self._until, self._shift = track, until, 0.0
        self.index, self.doses, self._is_planned = -1, list[Administration](), False
        self._enter(0)

    def _enter(self, index: int, at: float | None = None) -> None:
        """Come to a part, or to the end of the track; `at` is where it starts in fact."""
        self.index, self._start = index, None
        segment = self.segment
        if segment is not None and at is not None and abs(segment.start - at) <= SMALLEST:
            self._start = at
        self.is_waiting = segment is not None and segment.starts_when is not None
        self.visits = [1] * (len(segment.visits) if segment else 0)
        self.size = segment.dose.size if segment and segment.dose else 0.0

    @property
    def segment(self) -> Segment | None:
        """The part in use, at its own times; None behind the last."""
        if self.index >= len(self._track):
            return None
        return self._moved(self.index)

    def _moved(self, index: int) -> Segment:
        part = self._track[index]
        start = max(part.start + self._shift, 0.0)
        if index == self.index and self._start is not None:
            start = self._start
        return replace(part, start=start, end=part.end + self._shift)

    def pass_to(self, now: float) -> None:
        """Leave the parts that are over."""
        while (segment := self.segment) is not None and not self.is_waiting and segment.end <= now + SMALLEST:
            self._enter(self.index + 1)

    def start(self, now: float) -> None:
        """The part that waits starts."""
        segment = self.segment
        if segment is not None and self.is_waiting:
            self._shift += now - segment.start
            self.is_waiting, self._start, self._is_planned = False, now, False

    def stop(self, now: float) -> None:
        """The part in use ends now."""
        segment = self.segment
        if segment is not None:
            self._shift += now - segment.end if segment.end != inf else 0.0
            is_last, self._is_planned = segment.end == inf, False
            self._enter(len(self._track) if is_last else self.index + 1, now)

    def resize(self, size: float) -> None:
        """Take another dose from now on."""
        self.size, self._is_planned = size, False

    def is_visit(self, turn: int, now: float) -> bool:
        """Whether a visit of a rule is due."""
        return abs(self._next_visit(turn) - now) <= SMALLEST

    def _next_visit(self, turn: int) -> float:
        segment = self.segment
        assert segment is not None
        return segment.start + self.visits[turn] * segment.visits[turn].every

    def is_watched(self, place: Place, now: float) -> bool:
        """Whether a condition counts now."""
        segment = self.segment
        _, index, kind, _ = place
        if segment is None or index != self.index or now < segment.start - SMALLEST or kind == VISITS:
            return False
        return self.is_waiting if kind == STARTS else not self.is_waiting

    def attention(self, now: float) -> float:
        """The next time at which something is to be decided, or begins to be watched."""
        segment = self.segment
        if segment is None:
            return inf
        found = [segment.start] if segment.starts_when or segment.stops_when else []
        if not self.is_waiting:
            visits = (self._next_visit(turn) for turn in range(len(segment.visits)))
            found += [time for time in visits if time < segment.end - SMALLEST]
            if any(part.has_rules for part in self._track[self.index + 1 :]):
                found.append(segment.end)
        time = min((time for time in found if now + SMALLEST < time < self._until), default=inf)
        # A dose at the same time but for rounding is to come after the decision.
        return min([time, *(dose.time for dose in self.doses if abs(dose.time - time) <= SMALLEST)])

    def plan(self, now: float) -> None:
        """The doses from now on, as long as nothing else is decided; what is planned already stays."""
        if self._is_planned:
            return
        self._is_planned = True
        self.doses = [item for item in self.doses if item.time < now]
        for index in range(self.index, len(self._track)):
            part = self._moved(index)
            if self.is_waiting if index == self.index else part.starts_when:
                return
            found = part.administrations(self._until)
            if index == self.index and part.dose is not None and self.size != part.dose.size:
                found = self._resized(found, part.dose.size)
            self.doses += [item for item in found if item.time >= now]

    def _resized(self, found: list[Administration], size: float) -> list[Administration]:
        if self.size <= SMALLEST:
            return []
        return [replace(item, dose=item.dose.scaled(self.size / size)) for item in found]
