"""Exposure of a result: units, windows, doses, ratios."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from speciosa.errors import ResultError, UnitError, UnknownNameError
from speciosa.results import DoseMark, Result, ScenarioDescription, summarize

MASS = 400.0
K, KA = 0.1, 1.2


def _dosed(times: tuple[float, ...], until: float = 96.0) -> Result:
    """Repeated oral doses of 1000 nmol into 10 L, exactly, for two people of whom one has half the volume."""
    time = np.linspace(0.0, until, int(until * 10) + 1)
    curve = np.zeros_like(time)
    for dose in times:
        since = np.maximum(time - dose, 0.0)
        curve += 100.0 * KA / (KA - K) * (np.exp(-K * since) - np.exp(-KA * since))
    data = xr.Dataset(
        {
            "plasma.parent": (
                ("person", "time"),
                np.array([curve, 2.0 * curve]),
                {"unit": "nmol/L", "kind": "concentration", "molar_mass": MASS},
            ),
            "plasma.child": (
                ("person", "time"),
                np.array([0.25 * curve, 0.5 * curve]),
                {"unit": "nmol/L", "kind": "concentration", "molar_mass": 2.0 * MASS},
            ),
            "signal.MOR": (
                ("person", "time"),
                np.zeros((2, len(time))),
                {"unit": "dimensionless", "kind": "signal"},
            ),
        },
        coords={"person": [1, 2], "time": time},
    )
    marks = tuple(DoseMark(dose, "tablet", "1 tablet") for dose in times)
    return Result(data, ScenarioDescription("Tablet", "1 tablet", until=until, persons=2, doses=marks))


def test_metrics_in_mass_units() -> None:
    metrics = _dosed((0.0,)).exposure("parent", unit="ng/mL", tail=(48.0, 96.0))
    assert metrics["Cmax"].attrs["unit"] == "ng/mL"
    assert metrics["AUC"].attrs["unit"] == "ng/mL*h"
    # 100 nmol/L of 400 g/mol are 40 ng/mL; areas by trapezoid over the curved rise, hence 2e-4.
    assert metrics["AUCinf"].values == pytest.approx([400.0, 800.0], rel=2e-4)
    assert metrics["t1/2"].values == pytest.approx(np.log(2.0) / K, rel=1e-9)
    assert metrics["tmax"].values == pytest.approx(np.log(KA / K) / (KA - K), abs=0.05)
    assert metrics["AUC extrapolated"].values == pytest.approx(100.0 * np.exp(-9.6) * KA / (KA - K), rel=1e-2)


def test_clearance_and_volume_need_the_dose() -> None:
    result = _dosed((0.0,))
    assert "CL/F" not in result.exposure("parent")
    metrics = result.exposure("parent", dose=(0.4, "mg"), tail=(48.0, 96.0))
    assert metrics["CL/F"].values == pytest.approx([1.0, 0.5], rel=2e-4)  # 1000 nmol / 1000 nmol/L*h
    assert metrics["Vz/F"].values == pytest.approx([10.0, 5.0], rel=2e-4)
    assert metrics["CL/F"].attrs["unit"] == "L/h"


def test_after_a_dose_times_count_from_it() -> None:
    result = _dosed((0.0, 24.0, 48.0))
    second = result.exposure("parent", after_dose=1)
    assert (second.attrs["start"], second.attrs["end"]) == (24.0, 48.0)
    assert second["tmax"].values == pytest.approx(2.2, abs=0.15)
    last = result.exposure("parent", after_dose=-1)
    assert (last.attrs["start"], last.attrs["end"]) == (48.0, 96.0)
    by_window = result.exposure("parent", window=(24.0, 48.0))
    assert by_window["AUC"].values == pytest.approx(second["AUC"].values)


def test_first_day_is_left_out_of_a_shorter_window() -> None:
    result = _dosed((0.0,))
    assert "AUC0-24" in result.exposure("parent")
    assert "AUC0-24" not in result.exposure("parent", window=(0.0, 12.0))


def test_accumulation_is_that_of_superposition() -> None:
    result = _dosed((0.0, 24.0, 48.0))
    ratio = result.accumulation("parent", 24.0, first=0.0, last=48.0)
    single = _dosed((0.0,))
    area = [float(single.exposure("parent", window=w)["AUC"][0]) for w in ((0, 24), (24, 48), (48, 72))]
    # Sums of falling curves are no single exponentials: the trapezoid differs by a few 1e-6.
    assert ratio.values == pytest.approx(sum(area) / area[0], rel=1e-5)


def test_ratio_in_molar_and_mass_terms() -> None:
    result = _dosed((0.0,))
    assert result.ratio("child", "parent").values == pytest.approx([0.25, 0.25])
    assert result.ratio("child", "parent", basis="mass").values == pytest.approx([0.5, 0.5])
    by_mass = result.ratio("child", "parent", basis="mass")
    assert by_mass.attrs["long_name"] == "mass AUC ratio of plasma.child to plasma.parent"


def test_summarize_counts_and_condenses() -> None:
    table = summarize(_dosed((0.0,)).exposure("parent", unit="nmol/L")).set_index("metric")
    assert table.loc["Cmax", "n"] == 2
    assert table.loc["Cmax", "output"] == "plasma.parent"
    values = _dosed((0.0,)).exposure("parent", unit="nmol/L")["Cmax"].values
    assert table.loc["Cmax", "CV%"] == pytest.approx(100.0 * values.std(ddof=1) / values.mean())
    assert table.loc["Cmax", "p5"] == pytest.approx(np.percentile(values, 5))


def test_failed_persons_are_left_out(make: Callable[..., Result]) -> None:
    whole, less = make(), make(failed=(0, 5))
    table = summarize(less.exposure("mitragynine")).set_index("metric")
    assert table.loc["Cmax", "n"] == 38
    assert table.loc["Cmax", "failed"] == 2
    kept = np.delete(whole.exposure("mitragynine")["Cmax"].values, [0, 5])
    assert table.loc["Cmax", "median"] == pytest.approx(np.median(kept))


def test_unknown_drug_offers_near_misses(population: Result) -> None:
    with pytest.raises(UnknownNameError) as caught:
        population.exposure("mitraginine")
    assert "unknown output 'plasma.mitraginine'. Did you mean 'plasma.mitragynine'" in str(caught.value)


def test_other_outputs_have_no_exposure(population: Result) -> None:
    with pytest.raises(ResultError) as caught:
        population.exposure("signal.MOR")
    assert str(caught.value) == (
        "output 'signal.MOR' is no concentration; "
        "expected one of plasma.mitragynine, plasma.7-hydroxymitragynine."
    )


def test_dose_index_beyond_the_doses() -> None:
    with pytest.raises(ResultError) as caught:
        _dosed((0.0, 24.0)).exposure("parent", after_dose=2)
    assert str(caught.value) == (
        "there is no dose 2; expected a dose index from -2 to 1 (0 is the first, -1 the last)."
    )


def test_window_and_dose_exclude_each_other() -> None:
    with pytest.raises(ResultError, match="window and after_dose exclude each other"):
        _dosed((0.0,)).exposure("parent", window=(0.0, 1.0), after_dose=0)


def test_wrong_unit_is_refused(population: Result) -> None:
    with pytest.raises(UnitError):
        population.exposure("mitragynine", unit="h")
