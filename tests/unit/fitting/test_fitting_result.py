"""The result of a fit: what it says, where its methods come from, how it is kept, and its figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitting_cases import level_problem, levels, oral_data

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting import (
    METHODS,
    Fit,
    check_figure,
    fit,
    goodness_of_fit,
    individual_courses,
    predictive_check,
)
from speciosa.fitting.fit import METHOD_SOURCES


@pytest.fixture(scope="module")
def found() -> Fit:
    return fit(oral_data(14, seed=4)[0])


def test_text_says_what_a_reader_needs(found: Fit) -> None:
    text = repr(found)
    assert "FOCEI fit of oral: 14 people, 84 observations" in text
    assert f"objective {found.objective:.4f} (-2 log L without n log 2 pi)" in text
    assert "converged after" in text
    for name in ("ka", "var(CL)", "plasma.proportional", "RSE %", "shrinkage: ka"):
        assert name in text


def test_html_holds_the_table_and_escapes(found: Fit) -> None:
    html = replace(found, notes=("a < b",))._repr_html_()
    assert "<table" in html
    assert "var(CL)" in html
    assert "a &lt; b" in html


def test_the_table_has_units(found: Fit) -> None:
    assert found.table.loc["CL", "unit"] == "L/h"
    assert found.table.loc["CL", "RSE %"] == pytest.approx(
        100.0 * found.estimate("CL").error / found.estimate("CL").value
    )
    with pytest.raises(UnknownNameError, match=r"unknown estimate 'var\(Cl\)'. Did you mean 'var\(CL\)'"):
        found.estimate("var(Cl)")


def test_criteria(found: Fit) -> None:
    assert found.akaike == pytest.approx(found.objective + 14.0)
    assert found.bayes == pytest.approx(found.objective + 7.0 * np.log(84))


def test_individuals_and_shrinkage(found: Fit) -> None:
    table = found.individual
    assert list(table) == ["ka", "CL", "V", "objective"]
    assert table["objective"].sum() == pytest.approx(found.objective)
    typical = found.estimate("CL").value
    assert np.log(table["CL"] / typical).to_numpy() == pytest.approx(found.etas[:, 1])
    size = np.sqrt(found.estimate("var(CL)").value)
    assert found.shrinkage["CL"] == pytest.approx(1.0 - found.etas[:, 1].std(ddof=1) / size)


def test_much_shrinkage_and_poor_condition_are_told(found: Fit) -> None:
    shrunk = replace(found, modes=found.problem.cases(found.theta).mean + 1e-9 * found.modes)
    assert any("Shrinkage of CL is 100 %" in item for item in shrunk.warnings)
    assert found.uncertainty is not None
    tied = replace(found.uncertainty, covariance=np.eye(7) + 0.9999 * (np.ones((7, 7)) - np.eye(7)))
    assert any("the condition number is" in item for item in replace(found, uncertainty=tied).warnings)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_sources(found: Fit, method: str) -> None:
    keys = {source.key for source in replace(found, method=method).sources()}
    assert set(METHOD_SOURCES[method]) <= keys
    assert set(found.problem.kernel.sources) <= keys


def test_a_fit_is_kept_and_comes_back(found: Fit, tmp_path) -> None:
    folder = found.save(tmp_path / "fit")
    back = Fit.load(folder, found.problem)
    assert repr(back) == repr(found)
    assert np.array_equal(back.theta, found.theta)
    assert back.uncertainty is not None
    assert found.uncertainty is not None
    assert np.array_equal(back.uncertainty.covariance, found.uncertainty.covariance)
    assert sorted(path.name for path in folder.iterdir()) == ["fit.json", "fit.npz"]


def test_a_fit_without_errors_is_kept_too(tmp_path) -> None:
    one = fit(level_problem(levels(5, 3)), covariance=None)
    assert Fit.load(one.save(tmp_path), one.problem).uncertainty is None


def test_a_fit_of_another_problem_is_refused(found: Fit, tmp_path) -> None:
    found.save(tmp_path)
    with pytest.raises(FitError, match="people of the fit differ from those of the problem"):
        Fit.load(tmp_path, found.problem.of_people(range(13)))
    with pytest.raises(FitError, match=r"no fit can be read .*; expected the files fit.npz and fit.json"):
        Fit.load(tmp_path / "nowhere", found.problem)
    (tmp_path / "fit.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FitError, match="the format is unknown"):
        Fit.load(tmp_path, found.problem)


def test_figures_say_what_they_show(found: Fit) -> None:
    pytest.importorskip("matplotlib")
    gof = goodness_of_fit(found)
    assert "n = 14 people, 84 observations" in gof.get_label()
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in gof.axes]
    assert labels == [
        ("PRED (nmol/L)", "observed (nmol/L)"),
        ("IPRED (nmol/L)", "observed (nmol/L)"),
        ("PRED (nmol/L)", "CWRES (SD)"),
        ("time (h)", "CWRES (SD)"),
    ]
    assert all(len(ax.lines[0].get_xdata()) == 84 for ax in gof.axes)
    courses = individual_courses(found, most=6, columns=3)
    assert "6 of 14 people" in courses.get_label()
    assert len(courses.axes) == 6


@pytest.mark.parametrize("is_corrected", [False, True])
def test_the_figure_of_a_check(found: Fit, is_corrected: bool) -> None:
    pytest.importorskip("matplotlib")
    check = predictive_check(found, replicates=20, bins=4, is_corrected=is_corrected)
    figure = check_figure(check, found)
    assert "20 simulated data sets" in figure.get_label()
    (ax,) = figure.axes
    assert len(ax.collections) == 3
    words = "plasma, prediction-corrected (nmol/L)" if is_corrected else "plasma (nmol/L)"
    assert ax.get_ylabel() == words
