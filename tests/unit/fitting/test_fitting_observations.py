"""Observation models: densities against SciPy, derivatives against differences, limits, classes, counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting import ABOVE, BELOW, ClassCounts, Classes, LogNormal, Measurement, Normal, Ordinal
from speciosa.fitting.observations import sheet

NONE = np.zeros((1, 4), dtype=np.int8)
F = np.array([[2.0, 3.5, 5.0, 8.0]])
Y = np.array([[2.3, 3.0, 5.6, 7.0]])
CODES = np.array([[0, BELOW, ABOVE, 0]], dtype=np.int8)
CUTS = (2.0, 4.0, 7.0)
CLASSES = np.array([[0.0, 1.0, 3.0, 2.0]])


def own_of(model) -> list[np.ndarray]:
    return [np.array([[item.start]]) for item in model.own]


MODELS = [
    (Normal(additive=0.7), Y, NONE),
    (Normal(proportional=0.2), Y, NONE),
    (Normal(additive=0.7, proportional=0.2), Y, NONE),
    (Normal(additive=0.7, proportional=0.2), Y, CODES),
    (LogNormal(0.3), Y, NONE),
    (LogNormal(0.3), Y, CODES),
    (Ordinal(Classes(CUTS)), CLASSES, NONE),
    (Ordinal(Classes(CUTS, scale=1.4, link="normal", is_scale_fitted=True)), CLASSES, NONE),
    (Ordinal(Classes(CUTS, occasion=0.8, are_cuts_fitted=True)), CLASSES, NONE),
    (Ordinal(Classes(CUTS, link="normal", occasion=0.8)), CLASSES, NONE),
    (ClassCounts(Classes(CUTS)), np.array([[[3.0, 1, 0, 2]] * 4]), NONE),
]


@pytest.mark.parametrize(("model", "value", "code"), MODELS)
def test_derivatives_are_those_of_the_density(model, value, code) -> None:
    own, h = own_of(model), 1e-4
    here, ahead, behind = (model.terms(value, code, F + step, own) for step in (0.0, h, -h))
    assert here.score == pytest.approx((ahead.density - behind.density) / (2 * h), rel=1e-6, abs=1e-7)
    assert here.curvature == pytest.approx(-(ahead.score - behind.score) / (2 * h), rel=1e-6, abs=1e-7)
    assert (here.information >= 0.0).all()


def test_normal_density() -> None:
    model = Normal(additive=0.7, proportional=0.2)
    right = stats.norm.logpdf(Y, F, np.sqrt(0.7**2 + (0.2 * F) ** 2))
    assert model.terms(Y, NONE, F, own_of(model)).density == pytest.approx(right)


def test_without_interaction_the_size_of_errors_is_taken_elsewhere() -> None:
    model = Normal(proportional=0.2)
    found = model.terms(Y, NONE, F, own_of(model), spread_at=np.full_like(F, 4.0))
    assert found.density == pytest.approx(stats.norm.logpdf(Y, F, 0.8))
    assert found.curvature == pytest.approx(np.full_like(F, 0.8**-2))


def test_log_normal_density_is_that_of_the_value_itself() -> None:
    model = LogNormal(0.3)
    right = stats.lognorm.logpdf(Y, 0.3, scale=F)
    assert model.terms(Y, NONE, F, own_of(model)).density == pytest.approx(right)


def test_beyond_a_limit_its_probability_counts() -> None:
    model = Normal(additive=0.7)
    found = model.terms(Y, CODES, F, own_of(model)).density[0]
    assert found[1] == pytest.approx(stats.norm.logcdf(3.0, 3.5, 0.7))
    assert found[2] == pytest.approx(stats.norm.logsf(5.6, 5.0, 0.7))


def test_far_beyond_a_limit_nothing_breaks() -> None:
    model = Normal(additive=0.01)
    found = model.terms(np.full((1, 1), 1.0), np.full((1, 1), BELOW, dtype=np.int8), np.full((1, 1), 5.0),
                        own_of(model))  # fmt: skip
    assert np.isfinite(found.density).all()
    assert found.score[0, 0] < 0.0


@pytest.mark.parametrize("model", [item[0] for item in MODELS if isinstance(item[0], Normal | LogNormal)])
def test_information_is_the_expected_curvature(model) -> None:
    own, f = own_of(model), np.array([[3.0]])
    code = np.zeros((1, 1), dtype=np.int8)

    def weighed(y: float) -> float:
        terms = model.terms(np.array([[y]]), code, f, own)
        return float(np.exp(terms.density[0, 0]) * terms.score[0, 0] ** 2)

    right = integrate.quad(weighed, 1e-9 if isinstance(model, LogNormal) else -20.0, 40.0, limit=300)[0]
    assert model.terms(f, code, f, own).information[0, 0] == pytest.approx(right, rel=1e-6)


def test_classes_by_hand() -> None:
    found = Classes(CUTS, scale=2.0).probabilities(F, [])
    edges = expit((np.array(CUTS) - F[..., None]) / 2.0)
    assert np.cumsum(found, axis=-1)[..., :3] == pytest.approx(edges)
    assert found.sum(axis=-1) == pytest.approx(np.ones_like(F))


def test_noise_of_the_occasion_is_integrated_out() -> None:
    model = Classes(CUTS, occasion=0.8)
    found = model.probabilities(np.array([[3.0]]), [np.array([[0.8]])])[0, 0]
    plain = Classes(CUTS)
    for k in range(4):
        right = integrate.quad(
            lambda z, k=k: plain.probabilities(np.array([[3.0 + 0.8 * z]]), [])[0, 0, k] * stats.norm.pdf(z),
            -9,
            9,
        )[0]
        assert found[k] == pytest.approx(right, rel=1e-6)


def test_in_the_far_tail_classes_keep_their_digits() -> None:
    found = Classes((1.0, 2.0), link="normal").probabilities(np.array([[-20.0]]), [])[0, 0]
    assert found[2] == pytest.approx(stats.norm.sf(22.0), rel=1e-10)
    assert found[1] == pytest.approx(stats.norm.sf(21.0) - stats.norm.sf(22.0), rel=1e-10)


def test_counts_are_multinomial() -> None:
    model = ClassCounts(Classes(CUTS))
    counts = np.array([[[3.0, 1, 0, 2]]])
    chances = model.classes.probabilities(F[:, :1], [])[0, 0]
    right = stats.multinomial.logpmf(counts[0, 0], 6, chances)
    assert model.terms(counts, NONE[:, :1], F[:, :1], []).density[0, 0] == pytest.approx(right)


@pytest.mark.parametrize("model", [item[0] for item in MODELS if not isinstance(item[0], ClassCounts)])
def test_draws_follow_the_density(model) -> None:
    generator, f = np.random.default_rng(4), np.full((20_000, 1), 4.0)
    own = [np.full((20_000, 1), item.start) for item in model.own]
    drawn = model.draw(f, own, generator)
    code = np.zeros((20_000, 1), dtype=np.int8)
    # The score has mean zero under the model's own distribution.
    score = model.terms(drawn, code, f, own).score
    assert abs(score.mean()) < 5.0 * score.std() / np.sqrt(len(score))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Normal, "a normal error has additive None and proportional None; expected one or both"),
        (lambda: Normal(additive=-1.0), "additive -1.0"),
        (lambda: LogNormal(0.0), "the SD of the logarithm is 0.0; expected a number above zero"),
        (lambda: Classes((3.0, 2.0)), r"the cut points are \(3.0, 2.0\); expected one or more increasing"),
        (lambda: Classes((1.0,), link="probit"), "the link is 'probit'; expected logistic or normal"),
        (lambda: Classes((1.0,), scale=0.0), "scale is 0.0"),
        (
            lambda: Classes((1.0,), link="normal", occasion=1.0, is_scale_fitted=True),
            "scale and noise of the occasion are both fitted",
        ),
        (
            lambda: ClassCounts(Classes(CUTS)).draw(F, [], np.random.default_rng(1)),
            "counts of classes cannot be simulated",
        ),
        (
            lambda: Measurement("y", Ordinal(Classes(CUTS)), np.array([0]), np.array([1.0]), np.array([7.0])),
            "measurement of y: a class is not one of 0 to 3",
        ),
        (
            lambda: Measurement("y", LogNormal(1.0), np.array([0]), np.array([1.0]), np.array([0.0])),
            "a value is not above zero",
        ),
        (
            lambda: Measurement("y", Normal(1.0), np.array([0, 1]), np.array([1.0]), np.array([0.0])),
            "2 people, 1 times and values of shape",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(make, message) -> None:
    with pytest.raises((FitError, UnknownNameError), match=message):
        make()


def test_observations_of_people_with_times_of_their_own_become_a_table() -> None:
    one = Measurement(
        "y", Normal(1.0), np.array([1, 0, 1]), np.array([5.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])
    )
    two = Measurement("z", Normal(1.0), np.array([0]), np.array([7.0]), np.array([9.0]), name="other")
    found = sheet((one, two), 3)
    assert found.times.tolist() == [[2.0, 7.0], [1.0, 5.0], [0.0, np.inf]]
    assert found.is_seen.tolist() == [[True, False, True], [True, True, False], [False, False, False]]
    assert found.values[0][1].tolist() == [3.0, 1.0]
    assert found.place[1, :2].tolist() == [0, 1]
    assert found.output.tolist() == [0, 0, 1]
