"""Studies by people go the road of `simulate`, are reproducible, and keep the two spreads apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speciosa import studies as nested
from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Studies, figure_caption, plot_studies
from speciosa.simulation import Scenario, Setting, simulate
from speciosa.studies import simulate_studies
from speciosa.uncertainty import Samples, Uncertainty

SETTING = Setting()


def scenario(size: int = 12) -> Scenario:
    return Scenario(
        parse("buprenorphine 8 mg sublingual once", SETTING.library),
        population(load(), size, 4),
        until=24.0,
        every=1.0,
        outputs=("plasma.buprenorphine", "signal.MOR"),
    )


@pytest.fixture(scope="module")
def found() -> Studies:
    return simulate_studies(scenario(), Uncertainty(6, 3), SETTING)


def test_a_study_is_a_scenario_with_its_typical_values(found: Studies) -> None:
    """The typical values of a study, set by hand, give its curves: there is one road."""
    text = found.typical.loc[[4]].to_csv(index=False)
    again = simulate_studies(scenario(), Uncertainty(1, 9, Samples.of(text, "study 4")), SETTING)
    pd.testing.assert_frame_equal(
        again.table.drop(columns="study"),
        found.table[found.table["study"] == 4].drop(columns="study").reset_index(drop=True),
        rtol=1e-5,
    )


def test_typical_values_set_by_hand_give_the_study() -> None:
    """Of parameters alone: `values` of a scenario cannot set exponents and sizes of variability."""
    text = "buprenorphine.CL,buprenorphine.V3\n40.0,2000.0\n"
    own = scenario()
    ready = nested.prepare(own, SETTING)
    one = ready.result(ready.solve(Samples.of(text, "t").drawn(np.zeros(1), ready.model, load())))
    values = {"buprenorphine.CL": 40.0, "buprenorphine.V3": 2000.0}
    by_hand = simulate(replace(own, values=values))
    np.testing.assert_array_equal(one.data["signal.MOR"], by_hand.data["signal.MOR"])


def test_the_base_is_the_scenario_itself(found: Studies) -> None:
    np.testing.assert_array_equal(found.base.data["signal.MOR"], simulate(scenario()).data["signal.MOR"])


def test_the_same_seed_gives_the_same_bytes(found: Studies, tmp_path: Path) -> None:
    again = simulate_studies(scenario(), Uncertainty(6, 3), SETTING)
    found.save(tmp_path / "a")
    again.save(tmp_path / "b")
    for name in ("typical_values.csv", "studies.csv", "bands.csv", "result.json", "result.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_results_do_not_depend_on_how_many_studies_one_call_holds(
    found: Studies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nested, "NUMBERS_AT_ONCE", 1)
    pd.testing.assert_frame_equal(simulate_studies(scenario(), Uncertainty(6, 3), SETTING).table, found.table)


def test_without_uncertainty_the_median_is_known_and_people_still_differ() -> None:
    names = simulate_studies(scenario(2), Uncertainty(1, 3), SETTING).typical
    text = names.to_csv(index=False)
    certain = simulate_studies(scenario(), Uncertainty(4, 3, Samples.of(text, "one")), SETTING)
    for _, row in certain.summary().iterrows():
        assert row["median p5"] == pytest.approx(row["median p95"], rel=1e-9, nan_ok=True)
    bands = certain.bands("plasma.buprenorphine")
    assert np.all(bands.sel(band="people p95").values[2:] > bands.sel(band="people p5").values[2:])


def test_without_variability_people_are_alike_and_the_median_is_still_unknown() -> None:
    alike = replace(scenario(), people=replace(scenario().people, is_varied=False))
    found = simulate_studies(alike, Uncertainty(6, 3), SETTING)
    bands = found.bands("plasma.buprenorphine")
    np.testing.assert_allclose(bands.sel(band="people p95"), bands.sel(band="people p5"), rtol=1e-9)
    assert np.all(bands.sel(band="median p95").values[2:] > bands.sel(band="median p5").values[2:])


def test_summary_and_note(found: Studies) -> None:
    table = found.summary()
    assert list(table.columns) == [
        *("output", "metric", "unit", "studies", "people", "failed", "median"),
        *("people p5", "people p95", "median p5", "median p95"),
    ]
    assert set(table["studies"]) == {6}
    each = found.table.query("output == 'signal.MOR' and metric == 'maximum'")["median"]
    row = table.set_index(["output", "metric"]).loc[("signal.MOR", "maximum")]
    assert row["median"] == pytest.approx(each.median())
    assert row["median p95"] == pytest.approx(np.quantile(each, 0.95))
    count = len(found.typical.columns)
    assert found.note.startswith(f"{count} of {count + len(found.unstated)} numbers vary between studies")
    assert repr(found) == "<6 studies of 12 people: buprenorphine 8 mg sublingual once>"


def test_the_figure_names_both_bands(found: Studies) -> None:
    caption = figure_caption(plot_studies(found, "signal.MOR"))
    assert "light band between dashed lines: 5th to 95th percentile of people" in caption
    assert "median over 6 studies" in caption
    assert "12 people in each study" in caption
    with pytest.raises(UnknownNameError, match=r"Did you mean 'signal\.MOR'"):
        found.bands("signal.MORE")


def test_a_scenario_without_uncertainty_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Uncertainty, "draws", lambda *_: {})
    with pytest.raises(ScenarioError, match="no row behind this scenario states an uncertainty"):
        simulate_studies(scenario(), Uncertainty(2), SETTING)
