"""What each design needs of a protocol, and what behavior needs of it."""

from __future__ import annotations

from speciosa.body.scales import COWS
from speciosa.errors import SpeciosaError, UnknownNameError
from speciosa.simulation import Setting
from speciosa.simulation.written import regimen_of
from speciosa.trials.groups import chances
from speciosa.trials.place import Place
from speciosa.trials.protocol import Protocol, Stated
from speciosa.trials.schedule import visits_of
from speciosa.trials.timing import in_words

KINDS = ("leaving", "attending", "missing", "using")
SAME = "same"


def check_design(protocol: Protocol, place: Place, setting: Setting) -> None:
    """See that the tables of a design are there and fit.

    Parameters
    ----------
    protocol : Protocol
    place : Place
    setting : Setting

    Raises
    ------
    SpeciosaError
        For the first fault.
    """
    for name in ("crossover", "escalation", "sequential"):
        has_table = getattr(protocol, name) is not None
        if has_table != (protocol.design == name):
            problem = (
                f"the design is {protocol.design}, and [{name}] is {'given' if has_table else 'missing'}"
            )
            place.fault([name if has_table else "design"], problem, f"[{name}] for the design {name} alone")
    if protocol.design == "crossover":
        _crossover(protocol, place)
    elif protocol.design == "escalation":
        _escalation(protocol, place)
    elif protocol.design == "sequential":
        _sequential(protocol, place)
    if protocol.design in ("crossover", "sequential"):
        _no_waiting(protocol, place, setting)


def _crossover(protocol: Protocol, place: Place) -> None:
    part = protocol.crossover
    assert part is not None
    sequences = part.sequences or [list(protocol.arms)]
    for number, sequence in enumerate(sequences):
        for name in sequence:
            if name not in protocol.arms:
                raise UnknownNameError(
                    "arm", name, protocol.arms, where=place.at(["crossover", "sequences", number])
                )
    periods = max(len(sequence) for sequence in sequences)
    needed = periods * part.period + (periods - 1) * part.washout
    if part.period <= 0.0 or part.washout < 0.0 or needed > protocol.until:
        place.fault(
            ["crossover", "period"],
            f"{periods} periods take {in_words(needed)}, and the trial {in_words(protocol.until)}",
            f"until = {in_words(needed)!r} or more, and a period above zero",
        )
    late = [item.name for item in protocol.endpoints if item.after_last_dose]
    if late:
        number = [item.name for item in protocol.endpoints].index(late[0])
        place.fault(
            ["endpoints", number, "after_last_dose"],
            "a crossover has a last dose in every period",
            "a window from the start of the period",
        )
    if len(protocol.arms) < 2:  # noqa: PLR2004
        place.fault(["arms"], "a crossover has one arm", "two or more")


def _escalation(protocol: Protocol, place: Place) -> None:
    part = protocol.escalation
    assert part is not None
    if not protocol.safety:
        place.fault(
            ["escalation"],
            "nothing says what a limiting event is",
            "[[safety]] with an output and a level",
        )
    if part.rule == "CRM":
        skeleton = part.skeleton
        is_rising = all(0.0 < low < high for low, high in zip(skeleton, [*skeleton[1:], 1.0], strict=True))
        if len(skeleton) != len(protocol.arms) or not is_rising:
            place.fault(
                ["escalation", "skeleton"],
                f"the skeleton has {len(skeleton)} shares for {len(protocol.arms)} levels",
                "one share for each level, rising, between 0 and 1",
            )
        if part.spread is None:
            place.fault(
                ["escalation"],
                "the CRM has no prior spread",
                "the prior SD of its parameter: spread = 1",
            )


def _sequential(protocol: Protocol, place: Place) -> None:
    part = protocol.sequential
    assert part is not None
    for key, names in (("first", part.first), ("responders", part.responders), ("others", part.others)):
        known = [*protocol.arms, *([] if key == "first" else [SAME])]
        for name in names:
            if name not in known:
                raise UnknownNameError("arm", name, known, where=place.at(["sequential", key]))
        if not names:
            place.fault(["sequential", key], "no arm is named", "one or more")
    times = visits_of(protocol).times_of(part.scale)
    if part.decide not in times:
        place.fault(
            ["sequential", "decide"],
            f"response is judged at {in_words(part.decide)}, and no visit then rates {part.scale}",
            "a visit that rates it",
        )


def _no_waiting(protocol: Protocol, place: Place, setting: Setting) -> None:
    """A part that waits moves what follows it, beyond the end of its period."""
    for name, arm in protocol.arms.items():
        for key, text in (("regimen", arm.regimen), ("rescue", arm.rescue)):
            if text is None:
                continue
            parts = [part for track in regimen_of(text, setting).tracks for part in track]
            if any(part.starts_when for part in parts):
                place.fault(
                    ["arms", name, key],
                    f"a part waits for a condition in a {protocol.design} design",
                    "doses that start at known times; rules at visits and stops may stay",
                )


def check_behavior(protocol: Protocol, place: Place, setting: Setting) -> None:
    """See that chances exist, and that what they depend on is rated.

    Parameters
    ----------
    protocol : Protocol
    place : Place
    setting : Setting

    Raises
    ------
    SpeciosaError
        For the first fault.
    """
    rated = len(visits_of(protocol).times_of(COWS.name))
    stated = [(["arms", name, "behavior"], arm.behavior) for name, arm in protocol.arms.items()]
    for path, behavior in ((["behavior"], protocol.behavior), *stated):
        if behavior is None:
            continue
        for kind in KINDS:
            given: str | Stated | None = getattr(behavior, kind)
            try:
                found, _ = chances(kind, given, setting.evidence, place.at([*path, kind]))
            except SpeciosaError as fault:
                fault.where = fault.where or place.at([*path, kind])
                raise
            if found is not None and found.severity and not rated:
                place.fault(
                    [*path, kind],
                    f"{kind} depends on the last COWS rating, and no visit rates COWS",
                    "visits with COWS",
                    "Add it to `scales` of the visits.",
                )
        if behavior.use is not None and behavior.using is None:
            place.fault([*path, "use"], "use is described without a chance of it", "`using` beside it")
