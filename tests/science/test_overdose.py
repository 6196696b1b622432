"""Overdose: shares with arrest as published, tolerance, partial agonists, oxygen, apnea counts.

The published percentages are of runs of the published program with 2000 people; here 300 people, whose
sampling error (two standard errors: 5.8 points at one half) is the tolerance.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from speciosa.body.adaptation import TOLERANCE
from speciosa.body.breathing import published_drive, signal_drive
from speciosa.body.kinetics import bound
from speciosa.body.signal import signal
from speciosa.evidence import load
from speciosa.overdose import Overdose, read_overdose, simulate_overdose
from speciosa.overdose.clamp import clamped_ventilation, depressed_at
from speciosa.overdose.run import Outcome, Variation
from speciosa.people import population
from speciosa.simulation import Setting
from speciosa.units import convert

PEOPLE = 300
SPRAY = "naloxone 4 mg intranasal"
# Untreated and with one spray, percent.
PUBLISHED = {"everything": (52.1, 21.1), "people": (63.1, 4.7), "assay": (57.5, 22.1)}
PLANS = {
    "everything": Variation(),
    "people": Variation(assay=False),
    "assay": Variation(people=False),
}
DAILY = "after morphine 30 mg by mouth every 8 h for 90 days"


def case(opioid: str, *rescues: str, size: int = PEOPLE, **options: object) -> Overdose:
    setting = Setting()
    people = population(setting.evidence, size, seed=11)
    return read_overdose(opioid, rescues, people, setting, **options)  # type: ignore[arg-type]


@cache
def outcome(plan: str) -> Outcome:
    return simulate_overdose(case("fentanyl 1.625 mg IV", SPRAY, until=0.75), variation=PLANS[plan])


@pytest.mark.parametrize("plan", PLANS)
def test_arrest_is_as_published(plan: str) -> None:
    """Within 45 min, after which arrest no longer begins in either arm of this dose."""
    found = [100.0 * np.nanmean(outcome(plan).is_arrested(arm, load())) for arm in outcome(plan).arms]
    assert found == pytest.approx(PUBLISHED[plan], abs=5.8)


def test_most_of_the_failure_of_one_spray_is_uncertainty_of_the_assay() -> None:
    rescued = {
        plan: np.nanmean(outcome(plan).is_arrested(list(outcome(plan).arms)[1], load())) for plan in PLANS
    }
    assert rescued["people"] < rescued["everything"] / 2
    assert rescued["assay"] == pytest.approx(rescued["everything"], abs=0.06)


def clamp(signals: np.ndarray, tolerance: float) -> np.ndarray:
    held = {signal("MOR"): signals, TOLERANCE: np.full(len(signals), tolerance)}
    return clamped_ventilation(signal_drive("MOR"), held, load(), is_hyperoxia_bounded=True)


def odds_at_half(tolerance: float, efficacy: float) -> float:
    """Concentration over its half-occupying one at which an agonist has halved ventilation."""
    signals = np.linspace(0.0, 0.9, 401)
    occupancy = depressed_at(0.5, clamp(signals, tolerance), signals) / efficacy
    return occupancy / (1.0 - occupancy)


@cache
def acquired() -> float:
    """Mean tolerance over the last day of 90 mg oral morphine a day, the least of the chronic users."""
    from speciosa.regimens import parse
    from speciosa.simulation import Scenario, simulate

    setting = Setting()
    text = DAILY.removeprefix("after ")
    scenario = Scenario(
        parse(text, setting.library), population(setting.evidence, 1, 1), until=2160.0, outputs=("tolerance",)
    )
    return float(simulate(scenario).data["tolerance"].sel(time=slice(2136.0, None)).mean())


def test_the_effect_of_a_history_and_the_overdose_model_take_the_same_from_breathing(run) -> None:
    """Clamped ventilation at steady states: by the drive of the overdose model and by ``effect.ventilation``.

    The effect acts as occupancy does in the naive person of the published model. Ventilation may differ by
    what the solver leaves, 1e-4 of that at rest.
    """
    text = "after morphine 30 mg by mouth every 8 h for 90 days: methadone 60 mg once a day for 3 days"
    data = run(text, 72.0, 1, ("signal.MOR", "tolerance", "effect.ventilation"), 4.0).data.isel(person=0)
    held = {signal("MOR"): data["signal.MOR"].values, TOLERANCE: data["tolerance"].values}
    by_signal = clamped_ventilation(signal_drive("MOR"), held, load())
    law, effect = published_drive(["fentanyl"], "naive"), data["effect.ventilation"].values
    by_effect = clamped_ventilation(law, {bound("fentanyl"): effect}, load())
    resting = clamped_ventilation(law, {bound("fentanyl"): np.zeros(1)}, load())
    assert effect.max() > 0.1 and np.ptp(effect) > 0.05
    assert by_effect == pytest.approx(by_signal, abs=1e-4 * float(resting[0]))


def test_t_vent_morphine_tolerance(run) -> None:
    """Morphine 173 ng/mL on top of methadone: no more relief of pain, but breathing slows (Athanasos 2006).

    Doses were 11 to 115 mg a day; 60 mg here. Relief within the target, in points of its largest effect.
    Their respiratory rate fell by 12 % (SE 3); ventilation at a held PCO2 has to fall by that within 3 SE.
    """
    history = "after methadone 60 mg once a day for 100 days"
    text = f"{history}: methadone 60 mg once a day for 1 day; morphine 60 mg IV at 20 h"
    names = ("plasma.morphine", "effect.analgesia", "effect.ventilation")
    data = run(text, 23.0, 1, names, 0.05).data.isel(person=0)
    mass = load().slot("morphine.molar_mass").value("g/mol")
    level = convert(173.0, "ng/mL", "nmol/L", molar_mass=mass)
    later = data.sel(time=slice(20.1, None))
    before, at = (
        data.sel(time=19.9, method="nearest"),
        later.isel(time=int((later[names[0]] < level).argmax("time"))),
    )
    target = load().targets["t-vent-morphine-tolerance"]
    change = 100.0 * float(at["effect.analgesia"] - before["effect.analgesia"])
    assert target.tol_low <= change <= target.tol_high
    effects = np.array([float(item["effect.ventilation"]) for item in (before, at)])
    breathed = clamped_ventilation(
        published_drive(["fentanyl"], "naive"), {bound("fentanyl"): effects}, load()
    )
    assert 3.0 <= 100.0 * (1.0 - breathed[1] / breathed[0]) <= 21.0


@pytest.mark.parametrize("efficacy", [1.0, 0.95])
def test_t_vent_fent_shift(efficacy: float) -> None:
    """C50 of a full agonist shifts as Algera 2021 measured (extended model; the published one gives 1.7)."""
    target = load().targets["t-vent-fent-shift"]
    ratio = odds_at_half(acquired(), efficacy) / odds_at_half(0.0, efficacy)
    assert target.tol_low <= ratio <= target.tol_high
    assert ratio == pytest.approx(4.3, abs=0.4)


def published_c50(tolerance: str) -> float:
    concentration = np.linspace(0.0, 3.0, 601)
    rate = 3.08e-5 * (concentration * 1e6 / 336.4) ** 0.8439
    held = {bound("fentanyl"): rate / (rate + 0.004331)}
    ventilation = clamped_ventilation(published_drive(["fentanyl"], tolerance), held, load())
    return depressed_at(0.5, ventilation, concentration)


def test_t_vent_fent_c50_naive() -> None:
    target = load().targets["t-vent-fent-c50-naive"]
    assert target.tol_low <= published_c50("naive") <= target.tol_high


def test_t_vent_fent_c50_chronic() -> None:
    """The published model misses it (below 1.04 ng/mL); its naive C50 with the extended shift meets it."""
    target = load().targets["t-vent-fent-c50-chronic"]
    assert published_c50("chronic") < target.tol_low
    shift = odds_at_half(acquired(), 1.0) / odds_at_half(0.0, 1.0)
    exponent = load().slot("fentanyl.binding.n").value("")
    # A factor on the odds of occupancy is its 1/n-th power on concentration under the published binding.
    assert target.tol_low <= published_c50("naive") * shift ** (1.0 / exponent) <= target.tol_high


def extended_c50(factor: float, tolerance: float) -> float:
    """Concentration of the library's fentanyl (ng/mL) that halves ventilation, for an in-vivo factor."""
    evidence = load()
    bound_over_free = odds_at_half(tolerance, evidence.slot("fentanyl.efficacy.MOR").value(""))
    unbound = bound_over_free * factor * evidence.slot("fentanyl.Ki.MOR").value("nmol/L")
    total = unbound / evidence.slot("fentanyl.fu").value("") / evidence.slot("fentanyl.Kp,uu").value("")
    mass = evidence.slot("fentanyl.molar_mass").value("g/mol")
    return float(convert(total, "nmol/L", "ng/mL", molar_mass=mass))


def test_extended_c50_needs_an_in_vivo_factor_of_fentanyl() -> None:
    """With the prior factor the naive C50 is missed (too high); with row fent-invivo-vent both are met."""
    naive, chronic = (load().targets[f"t-vent-fent-c50-{who}"] for who in ("naive", "chronic"))
    fitted = load().rows["fent-invivo-vent"].value or 0.0
    assert naive.tol_low <= extended_c50(fitted, 0.0) <= naive.tol_high
    assert chronic.tol_low <= extended_c50(fitted, acquired()) <= chronic.tol_high
    assert extended_c50(load().rows["fent-invivo-mor"].value or 0.0, 0.0) > naive.tol_high


MISSED = "the closed loop defends breathing too well at low doses, and people differ in kinetics only"
APNEA = [
    pytest.param("naive", 225, marks=pytest.mark.xfail(strict=True, reason=MISSED)),
    pytest.param("naive", 475, marks=pytest.mark.xfail(strict=True, reason=MISSED)),
    pytest.param("chronic", 600, marks=pytest.mark.xfail(strict=True, reason=MISSED)),
    pytest.param("chronic", 1100),
    pytest.param("chronic", 1800, marks=pytest.mark.xfail(strict=True, reason=MISSED)),
]


@pytest.mark.parametrize(("tolerance", "micrograms"), APNEA)
def test_t_vent_fent_apnea(tolerance: str, micrograms: int) -> None:
    """Share whose breathing stops; the cumulative dose is given at once, as intervals were not seen."""
    target = load().targets[f"t-vent-fent-apnea-{tolerance}-{micrograms}"]
    asked = case(f"fentanyl {micrograms} ug IV", size=200, tolerance=tolerance, until=0.2)
    found = simulate_overdose(asked, variation=Variation(assay=False)).arms["no antagonist"]
    share = float((found.output("breathing.ventilation").min("time") <= 0.0).mean())
    assert target.tol_low <= share <= target.tol_high


def test_buprenorphine_has_a_ceiling_and_a_full_agonist_has_none() -> None:
    """Depression by full occupancy: 0.56 in people (Yassen 2007); the reserve was fitted to it."""
    efficacy = load().slot("buprenorphine.efficacy.MOR").value("")
    free, ceiling, full = clamp(np.array([0.0, efficacy, 0.999]), 0.0)
    assert 1.0 - ceiling / free == pytest.approx(0.56, abs=0.01)
    assert full < 0.01 * free


def test_buprenorphine_and_kratom_alone_stop_nobody() -> None:
    for opioid in ("buprenorphine 32 mg sublingual", "kratom powder 10 g"):
        found = simulate_overdose(case(opioid, size=1, model="extended", until=6.0))
        ventilation = found.arms["no antagonist"].output("breathing.ventilation")
        assert float(ventilation.min()) > 0.6 * float(ventilation.isel(person=0, time=0))


def test_tolerance_saves_breathing_and_its_loss_endangers() -> None:
    """One dose: after 90 days of morphine, after another 30 days without, and in a naive person."""
    dose = "morphine 40 mg IV"
    lowest = {}
    for who, text in {
        "naive": dose,
        "daily": f"{DAILY}: {dose}",
        "returned": f"{DAILY}, then nothing for 30 days: {dose}",
    }.items():
        found = simulate_overdose(case(text, size=1, model="extended", until=2.0)).arms["no antagonist"]
        lowest[who] = float(found.output("breathing.ventilation").min())
    assert lowest["daily"] > lowest["returned"] + 0.5
    assert lowest["returned"] == pytest.approx(lowest["naive"], abs=1.0)


def test_oxygen_keeps_arterial_oxygen_up_while_carbon_dioxide_rises() -> None:
    air, oxygen = (
        simulate_overdose(case("morphine 80 mg IV", size=1, model="extended", until=1.0, oxygen=pressure))
        for pressure in (None, 300.0)
    )
    arms = [item.arms["no antagonist"] for item in (air, oxygen)]
    lowest = [float(arm.output("breathing.arterial.PO2").sel(time=slice(0.05, None)).min()) for arm in arms]
    highest = [float(arm.output("breathing.arterial.PCO2").max()) for arm in arms]
    assert lowest[1] > lowest[0] + 50.0
    assert highest[1] > highest[0]
