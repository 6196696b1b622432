"""What a group of people is to take: the regimens of arms, one after the other, with rescue beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from speciosa.regimens import Regimen, Segment, Track
from speciosa.simulation import Setting
from speciosa.simulation.written import regimen_of
from speciosa.trials.protocol import Arm, Protocol


@dataclass(frozen=True)
class Piece:
    """An arm over a stretch of the trial.

    Parameters
    ----------
    arm : str
    start, end : float
        Hours.
    """

    arm: str
    start: float
    end: float


Plan = tuple[Piece, ...]


@dataclass(frozen=True)
class Phase:
    """A piece of a plan with what its regimen asks.

    Parameters
    ----------
    piece : Piece
    last : float
        When its last dose is due, h; its start where there is none. Where rules decide, at the earliest.
    taper : (start, end), optional
        Hours in which the dose is lowered.
    """

    piece: Piece
    last: float
    taper: tuple[float, float] | None

    def is_taper(self, hour: float) -> bool:
        """Whether the dose is being lowered."""
        return self.taper is not None and self.taper[0] <= hour < self.taper[1]

    def is_after(self, hour: float) -> bool:
        """Whether the last planned dose is over."""
        return hour > self.last and not self.is_taper(hour)


@dataclass(frozen=True)
class Planned:
    """A plan as a regimen.

    Parameters
    ----------
    phases : tuple of Phase
    regimen : Regimen
        With the history.
    """

    phases: tuple[Phase, ...]
    regimen: Regimen


def planned(protocol: Protocol, plan: Plan, setting: Setting) -> Planned:
    """The regimen of a plan.

    Parameters
    ----------
    protocol : Protocol
    plan : tuple of Piece
    setting : Setting
    """
    tracks: list[Track] = []
    phases = []
    for piece in plan:
        arm = protocol.arms[piece.arm]
        own = _tracks(arm, piece, setting)
        doses = Regimen(tuple(own)).administrations(piece.end)
        last = max((item.time for item in doses), default=piece.start)
        taper = None
        if arm.taper is not None:
            taper = (piece.start + arm.taper.start, min(piece.start + arm.taper.end, piece.end))
        phases.append(Phase(piece, last, taper))
        tracks += own
    regimen = Regimen(tuple(tracks))
    if protocol.history is not None:
        regimen = regimen.after(regimen_of(protocol.history, setting))
    return Planned(tuple(phases), regimen)


def _tracks(arm: Arm, piece: Piece, setting: Setting) -> list[Track]:
    texts = [arm.regimen, *([arm.rescue] if arm.rescue is not None else [])]
    read = [track for text in texts for track in regimen_of(text, setting).tracks]
    moved = (tuple(_moved(part, piece) for part in track) for track in read)
    return [track for parts in moved if (track := tuple(part for part in parts if part is not None))]


def _moved(part: Segment, piece: Piece) -> Segment | None:
    """A part at its time in the trial, cut off at the end of the piece."""
    start, end = part.start + piece.start, part.end + piece.start
    if start >= piece.end:
        return None
    return replace(part, start=start, end=end if piece.end == inf else min(end, piece.end))
