"""Occupancy of the mu-opioid receptor seen by PET, in the typical adult, against the targets `t-occ-*`.

Tolerances are those of the targets.
"""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.evidence import load

FOUR_HOURS = 13 * 24.0 + 4.0
OUTPUTS = ("occupancy.MOR", "plasma.buprenorphine")


def bounds(target: str) -> tuple[float, float]:
    found = load().targets[target]
    return float(found.tol_low), float(found.tol_high)


def is_met(target: str, value: float) -> bool:
    low, high = bounds(target)
    return low <= value <= high


@pytest.fixture(scope="module")
def buprenorphine(run):
    """Occupancy and plasma (ng/mL) over the last day of two weeks, by dose."""

    def of(dose: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        text = f"buprenorphine {dose} mg sublingual once a day for 14 days"
        data = run(text, 14 * 24.0, 1, OUTPUTS, 0.5).data.isel(person=0)
        mass = load().slot("buprenorphine.molar_mass").value("g/mol") / 1000.0
        return data.time.values, 100.0 * data["occupancy.MOR"].values, mass * data[OUTPUTS[1]].values

    return of


@pytest.mark.parametrize("dose", [2, 16, 32])
def test_buprenorphine_four_hours_after_the_dose(buprenorphine, dose: int) -> None:
    time, occupancy, _ = buprenorphine(dose)
    assert is_met(f"t-occ-bup-{dose}", float(np.interp(FOUR_HOURS, time, occupancy)))


def test_half_of_the_receptors_at_the_concentration_of_the_scans(buprenorphine) -> None:
    # The in-vivo constant over fu: the plasma concentration at half occupancy at rest.
    evidence = load()
    constant = evidence.slot("buprenorphine.Ki.MOR").value("nmol/L")
    constant *= evidence.slot("buprenorphine.in_vivo.MOR").value("")
    plasma = constant / evidence.slot("buprenorphine.fu").value("")
    assert is_met(
        "t-occ-bup-ec50", plasma * evidence.slot("buprenorphine.molar_mass").value("g/mol") / 1000.0
    )


@pytest.mark.parametrize(
    ("target", "plasma", "sign"),
    [
        ("t-occ-bup-suppression", 1.0, -1.0),
        ("t-occ-bup-blockade", 3.0, -1.0),
        ("t-occ-bup-outcome", 2.5, 1.0),
    ],
)
def test_occupancy_at_trough_concentrations(target: str, plasma: float, sign: float) -> None:
    evidence = load()
    unbound = plasma * 1000.0 / evidence.slot("buprenorphine.molar_mass").value("g/mol")
    unbound *= evidence.slot("buprenorphine.fu").value("")
    constant = evidence.slot("buprenorphine.Ki.MOR").value("nmol/L")
    constant *= evidence.slot("buprenorphine.in_vivo.MOR").value("")
    held = 100.0 * unbound / (unbound + constant)
    assert is_met(target, held if sign > 0.0 else 100.0 - held)


@pytest.fixture(scope="module")
def naloxone(run):
    def of(dose: int) -> tuple[np.ndarray, np.ndarray]:
        data = run(f"naloxone {dose} mg IN once", 8.0, 1, ("occupancy.MOR",), 0.02).data.isel(person=0)
        return data.time.values, 100.0 * data["occupancy.MOR"].values

    return of


@pytest.mark.parametrize("dose", [2, 4])
def test_naloxone_by_the_nose(naloxone, dose: int) -> None:
    time, occupancy = naloxone(dose)
    assert is_met(f"t-occ-nlx-in{dose}", float(occupancy.max()))
    half = time[int(np.argmax(occupancy > occupancy.max() / 2.0))]
    assert 5.0 / 60.0 <= half <= 15.0 / 60.0, "half of the peak at about 10 min"


def test_naloxone_leaves_with_the_half_life_of_the_scans(naloxone) -> None:
    lasting = []
    for dose in (2, 4):
        time, occupancy = naloxone(dose)
        peak = int(occupancy.argmax())
        last = peak + int(np.argmax(occupancy[peak:] < occupancy[peak] / 2.0))
        lasting.append(60.0 * (time[last] - time[peak]))
    assert is_met("t-occ-nlx-thalf", float(np.mean(lasting)))


@pytest.fixture(scope="module")
def half_blocking(run) -> float:
    """Intravenous naloxone (ug/kg) that blocks half, 35 to 65 min after it, in the typical adult."""
    weight, doses = load().slot("person.weight").value("kg"), (1.0, 2.0, 4.0, 8.0, 16.0)
    held = []
    for dose in doses:
        text = f"naloxone {dose * weight / 1000.0:g} mg IV once"
        data = run(text, 2.0, 1, ("occupancy.MOR",), 0.02).data["occupancy.MOR"].isel(person=0)
        held.append(float(data.sel(time=slice(35.0 / 60.0, 65.0 / 60.0)).mean()))
    return float(np.interp(0.5, held, doses))


@pytest.mark.xfail(
    reason="The constant that fits the intranasal peaks puts half blockade by an intravenous dose near"
    " 13 ug/kg, where it was seen when a bound tracer was displaced, not at the 2.3 ug/kg of doses given"
    " before the tracer.",
    strict=True,
)
def test_half_blockade_by_naloxone_before_the_tracer(half_blocking: float) -> None:
    assert is_met("t-occ-nlx-ed50", half_blocking)


def test_half_displacement_by_naloxone_after_the_tracer(half_blocking: float) -> None:
    # No spread is printed; half to double.
    assert 0.5 < half_blocking / float(load().rows["nlx-ed50-melichar2003"].value or 0.0) < 2.0


def test_methadone_suppresses_withdrawal_at_a_third_of_the_occupancy_of_buprenorphine() -> None:
    """The signal of buprenorphine at half occupancy needs 15 to 25 % of methadone."""
    evidence = load()
    signal = 0.5 * evidence.slot("buprenorphine.efficacy.MOR").value("")
    assert 0.15 <= signal / evidence.slot("r-methadone.efficacy.MOR").value("") <= 0.25


def test_in_vivo_factors_carry_their_uncertainty() -> None:
    for slot in ("buprenorphine", "naloxone", "morphine", "r-methadone"):
        row = load().slot(f"{slot}.in_vivo.MOR").row
        assert row.kind == "derived"
        low, high = row.interval or (0.0, 0.0)
        assert 0.0 < low < float(row.value or 0.0) < high


@pytest.fixture(scope="module")
def naltrexone(run):
    """Occupancy (%) over two weeks after one dose by mouth."""

    def of(dose: int) -> tuple[np.ndarray, np.ndarray]:
        text = f"naltrexone {dose} mg by mouth once"
        data = run(text, 14 * 24.0, 1, ("occupancy.MOR",), 0.5).data.isel(person=0)
        return data.time.values, 100.0 * data["occupancy.MOR"].values

    return of


@pytest.mark.parametrize(("dose", "target"), [(2, "t-occ-ntx-2"), (15, "t-occ-ntx-15"), (50, "t-occ-ntx-50")])
def test_naltrexone_in_the_middle_of_the_first_eight_hours(naltrexone, dose: int, target: str) -> None:
    assert is_met(target, float(np.interp(4.0, *naltrexone(dose))))


@pytest.mark.xfail(
    reason="Blockade lasts for days in people, from a terminal phase of plasma that the kinetics in use do"
    " not have: 50 mg holds 72 % at 8 h here, and half of its peak for less than a day. No value of"
    " 6-beta-naltrexol within its ranges carries it (below).",
    strict=True,
)
def test_naltrexone_blocks_for_days(naltrexone) -> None:
    time, occupancy = naltrexone(50)
    peak = int(occupancy.argmax())
    half = peak + int(np.argmax(occupancy[peak:] < occupancy[peak] / 2.0))
    assert float(np.interp(8.0, time, occupancy)) > 90.0
    assert is_met("t-occ-ntx-thalf", float(time[half] - time[peak]))


def test_no_range_of_the_metabolite_of_naltrexone_lasts_for_days(run) -> None:
    """Affinity and brain entry of 6-beta-naltrexol at the ends of their ranges, with the factor of each.

    The factor is that at which 50 mg holds 92 % in the middle of the first eight hours, as was seen. At 8 h
    less than 90 % is held at any end, and half of the peak for less than two days.
    """
    evidence = load()
    names = ("binding.MOR.naltrexone", "binding.MOR.6-beta-naltrexol")
    slots = ("6-beta-naltrexol.Ki.MOR", "6-beta-naltrexol.Kp,uu")
    data = run("naltrexone 50 mg by mouth once", 14 * 24.0, 1, names, 0.5).data.isel(person=0)
    parent, metabolite = (data[name].values for name in names)
    seen = 0.01 * float(evidence.rows["ntx-po-trostheim-06"].value or 0.0)
    ends = [np.divide(evidence.slot(slot).row.interval, evidence.slot(slot).row.value) for slot in slots]
    for affinity in ends[0]:
        for entry in ends[1]:
            total = parent + metabolite * entry / affinity
            level = total * seen / (1.0 - seen) / np.interp(4.0, data.time, total)
            held = level / (1.0 + level)
            assert float(np.interp(8.0, data.time, held)) < 0.9
            half = data.time.values[held > held.max() / 2.0].max()
            assert half < 48.0
