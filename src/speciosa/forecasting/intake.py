"""What a record says was taken, and what is taken to come, as doses of molecules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log, sqrt

from speciosa.errors import RecordError
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, Intake, PersonRecord
from speciosa.regimens import Administration, InputDose, Regimen, input_doses, parse
from speciosa.simulation import DAY, Setting

CONTINUE = "as on the last day"
"""Plan: what was prescribed or taken in the last 24 h is taken every 24 h; what was missed, too."""
NOTHING = "nothing"


@dataclass(frozen=True)
class Taken:
    """Doses of molecules, and how uncertain each amount is.

    Parameters
    ----------
    doses : tuple of InputDose
        In order of time; what came before the record at negative times.
    omegas : tuple of float
        SD of the logarithm of each amount.
    """

    doses: tuple[InputDose, ...]
    omegas: tuple[float, ...]

    @property
    def is_certain(self) -> bool:
        """Whether every amount is known."""
        return not any(self.omegas)


def taken(record: PersonRecord, plan: str | Regimen, until: float, setting: Setting) -> Taken:
    """All doses up to a time: before the record, in it up to its moment, and by the plan from there on.

    Parameters
    ----------
    record : PersonRecord
    plan : str or Regimen
        `CONTINUE`, or a regimen that begins at the record's moment. Doses that the record itself holds for
        later times are part of every plan.
    until : float
        Hours.
    setting : Setting

    Returns
    -------
    Taken

    Raises
    ------
    SpeciosaError
        If a drug, route, amount or regimen cannot be used.
    """
    rows: list[tuple[Administration, float]] = [(item, 0.0) for item in _before(record, setting)]
    rows += [(Administration(item.time, item.dose), item.cv) for item in record.doses if item.is_taken]
    rows += planned(record, plan, until, setting)
    rows.sort(key=lambda row: row[0].time)
    doses: list[InputDose] = []
    omegas: list[float] = []
    for administration, cv in rows:
        if administration.time > until:
            continue
        molecules = input_doses([administration], setting.library, setting.evidence)
        doses += molecules
        omegas += [sqrt(log(1.0 + cv**2))] * len(molecules)
    return Taken(tuple(doses), tuple(omegas))


def _before(record: PersonRecord, setting: Setting) -> Sequence[Administration]:
    """Doses before the record, at negative times."""
    if not record.before or record.before == UNKNOWN_OPIOIDS:
        return ()
    regimen = parse(record.before, setting.library)
    if regimen.history is not None or regimen.has_rules or not isfinite(regimen.end):
        raise RecordError(
            f"{record.before!r} cannot come before the start",
            where=f"record {record.id}, before",
            expected='doses with an end: "kratom powder 5 g every 6 h for 180 days"',
        )
    return [
        Administration(item.time - regimen.end, item.dose) for item in regimen.administrations(regimen.end)
    ]


def planned(
    record: PersonRecord, plan: str | Regimen, until: float, setting: Setting
) -> list[tuple[Administration, float]]:
    """Doses of the plan, with the uncertainty of each amount.

    Raises
    ------
    RecordError
        If the plan has a history or rules: what was taken is in the record.
    """
    now = record.moment
    if plan == CONTINUE:
        return [
            (Administration(item.time + turn * DAY, item.dose), item.cv)
            for item in last_day(record)
            for turn in range(1, int((until - item.time) // DAY) + 1)
        ]
    regimen = parse(plan, setting.library) if isinstance(plan, str) else plan
    if regimen.history is not None or regimen.has_rules:
        raise RecordError(
            f"the plan is {regimen.text!r}",
            where=f"record {record.id}",
            expected="doses from now on, without history and rules",
        )
    return [
        (Administration(now + item.time, item.dose), 0.0) for item in regimen.administrations(until - now)
    ]


def last_day(record: PersonRecord) -> tuple[Intake, ...]:
    """Doses of the 24 h up to the record's moment, missed ones too; none if it knows of later doses."""
    now = record.moment
    if any(item.time > now for item in record.doses):
        return ()
    return tuple(item for item in record.doses if now - DAY < item.time <= now)
