"""All checks of content: units, sources, spreads, targets, scales, time courses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from speciosa import units
from speciosa.errors import UnitError
from speciosa.evidence.fault import Fault
from speciosa.evidence.row import (
    INTERVAL_TYPES,
    Row,
    ScaleItem,
    Source,
    Target,
    TimeCourse,
    TimePoint,
    UnitEntry,
)

if TYPE_CHECKING:
    from speciosa.evidence.store import Evidence

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BIBTEX_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]*")
_YEARS = range(1800, 2101)
_NO_UNIT = "(empty)"
_COURSE_KEYS = re.compile(r"source keys?: ([^)]*)")


def find_faults(evidence: Evidence) -> tuple[Fault, ...]:
    """Check the content of all files.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    tuple of Fault
        In the order of the files as read; empty where all is well.
    """
    return tuple(_all(evidence))


def _all(evidence: Evidence) -> Iterator[Fault]:
    for row in evidence.rows.values():
        yield from _row(row, evidence)
    for source in evidence.sources.values():
        yield from _source(source)
    for target in evidence.targets.values():
        yield from _target(target, evidence)
    for items in evidence.scales.values():
        yield from _scale(items, evidence)
    for course in evidence.timecourses.values():
        yield from _course(course, evidence)
    for entry in evidence.vocabulary.values():
        yield from _entry(entry)


def _row(row: Row, evidence: Evidence) -> Iterator[Fault]:
    def fault(column: str, problem: str, expected: str, advice: str = "") -> Fault:
        return Fault(row.file, row.line, column, problem, expected, advice)

    if not _SLUG.fullmatch(row.id):
        yield fault("id", f"{row.id!r} is no slug", "lower-case letters, digits, '.', '_' and '-'")
    if not row.drug or row.drug != row.drug.lower():
        yield fault("drug", f"drug is {row.drug!r}", "lower-case names joined by '; ', or 'none'")
    if not row.quantity:
        yield fault("quantity", "the field is empty", "a term of the field")
    if row.value is None and not row.note:
        yield fault("value", "neither a value nor a note", "a number, or the reason in 'note'")
    if row.value is not None and not row.unit:
        yield fault("unit", "the value has no unit", "a unit; a pure number is 'dimensionless'")
    elif row.unit and (problem := _unit_problem(row.unit)):
        yield fault("unit", *problem)
    if row.source_key not in evidence.sources:
        yield fault("source_key", f"no source has the key {row.source_key!r}", "a key of the source files")
    if row.kind == "derived" and row.source_key.startswith("prefit_") and not row.locator:
        yield fault("locator", "the field is empty", "the inputs of a derived row")
    if row.spread and row.value is None:
        yield fault("spread", f"a spread {row.spread!r} without a value", "a value, or no spread")
    if spread_problem := _spread_problem(row):
        yield fault("spread", *spread_problem)


@cache
def _unit_problem(unit: str) -> tuple[str, str, str] | None:
    """Problem, expectation and advice of a unit that cannot be read."""
    if unit in units.LABELS:
        return None
    try:
        units.dimension(unit)
    except UnitError as error:
        return error.problem, "a unit such as 'L/h' or 'ng/mL', or a label such as 'CV%'", error.advice or ""
    return None


def _spread_problem(item: Row | TimePoint) -> tuple[str, str] | None:
    kind, text = item.spread_type, item.spread
    if kind == "none":
        return (f"a spread {text!r} of type none", "an empty field, or its type") if text else None
    expected = "'lo to hi'" if kind in INTERVAL_TYPES else "a number of zero or above"
    parts = text.split(" to ") if kind in INTERVAL_TYPES else [text]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return f"{text!r} is no {kind}", expected
    if kind in INTERVAL_TYPES:
        is_fine = len(numbers) == 2 and numbers[0] <= numbers[1]  # noqa: PLR2004
        return None if is_fine else (f"{text!r} is no {kind}", f"{expected} with lo not above hi")
    return None if numbers[0] >= 0 else (f"{text!r} is no {kind}", expected)


def _source(source: Source) -> Iterator[Fault]:
    def fault(column: str, problem: str, expected: str) -> Fault:
        return Fault(source.file, source.line, column, problem, expected)

    if not _BIBTEX_KEY.fullmatch(source.key):
        yield fault("key", f"{source.key!r} is no key", "letters, digits, '.', ':', '_' and '-'")
    if not source.title:
        yield fault("title", "the field is empty", "a title, or what the record stands for")
    if source.year is not None and source.year not in _YEARS:
        yield fault("year", f"year is {source.year}", "four digits or nothing")
    if source.doi and not _DOI.fullmatch(source.doi):
        yield fault("doi", f"{source.doi!r} is no DOI", "'10.', registrant, '/' and suffix, without address")


def _target(target: Target, evidence: Evidence) -> Iterator[Fault]:
    def fault(column: str, problem: str, expected: str, advice: str = "") -> Fault:
        return Fault(target.file, target.line, column, problem, expected, advice)

    if problem := _unit_problem(target.unit):
        yield fault("unit", *problem)
    if target.tol_low > target.tol_high:
        yield fault(
            "tol_low", f"{target.tol_low:g} is above tol_high {target.tol_high:g}", "tol_low <= tol_high"
        )
    if not target.evidence_ids:
        yield fault("evidence_ids", "the field is empty", "ids of rows or time-course files, joined by '; '")
    files = {course.file for course in evidence.timecourses.values()}
    for name in target.evidence_ids:
        if name not in evidence.rows and name not in files:
            yield fault("evidence_ids", f"{name!r} does not exist", "the id of a row or a time-course file")
        elif name in evidence.rows and evidence.rows[name].seen == "memory":
            yield fault("evidence_ids", f"row {name!r} is recalled, not seen", "a row that was seen")
    for entry in re.split(r" \| |;", target.regimen):
        if "=" not in entry:
            yield fault(
                "regimen", f"{entry.strip()!r} is no entry", "key=value, joined by ';', segments by ' | '"
            )


def _scale(items: tuple[ScaleItem, ...], evidence: Evidence) -> Iterator[Fault]:
    seen: set[str] = set()
    for item in items:
        if item.source_key not in evidence.sources:
            problem = f"no source has the key {item.source_key!r}"
            yield Fault(item.file, item.line, "source_key", problem, "a key of the source files")
        if item.item_number in seen:
            problem = f"{item.scale} has {item.item_number!r} twice"
            yield Fault(item.file, item.line, "item_number", problem, "a number that is unique in its scale")
        seen.add(item.item_number)
        if item.item_number.isdigit() and (
            item.allowed is None or list(item.allowed) != sorted(set(item.allowed))
        ):
            problem = f"{item.allowed_scores!r} is no list of scores"
            yield Fault(item.file, item.line, "allowed_scores", problem, "rising whole numbers joined by '|'")


def _course(course: TimeCourse, evidence: Evidence) -> Iterator[Fault]:
    for word in ("Source:", "Kind:"):
        if not any(comment.startswith(word) for comment in course.comments):
            yield Fault(
                course.file,
                1,
                "",
                f"no comment line starts with {word!r}",
                f"a line '# {word} ...' at the head",
            )
    for comment in course.comments:
        named = _COURSE_KEYS.search(comment)
        for key in named[1].split(",") if named else ():
            if key.strip() not in evidence.sources:
                yield Fault(
                    course.file, 1, "", f"no source has the key {key.strip()!r}", "a key of the source files"
                )
    if not course.points:
        yield Fault(course.file, 0, "", "the file has no points", "at least one")
    for point in course.points:
        yield from _point(course.file, point)


def _point(file: str, point: TimePoint) -> Iterator[Fault]:
    if (problem := _unit_problem(point.time_unit)) is not None:
        yield Fault(file, point.line, "time_unit", *problem)
    elif units.dimension(point.time_unit) != units.dimension("h"):
        yield Fault(
            file, point.line, "time_unit", f"{point.time_unit!r} is no unit of time", "h, d, week or min"
        )
    if point.value is None and not point.note:
        yield Fault(
            file, point.line, "value", "neither a value nor a note", "a number, or the reason in 'note'"
        )
    if not point.unit:
        yield Fault(file, point.line, "unit", "the field is empty", "a unit, or what the number counts")
    if spread_problem := _spread_problem(point):
        yield Fault(file, point.line, "spread", *spread_problem)


def _entry(entry: UnitEntry) -> Iterator[Fault]:
    if entry.unit == _NO_UNIT:
        return
    if entry.is_parsed and (problem := _unit_problem(entry.unit)):
        yield Fault(entry.file, entry.line, "unit", *problem)
    if not entry.is_parsed and not entry.meaning:
        yield Fault(
            entry.file, entry.line, "meaning", "the field is empty", "what a number in this unit means"
        )
    if not entry.is_parsed and not units.is_known(entry.unit):
        yield Fault(
            entry.file, entry.line, "unit", f"{entry.unit!r} is no label", "a label of speciosa.units.LABELS"
        )
