"""Attention: each rule fires where it should and nowhere else, has its evidence, and orders nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from speciosa.errors import RuleError, UnknownNameError
from speciosa.forecasting import Intake, Observation, PersonRecord, forecast
from speciosa.monitor.attention import FLAGS, Rule, reasons, rules
from speciosa.monitor.attention.reasons import CHECKS
from speciosa.monitor.attention.rules import rule_of
from speciosa.regimens import Dose
from speciosa.simulation import Setting

SETTING = Setting()
EVIDENCE = SETTING.evidence
ORDERS = re.compile(
    r"\b(should|must|give|take|increase|decrease|raise|lower the dose|stop the|start the|recommend|advise)\b",
    re.I,
)


def dose(hour: float, item: str = "methadone", amount: float = 40.0, **more) -> Intake:
    return Intake(hour, Dose(item, amount, "mg", more.pop("route", None)), **more)


def rated(*points: tuple[float, int]) -> tuple[Observation, ...]:
    return tuple(Observation(hour, "COWS", total=total) for hour, total in points)


def found(record: PersonRecord, clock: float, *, flags=(), made=None) -> dict[str, str]:
    given = reasons(record, made, flags=flags, clock=clock, setting=SETTING)
    return {item.rule: item.text for item in given}


def test_every_rule_has_its_check_and_its_evidence() -> None:
    assert set(CHECKS) == {item.id for item in rules()}
    for rule in rules():
        rows = rule.evidence_rows(EVIDENCE)
        assert rows or rule.sources
        for key in rule.sources:
            assert key in EVIDENCE.sources
        for name in rule.thresholds:
            assert rule.limit(name, EVIDENCE) > 0.0


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_no_rule_gives_an_order(rule: Rule) -> None:
    assert ORDERS.search(rule.reason) is None
    assert not re.search(r"\bmg\b", rule.reason)


def test_a_quiet_record_gives_no_reason() -> None:
    record = PersonRecord("P", (dose(0.0), dose(24.0)), rated((2.0, 4), (25.0, 3)), {"age": 40.0})
    assert found(record, 26.0) == {}


def test_a_score_at_or_above_moderate() -> None:
    record = PersonRecord("P", observations=rated((2.0, 13)))
    assert found(record, 3.0) == {
        "score-at-class": "COWS was 13 at the last rating, in the class moderate or above it."
    }
    assert found(PersonRecord("P", observations=rated((2.0, 12))), 3.0) == {}
    band = PersonRecord("P", observations=(Observation(2.0, "COWS", band="severe"),))
    assert "COWS was severe" in found(band, 3.0)["score-at-class"]
    # Only the last rating counts, and only what was known by now.
    assert found(PersonRecord("P", observations=rated((2.0, 13), (9.0, 6))), 10.0) == {}
    assert "score-at-class" in found(PersonRecord("P", observations=rated((2.0, 13), (9.0, 6))), 8.0)


@pytest.mark.parametrize(("before", "after", "fires"), [(3, 8, True), (3, 7, False), (8, 3, False)])
def test_a_rise_of_five(before: int, after: int, fires: bool) -> None:
    record = PersonRecord("P", observations=rated((2.0, before), (26.0, after)))
    assert ("score-rise" in found(record, 27.0)) is fires


def test_a_class_rises_only_if_its_ends_say_so() -> None:
    first = Observation(2.0, "COWS", band="none")
    near = PersonRecord("P", observations=(first, Observation(9.0, "COWS", band="mild")))
    far = PersonRecord("P", observations=(first, Observation(9.0, "COWS", band="moderate")))
    assert "score-rise" not in found(near, 10.0)
    assert "score-rise" in found(far, 10.0)


def test_a_forecast_that_crosses_a_class() -> None:
    record = PersonRecord(
        "P", before="morphine 60 mg every 6 h for 60 days", observations=rated((0.0, 3), (4.0, 9)), now=4.0
    )
    made = forecast(record, seed=1, variants=("in use",), plan="nothing", setting=SETTING, quick=True)
    text = found(record, 5.0, made=made)["forecast-class"]
    assert re.fullmatch(
        r"The forecast puts COWS in the class moderate or above it with a probability of \d+% within 48 h\.",
        text,
    )
    calm = forecast(
        record,
        seed=1,
        variants=("in use",),
        plan="morphine 60 mg every 6 h for 5 days",
        setting=SETTING,
        quick=True,
    )
    assert "forecast-class" not in found(record, 5.0, made=calm)
    # Who is there already crosses nothing.
    there = replace(record, observations=rated((0.0, 3), (4.0, 20)))
    assert "forecast-class" not in found(there, 5.0, made=made)


def test_missing_assessments() -> None:
    record = PersonRecord("P", observations=rated((10.0, 3)))
    assert "assessment-missing" not in found(record, 57.0)
    assert found(record, 60.0)["assessment-missing"] == "There has been no rating for 50 h."


def test_return_to_an_old_dose_after_a_break() -> None:
    record = PersonRecord("P", (dose(0.0), dose(24.0), dose(120.0)), rated((119.0, 3)))
    assert found(record, 121.0)["return-after-break"] == (
        "methadone was taken again after 96 h without opioids, at 100% of the last dose before the break."
    )
    missed = PersonRecord("P", (dose(0.0), dose(24.0), dose(120.0, how="missed")), rated((119.0, 3)))
    assert "return-after-break" not in found(missed, 121.0)
    bridged = PersonRecord("P", (dose(0.0), dose(60.0, "morphine", 10.0), dose(120.0)), rated((119.0, 3)))
    assert "return-after-break" not in found(bridged, 121.0)


@pytest.mark.parametrize(
    ("flag", "rule"), [("alcohol", "alcohol-together"), ("sedatives", "depressant-together")]
)
def test_depressants_together_with_opioids(flag: str, rule: str) -> None:
    record = PersonRecord("P", (dose(0.0),), rated((1.0, 3)))
    assert "methadone" in found(record, 2.0, flags=(flag,))[rule]
    assert rule not in found(record, 2.0)
    assert rule not in found(record, 30.0, flags=(flag,))
    assert rule not in found(PersonRecord("P", (dose(0.0, "clonidine", 0.1),)), 2.0, flags=(flag,))


def test_qt() -> None:
    record = PersonRecord("P", (dose(0.0),), (*rated((1.0, 3)), Observation(1.0, "QTc", value=510.0)))
    assert found(record, 2.0)["qt-long"] == (
        "QTc was 510 ms at the last measurement; the limit looked at is 500 ms."
    )
    later = replace(record, observations=(*record.observations, Observation(3.0, "QTc", value=440.0)))
    assert "qt-long" not in found(later, 4.0)
    assert found(record, 2.0, flags=("long QT",))["qt-drug"].startswith("Methadone lengthens QT")
    other = PersonRecord("P", (dose(0.0, "buprenorphine", 8.0),), rated((1.0, 3)))
    assert "qt-drug" not in found(other, 2.0, flags=("long QT",))


def test_pregnancy() -> None:
    record = PersonRecord("P", covariates={"pregnancy": "yes", "sex": "female"}, observations=rated((1.0, 3)))
    assert "pregnancy" in found(record, 2.0)
    assert "pregnancy" not in found(replace(record, covariates={"pregnancy": "no"}), 2.0)


def test_concentrated_7_hydroxymitragynine() -> None:
    tablet = PersonRecord("P", (dose(0.0, "7-OH tablet", 20.0),), rated((1.0, 3)))
    assert "concentrated" in found(tablet, 2.0)["concentrated-7-oh"]
    leaf = PersonRecord("P", (Intake(0.0, Dose("kratom powder", 5.0, "g")),), rated((1.0, 3)))
    assert "concentrated-7-oh" not in found(leaf, 2.0)


def test_an_interaction() -> None:
    record = PersonRecord("P", (dose(0.0), dose(1.0, "rifampicin", 600.0)), rated((1.0, 3)))
    (given,) = [
        item for item in reasons(record, None, clock=2.0, setting=SETTING) if item.rule == "interaction"
    ][:1]
    assert "rifampicin induces" in given.text.lower()
    assert len(given.rows) > 1
    alone = PersonRecord("P", (dose(0.0),), rated((1.0, 3)))
    assert "interaction" not in found(alone, 2.0)


def test_a_reason_names_rows_sources_and_grade() -> None:
    record = PersonRecord("P", observations=rated((2.0, 3), (26.0, 9)))
    (given,) = reasons(record, None, clock=27.0, setting=SETTING)
    assert (given.rule, given.key, given.since, given.grade) == (
        "score-rise",
        "score-rise:COWS:26",
        26.0,
        "C",
    )
    assert given.rows == ("cows-event-delta",)
    assert set(given.sources) <= set(EVIDENCE.sources)


def test_a_key_stays_until_something_new_happens() -> None:
    record = PersonRecord("P", observations=rated((2.0, 14)))
    early, late = (reasons(record, None, clock=clock, setting=SETTING)[0].key for clock in (3.0, 20.0))
    assert early == late
    again = replace(record, observations=rated((2.0, 14), (21.0, 15)))
    assert reasons(again, None, clock=22.0, setting=SETTING)[0].key != early


def test_unknown_flags_and_rules_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown flag 'alcohl'"):
        reasons(PersonRecord("P"), None, flags=("alcohl",), clock=0.0, setting=SETTING)
    assert FLAGS == ("alcohol", "sedatives", "long QT")
    with pytest.raises(RuleError, match=r"rules.toml, x: unknown key 'rose'; expected topic"):
        rule_of("x", {"rose": []})
    with pytest.raises(
        RuleError, match="the rule is not complete; expected topic, reason, and rows or sources"
    ):
        rule_of("x", {"topic": "t", "reason": "r"})
    with pytest.raises(RuleError, match="there is no statement 'x'"):
        rule_of("x", {"topic": "t", "reason": "r", "statement": "x"})
