"""Skill of the program's own forecasts on the records of the taper trial (CTN-0030), by cross-validation.

Persons are split into five parts. Parameters of the population are fitted without a part (the likelihood of
calibration/withdrawal), and every person of it is then forecast by `speciosa.forecasting`: from all classes
and doses up to a day, the class at each later rating. Printed are log score, ranked probability score and
their differences to forecasters without a model, with errors clustered by person, and how often observations
fall into the 90 % band.
Run in the folder calibration: ``python -m forecasting.skill``, a minute of processor time; with the name of a
variant its rows as they are stand in place of the parameters fitted without each part.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecasting.rivals import rivals
from speciosa.body.scales import COWS
from speciosa.engine import Events, Schedules
from speciosa.evidence import Evidence, load
from speciosa.forecasting.individual import Individual, individual, moments
from speciosa.forecasting.intake import CONTINUE, taken
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, Intake, Observation, PersonRecord
from speciosa.forecasting.scene import START, Courses, Scene, scene
from speciosa.forecasting.variants import variants_of
from speciosa.model import Model
from speciosa.people import Population, parameter_table
from speciosa.regimens import Dose, model_events
from speciosa.simulation import Setting
from withdrawal.estimate import Objective, search
from withdrawal.forecast import CLASSES, FOLDS, Skill, known_before, mean_and_error
from withdrawal.likelihood import Ratings, values_of
from withdrawal.records import TAPER, Episode, episodes
from withdrawal.signals import DAY, LAST_DAY
from withdrawal_scores import objectives, shipped

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BANDS = ("none", *(name for name, _ in COWS.bands))
LEADS, SEED, DRAWS = (1, 14), 20261127, 5000
LOW, HIGH = 0.05, 0.95
CHUNK = 64
DRUG = "buprenorphine"
BODIES = 8
STARTS = {1: "dep-start-first-trial", 2: "dep-start-second-trial"}


def record_of(episode: Episode) -> PersonRecord:
    """A phase of a person as a clinic would hold it: doses by day, classes by day without an hour."""
    doses = tuple(
        Intake(DAY * day, Dose(DRUG, amount, "mg", "sublingual"))
        for day, amount in sorted(episode.doses.items())
        if amount > 0.0 and day < LAST_DAY
    )
    seen = tuple(
        Observation(DAY * float(day), "COWS", band=BANDS[level], window=DAY)
        for day, level in zip(episode.days, episode.classes, strict=True)
        if 0 < day < LAST_DAY - 1
    )
    return PersonRecord(f"{episode.who}-{episode.phase}", doses, seen, before=UNKNOWN_OPIOIDS)


def model_values(point: FloatArray, rest: float, phase: int) -> dict[str, float]:
    """Parameters of the model from those of the likelihood."""
    value = values_of(point)
    return {
        "dependence.half_life.fast": value["half_life.fast"],
        "dependence.half_life.slow": value["half_life.slow"],
        "dependence.weight.fast": rest * value["weight.fast"],
        "dependence.weight.slow": rest * (1.0 - value["weight.fast"]),
        "reserve.suppression": value["reserve"],
        "severity.gain": value["gain"],
        "severity.exponent": value["exponent"],
        "severity.floor.observed": value["floor"],
        "rating.occasion.observed": value["occasion"],
        START: value[f"start.{phase}"],
    }


@dataclass(frozen=True)
class Stage:
    """The model of the trial, which all episodes share.

    Parameters
    ----------
    scene : Scene
    rest : float
        Weight of dependence that is not very fast.
    """

    scene: Scene
    rest: float

    @classmethod
    def of(cls, evidence: Evidence, rest: float, variant: str = "trial") -> Stage:
        """By a variant; that which was fitted to the trial if left out."""
        setting = Setting(evidence=evidence)
        simple = PersonRecord(
            "model", (Intake(0.0, Dose(DRUG, 8.0, "mg", "sublingual")),), before=UNKNOWN_OPIOIDS
        )
        doses = taken(simple, CONTINUE, DAY, setting)
        return cls(scene(simple, doses, setting, variants_of([variant]), bodies=1, seed=SEED), rest)

    def people(
        self, found: Sequence[Episode], point: FloatArray | None, bodies: int
    ) -> list[tuple[PersonRecord, Individual]]:
        """Posteriors of some episodes by a point of the likelihood, or by the variant's own rows."""
        setting, base = self.scene.settings[0], self.scene.models[0]
        done = []
        for first in range(0, len(found), CHUNK):
            part = found[first : first + CHUNK]
            records = [record_of(item) for item in part]
            doses = [taken(item, "nothing", DAY * LAST_DAY, setting) for item in records]
            events = tuple(model_events(item.doses, base, setting.evidence) for item in doses)
            for phase in (1, 2):
                mine = [place for place, item in enumerate(part) if item.phase == phase]
                if not mine:
                    continue
                start = {START: setting.evidence.rows[STARTS[phase]].value or 0.0}
                model = base.with_values(start if point is None else model_values(point, self.rest, phase))
                solved = self._solved(
                    model, [events[place] for place in mine], [records[place] for place in mine], bodies
                )
                for place, courses in zip(mine, solved, strict=True):
                    person = individual(courses, records[place].ratings, DAY * LAST_DAY)
                    done.append((first + place, records[place], _with_prior(person, point)))
        return [(record, person) for _, record, person in sorted(done, key=lambda item: item[0])]

    def _solved(
        self, model: Model, events: Sequence[Events], records: Sequence[PersonRecord], bodies: int
    ) -> list[Courses]:
        """Courses of every record, its bodies together."""
        setting, count = self.scene.settings[0], len(events)
        crowd = Population(bodies, seed=SEED, typical=self.scene.people.typical, is_varied=bodies > 1)
        table = np.tile(parameter_table(model, crowd, setting.evidence), (count, 1))
        schedules = Schedules(tuple(events), np.repeat(np.arange(count), bodies))
        times = np.unique(np.concatenate([moments(seen) for item in records for seen in item.ratings]))
        solution = self.scene.kernel.run(table, schedules, times, start=0.0)
        if solution.status.any():
            raise SystemExit("some courses were not solved")
        names, variant = self.scene.kernel.outputs, self.scene.variants[0]
        return [
            Courses(
                variant,
                model,
                setting.evidence,
                times,
                {
                    name: solution.values[place * bodies : (place + 1) * bodies, :, column]
                    for column, name in enumerate(names)
                },
            )
            for place in range(count)
        ]


def _with_prior(person: Individual, point: FloatArray | None) -> Individual:
    """The same with the spreads between people of a point of the likelihood."""
    if point is None:
        return person
    value, mean, spread = values_of(point), person.mean.copy(), person.covariance.copy()
    mean[:2] = np.log([value["gain"], value["floor"]])
    spread[[0, 1], [0, 1]] = value["gain.spread"] ** 2, value["floor.spread"] ** 2
    return replace(person, mean=mean, covariance=spread)


def chances_of(person: Individual, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log density of every rating, and chances of all classes there, for rows of unknowns."""
    (group,) = person.groups
    severity = np.exp(person.log_severity(rows, COWS, group.signals))
    fine = group.model.class_chances(severity)
    coarse = np.concatenate([fine[..., : CLASSES - 1], fine[..., CLASSES - 1 :].sum(-1, keepdims=True)], -1)
    return person.densities(rows), coarse


def forecasts(
    people: Mapping[int, tuple[PersonRecord, Individual]],
    ratings: Ratings,
    lead: int,
    keep: npt.NDArray[np.bool_],
) -> tuple[FloatArray, float]:
    """Chances of classes at every rating from what was known some days before, and the fewest draws left.

    Draws are weighted by all that was known, phase after phase; they are many enough to do without moves.
    """
    before = known_before(ratings, lead)
    chances, fewest = np.full((len(before), CLASSES), np.nan), np.inf
    for begin, end in zip(ratings.first, [*ratings.first[1:], len(before)], strict=True):
        if not keep[begin]:
            continue
        logs, found = [], []
        for episode in dict.fromkeys(ratings.episode[begin:end]):
            record, person = people[int(episode)]
            rows = person.prior_draws(DRAWS, np.random.default_rng(SEED))
            log, chance = chances_of(person, rows)
            days = [round(item.time / DAY) for item in record.ratings]
            mine = ratings.day[begin:end][ratings.episode[begin:end] == episode]
            places = [days.index(int(day)) for day in mine]
            logs.append(log[:, places])
            found.append(chance[:, places])
        summed = np.cumsum(np.concatenate(logs, axis=1), axis=1)
        summed = np.concatenate([np.zeros((DRAWS, 1)), summed], axis=1)[:, before[begin:end]]
        weight = np.exp(summed - summed.max(axis=0))
        weight /= weight.sum(axis=0)
        fewest = min(fewest, float((1.0 / (weight**2).sum(axis=0)).min()))
        chances[begin:end] = np.einsum("nm,nmc->mc", weight, np.concatenate(found, axis=1))
    return chances, fewest


def coverage(chance: FloatArray, classes: IntArray) -> tuple[FloatArray, FloatArray]:
    """How much of each observation lies in the 90 % band, and whether its class is one of those of the band.

    An observed class holds a stretch of the distribution; what counts is the share of the stretch between the
    5th and the 95th percentile, which is 90 % on average for true forecasts. Whole classes hold more.
    """
    edges = np.concatenate([np.zeros((len(chance), 1)), np.cumsum(chance, axis=1)], axis=1)
    rows = np.arange(len(classes))
    below, above = edges[rows, classes], np.maximum(edges[rows, classes + 1], edges[rows, classes] + 1e-12)
    inside = np.clip(np.minimum(above, HIGH) - np.maximum(below, LOW), 0.0, None) / (above - below)
    return inside, ((above > LOW) & (below < HIGH)).astype(np.float64)


@dataclass(frozen=True)
class Judged:
    """Forecasts of one lead against what was observed.

    Parameters
    ----------
    scores : dict of str to Skill
        By forecaster, ``model`` first.
    person : (n,) int
    inside, whole : (n,) float
        Of the model, as `coverage` gives them.
    fewest : float
        Effective draws of the worst forecast.
    """

    scores: dict[str, Skill]
    person: IntArray
    inside: FloatArray
    whole: FloatArray
    fewest: float

    def better(self, name: str) -> tuple[float, float, float, float]:
        """How much better the model's log score and ranked score are than another's, each with its error."""
        own, other = self.scores["model"], self.scores[name]
        log = mean_and_error(own.log - other.log, self.person)
        return (*log, *mean_and_error(other.ranked - own.ranked, self.person))


def judge(
    bodies: int, folds: Sequence[int] = tuple(range(FOLDS)), variant: str | None = None
) -> dict[int, Judged]:
    """Cross-validated forecasts by days ahead.

    Parameters
    ----------
    bodies : int
        1 is the typical adult.
    folds : sequence of int
        Parts that are forecast; all of them if left out.
    variant : str, optional
        Rows of a variant as they are, in place of parameters fitted without the part.
    """
    evidence = load()
    objective, found = objectives()["trial"], episodes(TAPER, is_split=True)
    ratings, rest = objective.trial.ratings, 1.0 - objective.trial.very_fast[0]
    stage = Stage.of(evidence, rest, variant or "trial")
    fold, start = ratings.person % FOLDS, shipped(evidence, "trial").point
    simple = {lead: rivals(ratings, found, lead) for lead in LEADS}
    names = ("model", *simple[LEADS[0]])
    chances = {lead: {name: np.full((len(fold), CLASSES), np.nan) for name in names} for lead in LEADS}
    fewest = dict.fromkeys(LEADS, np.inf)
    for number in folds:
        held = fold == number
        point = None
        if variant is None:
            point = search(Objective(objective.trial.some(~held), objective.prior), start)[1]
        needed = sorted({int(item) for item in ratings.episode[held]})
        people = dict(zip(needed, stage.people([found[item] for item in needed], point, bodies), strict=True))
        for lead in LEADS:
            mine, least = forecasts(people, ratings, lead, held)
            chances[lead]["model"][held], fewest[lead] = mine[held], min(fewest[lead], least)
            for name, rival in simple[lead].items():
                chances[lead][name][held] = rival(~held)[held]
    answer = {}
    for lead in LEADS:
        counted = (known_before(ratings, lead) > 0) & np.isin(fold, folds)
        classes = ratings.classes[counted]
        scores = {name: Skill.of(item[counted], classes) for name, item in chances[lead].items()}
        inside, whole = coverage(chances[lead]["model"][counted], classes)
        answer[lead] = Judged(scores, ratings.person[counted], inside, whole, fewest[lead])
    return answer


def lines(found: Mapping[int, Judged]) -> list[str]:
    """Both tables."""
    first = ["| days ahead | forecaster | n | log score | less than the model's (SE) | RPS | more (SE) |"]
    first.append("|---|---|---|---|---|---|---|")
    second = [
        "| days ahead | n | in the 90 % band (SE) | whole classes | fewest draws |",
        "|---|---|---|---|---|",
    ]
    for lead, judged in found.items():
        for name, score in judged.scores.items():
            log, log_error, ranked, ranked_error = judged.better(name)
            first.append(
                f"| {lead} | {name} | {len(judged.person)} | {score.log.mean():.4f}"
                f" | {log:.4f} ({log_error:.4f})"
                f" | {score.ranked.mean():.4f} | {ranked:.4f} ({ranked_error:.4f}) |"
            )
        share, error = mean_and_error(judged.inside, judged.person)
        second.append(
            f"| {lead} | {len(judged.person)} | {share:.3f} ({error:.3f}) | {judged.whole.mean():.3f}"
            f" | {judged.fewest:.0f} of {DRAWS} |"
        )
    return [*first, "", *second]


if __name__ == "__main__":
    begin = time.process_time()
    chosen = sys.argv[1] if len(sys.argv) > 1 else None
    print("\n".join(lines(judge(BODIES, variant=chosen))))
    print(f"{time.process_time() - begin:.0f} s of processor time")
