"""Exposure metrics against closed-form answers."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.errors import ResultError
from speciosa.results import nca

# A log trapezoid is exact on a mono-exponential fall, so only rounding is left there.
EXACT = 1e-12


def oral(time: np.ndarray, ka: float, k: float) -> np.ndarray:
    """One compartment, first-order absorption, dose/volume 1."""
    return ka / (ka - k) * (np.exp(-k * time) - np.exp(-ka * time))


@pytest.fixture
def grid() -> np.ndarray:
    return np.linspace(0.0, 120.0, 1201)


def test_monoexponential_area_is_exact_on_a_coarse_grid() -> None:
    time = np.array([0.0, 1.0, 5.0, 12.0, 24.0])
    area = nca.auc(time, np.array([8.0 * np.exp(-0.2 * time)]))
    assert area == pytest.approx(8.0 / 0.2 * (1.0 - np.exp(-0.2 * 24.0)), rel=EXACT)


def test_linear_rise_is_exact() -> None:
    time = np.array([0.0, 1.0, 4.0])
    assert nca.auc(time, np.array([3.0 * time])) == pytest.approx(0.5 * 3.0 * 16.0, rel=EXACT)


def test_oral_area_peak_and_time_of_peak(grid: np.ndarray) -> None:
    ka, k = 1.1, 0.08
    curve = oral(grid, ka, k)[None, :]
    cmax, tmax = nca.peak(grid, curve)
    exact = np.log(ka / k) / (ka - k)
    assert tmax == pytest.approx(exact, abs=0.05)  # half a grid step
    assert cmax == pytest.approx(oral(np.array(exact), ka, k), rel=1e-4)  # flat top
    area, extrapolated = nca.auc_to_infinity(grid, curve, nca.terminal(grid, curve, (48.0, 120.0)))
    assert area == pytest.approx(1.0 / k, rel=2e-4)  # trapezoids on the curved rise
    assert extrapolated == pytest.approx(np.exp(-k * 120.0) * ka / (ka - k), rel=1e-3)


def test_biexponential_terminal_half_life_in_a_window(grid: np.ndarray) -> None:
    fast, slow = 0.5, 0.02
    curve = (10.0 * np.exp(-fast * grid) + 2.0 * np.exp(-slow * grid))[None, :]
    phase = nca.terminal(grid, curve, (48.0, 120.0))
    assert phase.half_life == pytest.approx(np.log(2.0) / slow, rel=1e-6)  # fast phase gone
    assert phase.start == pytest.approx(48.0)
    assert phase.points == 721
    exact = 10.0 / fast + 2.0 / slow
    assert nca.auc_to_infinity(grid, curve, phase)[0] == pytest.approx(exact, rel=1e-4)


def test_the_best_stretch_leaves_the_distribution_phase_out(grid: np.ndarray) -> None:
    curve = (10.0 * np.exp(-0.5 * grid) + 2.0 * np.exp(-0.02 * grid))[None, :]
    phase = nca.terminal(grid, curve)
    assert phase.start > 5.0
    # Adjusted R2 within 1e-4 of the best counts as equal, which costs up to 2 % of the slope.
    assert phase.rate == pytest.approx(0.02, rel=0.02)
    assert phase.r2_adjusted > 0.999


def test_the_best_stretch_is_that_of_plain_regressions() -> None:
    random = np.random.default_rng(3)
    time = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 36.0])
    curves = 50.0 * np.exp(-0.1 * time) * np.exp(random.normal(0.0, 0.25, (20, len(time))))
    phase = nca.terminal(time, curves)
    for row, curve in enumerate(curves):
        found = {}
        top = int(np.argmax(curve))
        for begin in range(top + 1, len(time) - 2):
            slope, intercept = np.polyfit(time[begin:], np.log(curve[begin:]), 1)
            rest = np.log(curve[begin:]) - slope * time[begin:] - intercept
            total = np.log(curve[begin:]) - np.log(curve[begin:]).mean()
            n = len(time) - begin
            adjusted = 1.0 - (rest @ rest) / (total @ total) * (n - 1) / (n - 2)
            if slope < 0.0:
                found[begin] = (adjusted, -slope)
        if not found:
            assert np.isnan(phase.rate[row])
            continue
        best = max(adjusted for adjusted, _ in found.values())
        begin = min(begin for begin, (adjusted, _) in found.items() if adjusted >= best - 1e-4)
        assert phase.start[row] == time[begin]
        assert phase.rate[row] == pytest.approx(found[begin][1], rel=1e-9)
        assert phase.r2_adjusted[row] == pytest.approx(found[begin][0], rel=1e-9)
        assert phase.points[row] == len(time) - begin


def test_rising_and_short_curves_have_no_terminal_phase() -> None:
    time = np.arange(6.0)
    curves = np.array([time, np.array([0.0, 0.0, 0.0, 5.0, 4.0, 3.0])])
    phase = nca.terminal(time, curves)
    assert np.isnan(phase.rate).all()
    assert phase.points.tolist() == [0, 0]


def test_points_up_to_the_lower_limit_are_left_out() -> None:
    time = np.arange(0.0, 41.0)
    curve = np.exp(-0.2 * time)
    curve[30:] = 1e-3  # a floor that would bend the tail
    assert nca.terminal(time, curve[None, :], lower_limit=1.1e-3).rate == pytest.approx(0.2, rel=1e-9)


def test_window_edges_between_grid_points_are_interpolated() -> None:
    time = np.arange(0.0, 11.0)
    curve = np.exp(-0.3 * time)[None, :]
    assert nca.auc(time, curve, 2.5, 7.25) == pytest.approx(
        (np.exp(-0.3 * 2.5) - np.exp(-0.3 * 7.25)) / 0.3, rel=EXACT
    )


def test_areas_of_neighboring_windows_add_up(grid: np.ndarray) -> None:
    curve = oral(grid, 0.9, 0.1)[None, :]
    parts = nca.auc(grid, curve, 0.0, 13.37) + nca.auc(grid, curve, 13.37, 120.0)
    assert parts == pytest.approx(nca.auc(grid, curve), rel=1e-9)


def test_last_zero_does_not_count_toward_infinity() -> None:
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    curve = np.array([8.0, 4.0, 2.0, 1.0, 0.5, 0.0])
    phase = nca.terminal(time, curve[None, :])
    area, _ = nca.auc_to_infinity(time, curve[None, :], phase)
    assert area == pytest.approx(8.0 / np.log(2.0), rel=1e-9)


def test_failed_persons_give_nan_and_do_not_touch_others(grid: np.ndarray) -> None:
    good = oral(grid, 1.0, 0.1)
    both = np.array([good, np.full_like(good, np.nan)])
    phase = nca.terminal(grid, both)
    metrics = [
        *nca.peak(grid, both),
        nca.auc(grid, both),
        phase.rate,
        *nca.auc_to_infinity(grid, both, phase),
    ]
    alone = nca.terminal(grid, good[None, :])
    expected = [*nca.peak(grid, good[None, :]), nca.auc(grid, good[None, :]), alone.rate]
    for both_values, value in zip(metrics, expected, strict=False):
        assert both_values[0] == value[0]
    assert all(np.isnan(values[1]) for values in metrics)


def test_absent_drug() -> None:
    time, none = np.arange(5.0), np.zeros((1, 5))
    cmax, tmax = nca.peak(time, none)
    assert cmax == 0.0
    assert np.isnan(tmax)
    assert nca.auc(time, none) == 0.0


def test_window_beyond_the_record_is_refused() -> None:
    time, curve = np.arange(5.0), np.ones((1, 5))
    with pytest.raises(ResultError) as caught:
        nca.auc(time, curve, 0.0, 9.0)
    assert str(caught.value) == "time 9 lies outside of the record; expected a time between 0 and 4."


def test_empty_window_is_refused() -> None:
    with pytest.raises(ResultError, match=r"the window 3 to 3 is empty; expected a start before the end\."):
        nca.auc(np.arange(5.0), np.ones((1, 5)), 3.0, 3.0)
