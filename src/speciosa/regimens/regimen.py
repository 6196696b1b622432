"""A regimen: parallel tracks of segments, with what came before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from itertools import pairwise
from math import inf, isfinite

from speciosa.errors import RegimenError
from speciosa.regimens.dose import Administration
from speciosa.regimens.segment import Segment
from speciosa.regimens.times import DAY, span

Track = tuple[Segment, ...]


@dataclass(frozen=True)
class Regimen:
    """Doses over time.

    Parameters
    ----------
    tracks : tuple of tuple of Segment
        Parallel tracks; the segments of a track follow each other.
    history : Regimen, optional
        What came before time 0; it must end.
    notes : tuple of str
        What the reader should know of how the text was read.

    Raises
    ------
    RegimenError
        If segments of a track overlap, or the history has no end.

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> from speciosa.regimens import parse
    >>> len(parse("methadone 40 mg once a day for 28 days", catalog()).administrations(1000.0))
    28
    """

    tracks: tuple[Track, ...]
    history: Regimen | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for track in self.tracks:
            for earlier, later in pairwise(track):
                if later.start < earlier.end:
                    raise RegimenError(
                        f"a part starts at {span(later.start)} while the one before it runs until"
                        f" {span(earlier.end)}",
                        expected="parts that follow each other",
                        advice="End the earlier part with `for` or `until`; `;` makes doses parallel.",
                    )
        if self.history is not None and self.history.has_rules:
            raise RegimenError(
                "the earlier regimen has rules",
                where=self.history.text,
                expected="doses that are known: what a person was before is not watched",
            )
        if self.history is not None and not isfinite(self.history.end):
            raise RegimenError(
                "the earlier regimen has no end",
                where=self.history.text,
                expected='how long it lasted: "after morphine 120 mg/day for 60 days"',
            )

    @property
    def has_rules(self) -> bool:
        """Whether doses depend on how the person is."""
        return any(segment.has_rules for track in self.tracks for segment in track)

    def taken_by_all(self, course: tuple[Administration, ...], until: float) -> tuple[Administration, ...]:
        """Of a course those doses that everybody takes: not those of tracks with rules."""
        if not self.has_rules:
            return course
        plain = tuple(track for track in self.tracks if not any(part.has_rules for part in track))
        known = replace(self, tracks=plain).administrations(until)
        return (*(item for item in course if item.time < 0.0), *known)

    def administrations(self, until: float) -> tuple[Administration, ...]:
        """Every dose up to a time (h), in order; doses of one time in the order of the tracks.

        Where the regimen has rules, as if every part started as early as it may and no visit did anything.

        Parameters
        ----------
        until : float
            Hours; a dose at exactly this time counts.

        Returns
        -------
        tuple of Administration
        """
        found = [
            item for track in self.tracks for segment in track for item in segment.administrations(until)
        ]
        return tuple(sorted(found, key=lambda item: item.time))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Drugs and products, in order of appearance."""
        segments = [segment for track in self.tracks for segment in track]
        return tuple(dict.fromkeys(segment.dose.item for segment in segments if segment.dose))

    @property
    def end(self) -> float:
        """End of the last segment, h; a last single dose ends at its time, an open end is infinite.

        A last gap without a stated length does not count.
        """
        return max((_end(track) for track in self.tracks), default=0.0)

    @cached_property
    def text(self) -> str:
        """The regimen in words that the grammar reads back."""
        written = "; ".join(_track_text(track) for track in self.tracks) or "nothing"
        return f"after {self.history.text}: {written}" if self.history else written

    def after(self, history: Regimen) -> Regimen:
        """The regimen with what came before it.

        Raises
        ------
        RegimenError
            If there is a history already, or the given one has no end.
        """
        if self.history is not None:
            raise RegimenError("the regimen has a history already", where=self.text, expected="one history")
        return replace(self, history=history)

    def explain(self) -> str:
        """How the regimen was read: one line a part with times and number of doses, then the notes."""
        lines = []
        if self.history is not None:
            lines.append(f"Before the start, for {span(self.history.end)}:")
            lines += [f"  {line}" for line in _lines(self.history.tracks)]
            lines.append("From time 0:")
        lines += _lines(self.tracks)
        if self.has_rules:
            lines.append("Rules act for each person alone; what follows a part moves with its start and end.")
        notes = (*(self.history.notes if self.history else ()), *self.notes)
        return "\n".join([*lines, *(f"Note: {note}" for note in notes)])

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(line)}</li>" for line in self.explain().splitlines())
        return f"<ul class='speciosa-regimen'>{rows}</ul>"


def _end(track: Track) -> float:
    segments = [segment for segment in track if segment.dose is not None or isfinite(segment.end)]
    return max((segment.end for segment in segments), default=0.0)


def _track_text(track: Track) -> str:
    parts, previous = [], 0.0
    for segment in track:
        parts.append(segment.text(previous))
        previous = segment.end
    return ", then ".join(parts)


def _lines(tracks: Iterable[Track]) -> list[str]:
    return [_line(segment) for track in tracks for segment in track]


def _line(segment: Segment) -> str:
    end = "" if segment.end == inf else f" to {_point(segment.end)}"
    when = f"{_point(segment.start)}{end or ' on'}"
    if segment.dose is None:
        return _ruled_line(segment, "nothing", "no doses") if segment.has_rules else f"{when}: nothing"
    doses = segment.administrations(segment.end) if isfinite(segment.end) else None
    count = "without end" if doses is None else f"{len(doses)} dose{'' if len(doses) == 1 else 's'}"
    change = f", {segment.change.text(segment.dose.unit)}" if segment.change else ""
    missed = f", {segment.missed.text}" if segment.missed.text else ""
    if segment.has_rules:
        return _ruled_line(segment, segment.dose.text, f"{segment.rhythm}{change}{missed}")
    if segment.rhythm == "once":
        return f"{_point(segment.start)}: {segment.dose.text}, once"
    return f"{when}: {segment.dose.text}, {segment.rhythm}{change}{missed} ({count})"


def _ruled_line(segment: Segment, dose: str, rhythm: str) -> str:
    """A part with rules, in a sentence for each."""
    start = f"from {_point(segment.start)} on"
    if segment.starts_when:
        start = f"once {segment.starts_when.text}, watched from {_point(segment.start)} on"
    length = "" if segment.end == inf else f", for {span(segment.end - segment.start)}"
    said = [f"{start}: {dose}, {rhythm}{length if segment.rhythm != 'once' else ''}"]
    unit = "mg" if segment.dose is None or segment.dose.containing else segment.dose.unit
    said += [visit.text(unit) for visit in segment.visits]
    if segment.stops_when:
        said.append(f"stops once {segment.stops_when.text}")
    return "; ".join(said)


def _point(hours: float) -> str:
    days, rest = divmod(hours, DAY)
    return f"day {int(days) + 1}" + (f" + {rest:g} h" if rest else "")
