"""The written verdicts of the last whole run, and the causes of its misses."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import isfinite, isnan, nan
from types import MappingProxyType

import pandas as pd

from speciosa.errors import QualificationError
from speciosa.evidence import Evidence
from speciosa.qualification.measure import Answer
from speciosa.qualification.verdict import Verdict, kind_of

VERDICTS, CAUSES = "verdicts.csv", "causes.toml"
DIGITS = 5
COLUMNS = (
    *("id", "outcome", "observed", "predicted", "unit", "tol_low", "tol_high", "ratio", "band"),
    *("low", "high", "interval", "error", "persons", "statistic", "own", "reason"),
)


def rows(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """One record a verdict, with the columns of the written table."""
    return [_record(item) for item in verdicts]


def table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """The verdicts as a table for people and programs.

    Parameters
    ----------
    verdicts : sequence of Verdict

    Returns
    -------
    pandas.DataFrame
        One row a target: the columns of the written table, drug, quantity, kind, purpose and the cause of a
        miss.
    """
    known = causes()
    return pd.DataFrame(
        [
            {
                "id": item.target.id,
                "topic": item.topic,
                "drug": item.target.topic,
                "quantity": item.target.quantity,
                **{key: value for key, value in _record(item).items() if key != "id"},
                "kind": item.kind,
                "purpose": item.target.purpose,
                "cause": known.get(item.target.id, "") if outcome(item) == "miss" else "",
            }
            for item in verdicts
        ]
    )


def outcome(verdict: Verdict) -> str:
    """hit, miss or not run."""
    if not verdict.is_run:
        return "not run"
    return "hit" if verdict.is_hit else "miss"


def _record(item: Verdict) -> dict[str, object]:
    answer = item.answer or Answer(nan, nan, nan, "", nan, 0)
    return {
        "id": item.target.id,
        "outcome": outcome(item),
        "observed": nan if item.target.observed is None else item.target.observed,
        "predicted": rounded(answer.value),
        "unit": item.target.unit,
        "tol_low": item.target.tol_low,
        "tol_high": item.target.tol_high,
        "ratio": rounded(item.ratio),
        "band": item.band,
        "low": rounded(answer.low),
        "high": rounded(answer.high),
        "interval": answer.interval,
        "error": rounded(answer.error, 2),
        "persons": answer.persons,
        "statistic": item.statistic,
        "own": "; ".join(item.own),
        "reason": item.reason,
    }


def rounded(value: float, digits: int = DIGITS) -> float:
    """A number with so many significant digits.

    Examples
    --------
    >>> rounded(1234.5678), rounded(0.000123456)
    (1234.6, 0.00012346)
    """
    return float(f"{value:.{digits}g}") if isfinite(value) else value


def to_text(verdicts: Sequence[Verdict]) -> str:
    """The written table: CSV, in the order of the targets."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in rows(verdicts):
        writer.writerow({key: _cell(value) for key, value in record.items()})
    return buffer.getvalue()


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and isnan(value) else value


def written(evidence: Evidence, text: str | None = None) -> list[Verdict]:
    """The verdicts of the last whole run.

    Parameters
    ----------
    evidence : Evidence
        With the targets.
    text : str, optional
        The table; the packaged one if left out.

    Returns
    -------
    list of Verdict

    Raises
    ------
    QualificationError
        If the table names a target that does not exist, or its columns are others.
    """
    if text is None:
        text = (files("speciosa.qualification") / "data" / VERDICTS).read_text(encoding="utf-8")
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise QualificationError(
            f"the columns are {', '.join(reader.fieldnames or ('none',))}",
            where=VERDICTS,
            expected=", ".join(COLUMNS),
            advice="`make qualify` writes the table anew.",
        )
    return [_read(record, evidence, line) for line, record in enumerate(reader, start=2)]


def _read(record: Mapping[str, str], evidence: Evidence, line: int) -> Verdict:
    if record["id"] not in evidence.targets:
        raise QualificationError(
            f"{record['id']!r} is no target", where=f"{VERDICTS}:{line}", advice="Run `make qualify`."
        )
    target = evidence.targets[record["id"]]
    kind = kind_of(target, evidence)
    if record["outcome"] == "not run":
        return Verdict(target, kind, reason=record["reason"])
    number = {key: float(record[key] or "nan") for key in ("predicted", "low", "high", "error")}
    answer = Answer(
        number["predicted"],
        number["low"],
        number["high"],
        record["interval"],
        number["error"],
        int(record["persons"]),
    )
    own = tuple(name for name in record["own"].split("; ") if name)
    return Verdict(target, kind, answer, record["statistic"], own=own)


@cache
def causes() -> Mapping[str, str]:
    """What is thought to be behind each miss, by target.

    Returns
    -------
    mapping of str to str

    Raises
    ------
    QualificationError
        If a cause is no sentence.
    """
    text = (files("speciosa.qualification") / "data" / CAUSES).read_text(encoding="utf-8")
    return read_causes(text)


def read_causes(text: str) -> Mapping[str, str]:
    """Read causes: tables with `targets` and `cause`; a target is named once.

    Examples
    --------
    >>> read_causes('causes = [{targets = ["t-pk-a"], cause = "Why."}]')["t-pk-a"]
    'Why.'
    """
    found: dict[str, str] = {}
    for entry in tomllib.loads(text).get("causes", []):
        if set(entry) != {"targets", "cause"} or not entry["cause"].endswith("."):
            raise QualificationError(
                f"{entry!r} is no cause", where=CAUSES, expected='targets = [...], cause = "A sentence."'
            )
        for name in entry["targets"]:
            if name in found:
                raise QualificationError(
                    f"{name!r} has two causes", where=CAUSES, expected="one cause a target"
                )
            found[name] = entry["cause"]
    return MappingProxyType(found)


def check_causes(verdicts: Sequence[Verdict], known: Mapping[str, str]) -> list[str]:
    """What is wrong with the causes: a miss without one, or a cause without a miss among these verdicts."""
    misses = {item.target.id for item in verdicts if outcome(item) == "miss"}
    others = {item.target.id for item in verdicts} - misses
    return [
        *(f"{name} is missed and has no cause in {CAUSES}" for name in sorted(misses - set(known))),
        *(f"{name} is not missed and has a cause in {CAUSES}" for name in sorted(others & set(known))),
    ]
