"""Why kratom acts: what each assumption about its signal predicts, and what every report says about it."""

from __future__ import annotations

import pytest

from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results.report import render_report
from speciosa.simulation import Scenario, Setting, simulate

DAILY = "kratom powder 2 g (13.3 mg mitragynine per g) four times a day for 28 days, then nothing"
STOP = 28 * 24.0
OTHERS = ("7-hydroxymitragynine", "speciociliatine", "speciogynine", "paynantheine")
# Brain entry of an alkaloid that is left out.
ABSENT = 1e-6


def end(slot: str) -> float:
    """The upper end of a range."""
    return (load().slot(slot).row.interval or (0.0, 0.0))[1]


@pytest.fixture(scope="module")
def predicted() -> dict[str, tuple[float, float]]:
    """Largest signal while taken, and largest COWS after the stop, by assumption."""
    alone = dict.fromkeys((f"{drug}.Kp,uu" for drug in OTHERS), ABSENT)
    enriched = {"mitragynine.Kp,uu": end("mitragynine.Kp,uu")}
    assumptions = {
        "in use": {},
        "plasma and assay of mitragynine alone": alone,
        "mitragynine enriched in the brain": alone | enriched,
        "enriched, highest efficacy": alone
        | enriched
        | {"mitragynine.efficacy.MOR": end("mitragynine.efficacy.MOR")},
        "more unbound 7-hydroxymitragynine": {"7-hydroxymitragynine.fu": end("7-hydroxymitragynine.fu")},
        "without 7-hydroxymitragynine": {"7-hydroxymitragynine.Kp,uu": ABSENT},
    }
    setting, found = Setting(), {}
    for name, values in assumptions.items():
        people = population(setting.evidence, 1, seed=1)
        scenario = Scenario(
            parse(DAILY, setting.library),
            people,
            STOP + 240.0,
            outputs=("signal.MOR", "COWS"),
            every=1.0,
            values=values,
        )
        data = simulate(scenario, setting).data.isel(person=0)
        taken, after = (data.sel(time=part) for part in (slice(0.0, STOP), slice(STOP, None)))
        found[name] = float(taken["signal.MOR"].max()), float(after["COWS"].max())
    return found


def test_plasma_and_assay_of_mitragynine_leave_the_effect_unexplained(predicted, run) -> None:
    """An eighth of the signal in use, a seventh of that of morphine 10 mg by mouth, and no withdrawal."""
    signal, score = predicted["plasma and assay of mitragynine alone"]
    morphine = float(
        run("morphine 10 mg by mouth once", 24.0, 1, ("signal.MOR",), 0.1).data["signal.MOR"].max()
    )
    assert signal < predicted["in use"][0] / 5.0
    assert signal < morphine / 5.0
    assert score < load().rows["floor-observed"].value + 2.0


def test_each_assumption_predicts_its_own_signal_and_withdrawal(predicted) -> None:
    order = [
        "plasma and assay of mitragynine alone",
        "without 7-hydroxymitragynine",
        "in use",
        "more unbound 7-hydroxymitragynine",
    ]
    for which in (0, 1):
        values = [predicted[name][which] for name in order]
        assert values == sorted(values)
    assert predicted["mitragynine enriched in the brain"][0] > 3.0 * predicted[order[0]][0]
    assert predicted["enriched, highest efficacy"][0] > predicted["in use"][0]


def test_a_report_says_who_carries_the_signal_and_that_the_course_is_extrapolated(run) -> None:
    result = run("kratom powder 2 g (13.3 mg mitragynine per g) four times a day for 7 days", 7 * 24.0, 100)
    text = render_report(result, evidence=load())
    assert "Share of each molecule in the MOR signal over time" in text
    assert "over the ranges of the receptor constants (95 %)" in text
    assert "Unbound mitragynine in plasma stays far below its inhibition constant" in text
    assert "What is shown after kratom is an extrapolation of a model made for opioids" in text


def test_daily_users_have_little_withdrawal_within_a_day(run) -> None:
    """Rows kr-vick20, kr-rahim22: mild at most 12 to 20 h after the last of 276 mg of mitragynine a day."""
    text = "after kratom tea containing 92 mg mitragynine every 8 h for 60 days: nothing"
    course = run(text, 24.0, 100, ("COWS",), 1.0).data["COWS"].sel(time=slice(12.0, 20.0))
    found = load().targets["t-wd-kratom-20h"]
    assert float(found.tol_low) <= float(course.mean()) <= float(found.tol_high)
