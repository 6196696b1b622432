"""Typed regimens as plain tables, for TOML files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from math import inf
from typing import Any

from speciosa.errors import RegimenError
from speciosa.late import pydantic
from speciosa.regimens.change import Change
from speciosa.regimens.dose import Dose
from speciosa.regimens.grammar import Library
from speciosa.regimens.phrase import Phrase
from speciosa.regimens.regimen import Regimen
from speciosa.regimens.rules import Condition, VisitRule
from speciosa.regimens.segment import Missed, Segment

PARTS = {
    "dose": Dose,
    "change": Change,
    "missed": Missed,
    "starts_when": Condition,
    "stops_when": Condition,
    "condition": Condition,
}


def to_dict(regimen: Regimen) -> dict[str, Any]:
    """A regimen as tables: ``tracks`` of segments, and ``history`` where there is one; defaults are left out.

    Parameters
    ----------
    regimen : Regimen

    Returns
    -------
    dict
        `from_dict` reads it back.
    """
    table: dict[str, Any] = {"tracks": [[_slim(segment) for segment in track] for track in regimen.tracks]}
    if regimen.notes:
        table["notes"] = list(regimen.notes)
    if regimen.history is not None:
        table["history"] = to_dict(regimen.history)
    return table


def _slim(part: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in fields(part):  # type: ignore[arg-type]  # only dataclasses come here
        value = getattr(part, item.name)
        if value is None or value == _default(item):
            continue
        if isinstance(value, tuple(PARTS.values())):
            found[item.name] = _slim(value)
        elif item.name == "visits":
            found[item.name] = [_slim(visit) for visit in value]
        else:
            found[item.name] = (
                [list(pair) for pair in value] if item.name in ("content", "containing") else value
            )
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _default(item: Field[Any]) -> object:
    return item.default if item.default is not MISSING else MISSING


def from_dict(table: Mapping[str, Any], library: Library) -> Regimen:
    """Read what `to_dict` wrote, or what somebody typed in that form.

    Parameters
    ----------
    table : mapping
    library : Library
        Names, routes and contents are checked against it.

    Returns
    -------
    Regimen

    Raises
    ------
    RegimenError
        Naming the place and the key, with a near miss.
    """
    _known(table, ("tracks", "notes", "history"), "regimen")
    tracks = tuple(
        tuple(_segment(segment, f"tracks[{number}][{index}]", library) for index, segment in enumerate(track))
        for number, track in enumerate(table.get("tracks", ()))
    )
    history = from_dict(table["history"], library) if "history" in table else None
    return Regimen(tracks, history=history, notes=tuple(table.get("notes", ())))


def _known(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(known)}."
            raise RegimenError(f"unknown key {key!r}", where=where, advice=hint)


def _segment(table: Mapping[str, Any], where: str, library: Library) -> Segment:
    _known(table, tuple(item.name for item in fields(Segment)), where)
    _known_parts(table, where)
    for number, visit in enumerate(table.get("visits", ())):
        _known(visit, tuple(item.name for item in fields(VisitRule)), f"{where}.visits[{number}]")
        _known_parts(visit, f"{where}.visits[{number}]")
    try:
        segment = pydantic.TypeAdapter(Segment).validate_python({"end": inf, **table})
    except pydantic.ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RegimenError(f"{first['input']!r}: {first['msg']}", where=f"{where}, key {key}") from fault
    if segment.dose is not None:
        _check(segment.dose, library)
    return segment


def _known_parts(table: Mapping[str, Any], where: str) -> None:
    for name, kind in PARTS.items():
        if name in table:
            _known(table[name], tuple(item.name for item in fields(kind)), f"{where}.{name}")


def _check(dose: Dose, library: Library) -> None:
    """The checks that a dose in words goes through."""
    phrase = Phrase(
        item=library.item(dose.item).name,
        amount=dose.amount,
        unit=dose.unit,
        route=dose.route,
        content=list(dose.content),
        containing=list(dose.containing),
    )
    phrase.segment(0.0, library)
