"""Makes the synthetic clinic: simulates the people of each story, rates them, and keeps it all as records."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from speciosa.body.scales import COWS, SOWS_GOSSOP, Scale
from speciosa.body.severity import severity
from speciosa.drugs import catalog
from speciosa.monitor.db import Database
from speciosa.monitor.services import (
    Actor,
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    EpisodeEntry,
    MeasurementEntry,
    NoteEntry,
    accounts,
    add_person,
    command_line,
    forecasts,
    record,
)
from speciosa.people import population
from speciosa.regimens import Administration, parse
from speciosa.results import Rating
from speciosa.simulation import Scenario, Setting, simulate

FloatArray = npt.NDArray[np.float64]
DAY, HOUR = 24.0, 1.0
EARLY_DAYS, EARLY_INTERVAL = 6, 8.0
"""In the first days people are rated more often than the episode asks for."""
DOUBT = 0.2
"""Reported amounts are believed to be right within this share."""
SKIPPED = 0.1
"""Share of ratings that were missed."""
HINDSIGHT = 6
"""Past moments at which forecasts are made in hindsight for the page of past forecasts."""
Progress = Callable[[int, int], None]
STAFF = (
    ("ada", "A. Administrator", "administrator"),
    ("clara", "C. Clinician", "clinician"),
    ("oskar", "O. Observer", "observer"),
)


@dataclass(frozen=True)
class Story:
    """What happens to some people of the clinic.

    Parameters
    ----------
    title : str
    before, regimen : str
        Up to the beginning of the record, and from it on.
    basis : str
        How doses are known.
    days : tuple of int
        Length of the record of each person of the story.
    interval : float
        A rating is due every so many hours.
    flags, beside : tuple of str
        What calls for care, and substances that the first of them also takes.
    sows : bool
        Whether they rate themselves as well.
    """

    title: str
    before: str
    regimen: str
    basis: str
    days: tuple[int, ...]
    interval: float
    flags: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    sows: bool = False


@cache
def stories() -> tuple[Story, ...]:
    """The stories.

    Examples
    --------
    >>> sum(len(story.days) for story in stories())
    30
    """
    text = files("speciosa.monitor.demonstration").joinpath("stories.toml").read_text(encoding="utf-8")
    made = []
    for table in tomllib.loads(text)["story"]:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        made.append(Story(**values))
    return tuple(made)


PEOPLE = 30
"""People of the clinic."""


def build_clinic(
    database: Database,
    now: datetime,
    *,
    seed: int = 1,
    progress: Progress | None = None,
    days: int | None = None,
) -> None:
    """Fill an installed database with the synthetic clinic.

    Parameters
    ----------
    database : Database
    now : datetime
        The present of the clinic.
    seed : int
    progress : callable, optional
        Called with stories done and their number.
    days : int, optional
        Length of every record, in place of those of the stories.
    """
    setting, number = Setting(), 0
    for done, story in enumerate(stories()):
        spans = story.days if days is None else tuple(days for _ in story.days)
        lived = _live(story, spans, setting, seed + done)
        with database.write() as session:
            for person in lived:
                number += 1
                _keep(session, command_line(lambda: now), story, person, f"S-{number:03d}", now)
        if progress is not None:
            progress(done + 1, len(stories()))
    with database.write() as session:
        _open_accounts(session, command_line(lambda: now))


@dataclass(frozen=True)
class _Lived:
    """One person of a story."""

    days: int
    doses: tuple[Administration, ...]
    times: FloatArray
    severities: Mapping[tuple[str, str], FloatArray]
    ratings: Mapping[str, Rating]
    weight: float
    age: float
    generator: np.random.Generator


def _live(story: Story, spans: Sequence[int], setting: Setting, seed: int) -> list[_Lived]:
    """Simulate the people of a story."""
    people = population(setting.evidence, len(spans), seed)
    library = catalog()
    before, own = parse(story.before, library), parse(story.regimen, library)
    wanted = {
        (rater, arm): severity(rater, arm).name
        for rater in ("observed", "felt")
        for arm in ("autonomic", "subjective")
    }
    scales = (COWS, SOWS_GOSSOP)
    scenario = Scenario(
        own.after(before),
        people,
        max(spans) * DAY,
        every=HOUR,
        outputs=(*wanted.values(), *(scale.name for scale in scales)),
    )
    result = simulate(scenario, setting)
    values = {key: np.asarray(result.output(name).values) for key, name in wanted.items()}
    ratings = {scale.name: Rating(scale, *result.output(scale.name).attrs["rating"]) for scale in scales}
    return [
        _Lived(
            span,
            own.administrations(span * DAY),
            result.time,
            {key: item[place] for key, item in values.items()},
            ratings,
            round(float(result.persons["weight"].values[place]), 1),
            float(result.persons["age"].values[place]),
            np.random.default_rng([seed, place]),
        )
        for place, span in enumerate(spans)
    ]


def _rate(person: _Lived, scale: Scale, time: float) -> dict[str, int]:
    """One rating, item by item, with the noise of an occasion."""
    rating, generator = person.ratings[scale.name], person.generator
    factor = float(np.exp(rating.occasion * generator.standard_normal()))
    items = {}
    for item in scale.items:
        course = person.severities[scale.rater, item.arm]
        level = np.asarray(factor * np.interp(time, person.times, course))
        shares = rating.shares(item, level)
        items[item.name] = int(generator.choice((0, *item.points), p=shares / shares.sum()))
    return items


def _moments(person: _Lived, interval: float) -> FloatArray:
    """When somebody was rated: often at first, then as the episode asks; some are missed."""
    early = np.arange(2.0, min(EARLY_DAYS, person.days) * DAY, min(interval, EARLY_INTERVAL))
    late = np.arange(EARLY_DAYS * DAY, person.days * DAY, interval)
    planned = np.concatenate([early, late])
    planned = planned + person.generator.uniform(-0.7, 0.7, len(planned))
    return planned[person.generator.random(len(planned)) >= SKIPPED]


def _keep(
    session: Session, actor: Actor, story: Story, person: _Lived, pseudonym: str, now: datetime
) -> None:
    """Write the records of one person."""
    start = now - timedelta(days=person.days)
    generator = person.generator
    found = add_person(session, actor, pseudonym, is_synthetic=True)

    def at(hours: float) -> datetime:
        return start + timedelta(minutes=round(hours * 60))

    def keep(entry: Any) -> None:
        record(session, actor, found.id, entry)

    keep(EpisodeEntry(story.title, start, assessment_interval=story.interval, taken_before=story.before))
    sex = str(generator.choice(("female", "male")))
    keep(
        CharacteristicsEntry(
            start, birth_year=now.year - int(person.age), sex=sex, weight=person.weight, flags=story.flags
        )
    )
    for item in person.doses:
        moment = at(max(0.0, item.time + float(generator.uniform(-0.2, 0.2))))
        if moment > now or moment < start:
            continue
        dose = item.dose
        doubt = {}
        if story.basis == "reported":
            doubt = {"amount_low": dose.amount * (1 - DOUBT), "amount_high": dose.amount * (1 + DOUBT)}
        keep(DoseEntry(moment, dose.item, dose.amount, dose.unit, story.basis, dose.route, **doubt))  # type: ignore[arg-type]
    for hours in _moments(person, story.interval):
        keep(AssessmentEntry(at(hours), COWS.name, items=_rate(person, COWS, float(hours))))
        if story.sows and generator.random() < 0.5:  # noqa: PLR2004
            own = _rate(person, SOWS_GOSSOP, float(hours))
            keep(AssessmentEntry(at(hours + 0.5), SOWS_GOSSOP.name, items=own))
    for number, name in enumerate(story.beside):
        keep(DoseEntry(now - timedelta(hours=9 + 5 * number), name, 10.0, "mg", "reported"))
    pulse = float(round(generator.normal(82, 9)))
    keep(MeasurementEntry(now - timedelta(hours=float(generator.uniform(1, 20))), "pulse", pulse, "1/min"))
    keep(NoteEntry(start, f"Synthetic: {story.title.lower()}."))
    forecasts.request(session, actor, found.id)
    forecasts.request_hindsight(session, actor, found.id, [at(hours) for hours in _hindsight(person)])


def _hindsight(person: _Lived) -> list[float]:
    """Past moments of the record, the last a day ago."""
    last = person.days * DAY - DAY
    first = max(DAY, last - 12 * DAY)
    return [] if last <= first else [float(item) for item in np.linspace(first, last, HINDSIGHT)]


def _open_accounts(session: Session, actor: Actor) -> None:
    """Accounts of the demonstration: nobody knows a password of theirs, the open door leads to them."""
    for login, name, role in STAFF:
        accounts.add_user(session, actor, login, name, role)
    accounts.add_user(session, actor, "sam", "S-001", "person", "S-001")
