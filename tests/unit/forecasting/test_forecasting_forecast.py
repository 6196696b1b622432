"""Forecasts of one person: three predictions kept apart, variants, plans, basis, JSON."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from forecasting_cases import buprenorphine, cows, three_scores

from speciosa.body.scales import COWS
from speciosa.body.scores import rating_parameters
from speciosa.errors import RecordError, UnknownNameError
from speciosa.forecasting import Forecast, Intake, Observation, PersonRecord, expect, forecast
from speciosa.forecasting.report import kinds_of, render, table_of
from speciosa.people import Population, typical_person
from speciosa.regimens import Dose, parse
from speciosa.results import Rating
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()


@pytest.fixture(scope="module")
def found() -> Forecast:
    return forecast(three_scores(), seed=1, setting=SETTING)


@pytest.fixture(scope="module")
def high() -> Forecast:
    return forecast(three_scores(26, 24, 25), seed=1, setting=SETTING)


def test_a_forecast_goes_through_json_and_back(found: Forecast) -> None:
    assert Forecast.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    with pytest.raises(RecordError, match="the format is 'x'; expected 'speciosa forecast 1'"):
        Forecast.from_dict({"format": "x"})


def test_bands_are_in_order_and_classes_add_up(found: Forecast) -> None:
    for variant in found.variants:
        for kind in ("population", "personal", "forecast"):
            given = found.prediction(kind, variant=variant.name)
            band = given.score
            rows = np.array([band.low90, band.low50, band.median, band.high50, band.high90])
            assert (np.diff(rows, axis=0) >= 0.0).all()
            assert np.sum(list(given.classes.values()), axis=0) == pytest.approx(1.0, abs=1e-3)
            assert rows.shape[1] == len(found.times)


def test_scores_move_the_person_and_not_the_population(found: Forecast, high: Forecast) -> None:
    at = found.times.index(found.moment)
    assert high.prediction("population") == found.prediction("population")
    low, top = (item.prediction("forecast").score.median[at] for item in (found, high))
    assert top > low + 3.0
    assert high.prediction("personal") == high.prediction("forecast")


def test_hindsight_belongs_to_the_person_and_not_to_the_forecast() -> None:
    record = three_scores(6, 5, 4)
    later = replace(record, observations=(*record.observations, cows(90.0, 28)), now=68.0)
    plain = forecast(replace(record, now=68.0), seed=1, setting=SETTING, variants=("trial",), horizon=30.0)
    known = forecast(later, seed=1, setting=SETTING, variants=("trial",), horizon=30.0)
    assert known.prediction("forecast") == plain.prediction("forecast")
    assert known.prediction("personal").expected[-1] > 1.5 * known.prediction("forecast").expected[-1]
    assert plain.prediction("personal") == plain.prediction("forecast")


def test_the_population_is_that_of_simulate() -> None:
    """Mean ratings against those of people simulated with these spreads."""
    record = PersonRecord("P", before="methadone 60 mg once a day for 20 days", now=24.0)
    found = forecast(record, seed=3, horizon=48.0, variants=("in use",), setting=SETTING, plan="nothing")
    regimen = parse("after methadone 60 mg once a day for 20 days: nothing", SETTING.library)
    people = Population(300, seed=11, typical=typical_person(SETTING.evidence))
    times = tuple(found.times)
    result = simulate(
        Scenario(regimen, people, until=72.0, times=times, outputs=("COWS", "severity.observed.subjective")),
        SETTING,
    )
    right = result.output("COWS").values.mean(axis=0)
    assert np.array(found.prediction("population").expected) == pytest.approx(right, rel=0.12, abs=0.25)


def test_more_scores_narrow_the_band() -> None:
    few = three_scores(6, 5, 4)
    many = replace(
        few,
        doses=tuple(buprenorphine(day, 24.0) for day in range(14)),
        observations=tuple(cows(24.0 * day + 8.0, 4) for day in range(14)),
    )
    widths = []
    for record in (replace(many, observations=many.observations[:1], now=332.0), many):
        found = forecast(record, seed=1, variants=("trial",), setting=SETTING)
        low, _, high = found.variants[0].unknowns["severity.floor.observed"]
        widths.append(np.log(high / low))
    assert widths[1] < 0.7 * widths[0]


def test_the_first_answer_is_near_the_full_one() -> None:
    record = three_scores()
    quick, full = (
        forecast(record, seed=1, variants=("trial",), setting=SETTING, quick=quick) for quick in (True, False)
    )
    assert quick.is_quick
    one, other = (np.array(item.prediction().score.median) for item in (quick, full))
    assert one == pytest.approx(other, abs=2.5)
    assert "typical body" in quick.basis.method


def test_a_plan_changes_what_is_to_come_alone() -> None:
    record = three_scores()
    plans = ("nothing", "buprenorphine 16 mg sublingual once a day for 5 days")
    stop, more = expect(record, plans, seed=1, horizon=96.0, variants=("trial",), setting=SETTING)
    times = np.array(stop.times)
    before = times <= record.moment
    medians = [np.array(item.prediction().score.median) for item in (stop, more)]
    assert medians[0][before] == pytest.approx(medians[1][before], abs=1e-6)
    assert medians[0][-1] > medians[1][-1] + 1.0
    assert [item.plan for item in (stop, more)] == list(plans)


def test_what_is_not_said_of_the_future_goes_on() -> None:
    found = forecast(three_scores(), seed=1, setting=SETTING, quick=True, variants=("trial",))
    assert found.plan == "as on the last day: buprenorphine 8 mg sublingual"
    assert [time for time, _ in found.doses] == [0.0, 24.0, 48.0, 72.0, 96.0, 120.0]
    missed = three_scores(doses=(buprenorphine(0), buprenorphine(1), buprenorphine(2, how="missed")))
    again = forecast(missed, seed=1, setting=SETTING, quick=True, variants=("trial",))
    assert [time for time, _ in again.doses] == [0.0, 24.0, 72.0, 96.0, 120.0]
    recorded = three_scores(doses=(*three_scores().doses, buprenorphine(4)), now=68.0)
    known = forecast(recorded, seed=1, setting=SETTING, quick=True, variants=("trial",))
    assert (known.plan, [time for time, _ in known.doses]) == ("as recorded", [0.0, 24.0, 48.0, 96.0])


def test_variants_that_part_are_told() -> None:
    record = PersonRecord(
        "P", before="morphine 60 mg every 6 h for 60 days", observations=(cows(20.0, 20),), now=24.0
    )
    found = forecast(record, seed=1, horizon=168.0, setting=SETTING, plan="nothing")
    assert found.disagreement.startswith("Variants disagree on COWS 168 h ahead: mild or worse has")
    alone = forecast(record, seed=1, variants=("trial",), setting=SETTING, plan="nothing", quick=True)
    assert alone.disagreement == ""


def test_items_totals_and_classes_agree() -> None:
    """What says about the same gives about the same."""
    doses = three_scores().doses
    items = (1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0)
    seen = {
        "items": Observation(68.0, "COWS", items=items),
        "total": Observation(68.0, "COWS", total=8),
        "band": Observation(68.0, "COWS", band="mild"),
    }
    medians = {}
    for name, item in seen.items():
        record = PersonRecord("P", doses, (item,), before="unknown opioids")
        found = forecast(record, seed=2, variants=("trial",), setting=SETTING, horizon=12.0)
        medians[name] = found.variants[0].unknowns["severity.gain"][1]
    assert medians["items"] == pytest.approx(medians["total"], rel=0.5)
    assert medians["band"] == pytest.approx(medians["total"], rel=0.2)


def test_self_ratings_are_forecast_beside_cows() -> None:
    record = three_scores(
        observations=(
            cows(20.0, 8),
            Observation(21.0, "SOWS-Gossop", total=9),
            Observation(44.0, "COWS", total=5),
        )
    )
    found = forecast(record, seed=1, setting=SETTING, variants=("in use",))
    assert found.scales == ("COWS", "SOWS-Gossop")
    assert found.prediction("forecast", "SOWS-Gossop").classes == {}
    assert max(found.prediction("forecast", "SOWS-Gossop").score.high90) <= 30.0
    assert "severity.floor.felt" in found.variants[0].unknowns


def test_concentrations_tell_bodies_apart() -> None:
    low, high = (
        forecast(
            three_scores(
                observations=(
                    cows(20.0, 6),
                    Observation(47.0, "plasma.buprenorphine", value=value, unit="ng/mL"),
                )
            ),
            seed=1,
            setting=SETTING,
            variants=("trial",),
        )
        for value in (0.15, 1.2)
    )
    assert np.mean(high.variants[0].panels["MOR signal"].median) > 1.3 * np.mean(
        low.variants[0].panels["MOR signal"].median
    )


def test_uncertain_reports_widen_the_signal() -> None:
    sure, unsure = (
        forecast(
            PersonRecord(
                "P",
                tuple(Intake(6.0 * n, Dose("morphine", 30.0), "reported", cv) for n in range(12)),
                (cows(70.0, 4),),
            ),
            seed=1,
            setting=SETTING,
            variants=("in use",),
            horizon=12.0,
        )
        for cv in (0.0, 0.6)
    )
    widths = [
        np.mean(np.log(np.array(item.variants[0].panels["MOR signal"].high90)[5:]
                       / np.array(item.variants[0].panels["MOR signal"].low90)[5:]))
        for item in (sure, unsure)
    ]  # fmt: skip
    assert widths[1] > 1.3 * widths[0]


def test_the_basis_names_inputs_and_where_it_was_validated(found: Forecast) -> None:
    basis = found.basis
    assert basis.used == ("3 ratings", "3 administered doses", "before the record: unknown opioids")
    assert "weight: that of the reference adult" in basis.missing
    assert basis.evidence == SETTING.evidence.digest
    assert "CTN-0030" in basis.validated[0]
    assert any("Kratom" in words for words in basis.not_validated)
    blind = forecast(PersonRecord("P", (buprenorphine(0),)), seed=1, setting=SETTING, quick=True)
    assert "ratings: the forecast is that of the population" in blind.basis.missing
    vital = three_scores(observations=(cows(20.0, 6), Observation(21.0, "pulse", value=90.0)))
    missing = forecast(vital, seed=1, setting=SETTING, quick=True, variants=("trial",)).basis.missing
    assert "pulse: in the record, but no part of the model" in missing


def test_without_ratings_all_three_are_the_population() -> None:
    found = forecast(PersonRecord("P", (buprenorphine(0),)), seed=1, setting=SETTING, variants=("in use",))
    assert found.prediction("forecast") == found.prediction("population")
    assert found.variants[0].log_evidence is None


def test_the_seed_decides(found: Forecast) -> None:
    again, other = (forecast(three_scores(), seed=seed, setting=SETTING) for seed in (1, 2))
    assert again == found
    assert other.prediction("forecast") != found.prediction("forecast")


def test_tables_and_page(found: Forecast) -> None:
    table = table_of(found)
    assert set(table["variant"]) == {"in use", "trial", "joint"}
    assert list(table["hours ahead"].unique()[:3]) == [0.0, 12.0, 24.0]
    assert len(kinds_of(found)) == 6
    page = render(found)
    assert "Intended use" in page
    assert "This report proposes no drug and no dose" in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: forecast(PersonRecord("P"), seed=1, setting=SETTING), RecordError,
         "record P holds no dose, none before it and none to come"),
        (lambda: forecast(three_scores(), seed=1, horizon=0.0, setting=SETTING), RecordError,
         "the horizon is 0 h; expected more than 0 h"),
        (lambda: forecast(three_scores(), seed=1, variants=("trail",), setting=SETTING),
         UnknownNameError, "unknown variant 'trail'"),
        (lambda: forecast(three_scores(), seed=1, variants=(), setting=SETTING), RecordError,
         "no variant is"),
        (lambda: forecast(three_scores(before="kratom powder 5 g every 6 h"), seed=1, setting=SETTING),
         RecordError, "cannot come before the start; expected doses with an end"),
        (lambda: forecast(three_scores(), seed=1, plan="after morphine 10 mg every 6 h for 2 days: nothing",
                          setting=SETTING), RecordError, "expected doses from now on, without history"),
    ],
)  # fmt: skip
def test_what_cannot_be_forecast_is_said(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_unknown_parts_of_a_forecast_are_named(found: Forecast) -> None:
    with pytest.raises(UnknownNameError, match="unknown scale 'COW'"):
        found.prediction("forecast", "COW")
    with pytest.raises(UnknownNameError, match="unknown prediction 'personl'"):
        found.prediction("personl")
    with pytest.raises(UnknownNameError, match="unknown variant 'x'"):
        found.prediction(variant="x")


def test_ratings_are_those_of_the_rating_model(found: Forecast) -> None:
    """The mean rating of one particle is the mean of the scale at its severity."""
    from speciosa.forecasting.individual import individual, rated
    from speciosa.forecasting.intake import CONTINUE, taken
    from speciosa.forecasting.scene import scene
    from speciosa.forecasting.variants import variants_of

    record = three_scores()
    doses = taken(record, CONTINUE, record.moment, SETTING)
    stage = scene(record, doses, SETTING, variants_of(["trial"]), bodies=4, seed=1)
    (courses,) = stage.courses(np.array([item.time for item in record.ratings]))
    person = individual(courses, record.ratings, record.moment)
    rows = person.prior_draws(3, np.random.default_rng(1))
    severity = np.exp(person.log_severity(rows, COWS, person.groups[0].signals))
    values = (courses.model.parameter(name).value for name in rating_parameters(COWS))
    right = Rating(COWS, *values).totals({"autonomic": severity, "subjective": severity})
    assert rated(COWS, courses).chances(severity) == pytest.approx(right, abs=5e-4)


def test_a_refit_after_sixty_days_takes_less_than_two_seconds() -> None:
    """Processor time of a whole forecast with all variants; the first one compiles."""
    record = PersonRecord(
        "P",
        tuple(buprenorphine(day, 16.0 - 0.2 * day) for day in range(60)),
        tuple(cows(24.0 * day + 20.0, (6, 5, 4, 2, 3, 1)[day % 6]) for day in range(59)),
        before="unknown opioids",
    )
    forecast(record, seed=1, setting=SETTING, quick=True)
    begin = time.process_time()
    forecast(record.with_observation(cows(1436.0, 2)), seed=1, setting=SETTING)
    assert time.process_time() - begin < 2.0
