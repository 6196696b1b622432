"""What a forecast rests on, and where variants of the model disagree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from speciosa import __version__
from speciosa.forecasting.forecast import Basis, Prediction, VariantForecast
from speciosa.forecasting.intake import CONTINUE
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, VITALS, PersonRecord
from speciosa.forecasting.variants import Variant
from speciosa.people import NEEDED
from speciosa.regimens import Regimen
from speciosa.simulation import Setting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
QUICK = "Most probable gain and floor with the normal distribution around them; the typical body."
FULL = (
    "Sequential Monte Carlo over gain, floor and bodies that differ in kinetics; single ratings with the"
    " noise of an occasion."
)


def basis_of(
    record: PersonRecord,
    setting: Setting,
    variants: Sequence[Variant],
    plan: str | Regimen,
    *,
    quick: bool,
) -> Basis:
    """The basis of a forecast."""
    used, missing = _inputs(record)
    return Basis(
        used,
        missing,
        _assumptions(record, plan),
        QUICK if quick else FULL,
        __version__,
        setting.evidence.digest,
        tuple(dict.fromkeys(item.validated for item in variants)),
        NOT_VALIDATED,
    )


NOT_VALIDATED = (
    "Kratom, other opioids than buprenorphine, naltrexone and alpha-2 agonists: no individual records were"
    " available.",
    "Totals and items of COWS, self-rated scales and hours of the day: the records hold classes by day.",
    "Pregnancy, adolescents, people over 65, liver or kidney disease.",
)


def _inputs(record: PersonRecord) -> tuple[tuple[str, ...], tuple[str, ...]]:
    moment = record.moment
    early = [item for item in record.observations if item.time <= moment]
    ratings = [item for item in early if item.scale is not None]
    doses = [item for item in record.doses if item.time <= moment]
    used = [f"{len(ratings)} ratings" if len(ratings) != 1 else "1 rating"] if ratings else []
    for how in ("administered", "reported", "missed"):
        count = sum(item.how == how for item in doses)
        if count:
            used.append(f"{count} {how} dose{'' if count == 1 else 's'}")
    concentrations = sum(item.is_concentration for item in early)
    if concentrations:
        used.append(f"{concentrations} concentration{'' if concentrations == 1 else 's'}")
    if record.before:
        used.append(f"before the record: {record.before}")
    used += [f"{name} {value}" for name, value in record.covariates.items()]
    missing = [] if ratings else ["ratings: the forecast is that of the population"]
    if not record.before:
        missing.append("what was taken before the record: taken to be nothing")
    missing += [f"{name}: that of the reference adult" for name in NEEDED if name not in record.covariates]
    vitals = dict.fromkeys(item.measure for item in early if item.measure in VITALS)
    missing += [f"{name}: in the record, but no part of the model" for name in vitals]
    return tuple(used), tuple(missing)


def _assumptions(record: PersonRecord, plan: str | Regimen) -> tuple[str, ...]:
    found = []
    if plan == CONTINUE:
        found.append(
            "Doses to come are those of the last 24 h of the record; this is no advice to take them."
        )
    if record.before == UNKNOWN_OPIOIDS:
        found.append(
            "Dependence and tolerance at the start are those of people who came to the taper trial"
            " (CTN-0030)."
        )
    if any(item.window for item in record.ratings):
        found.append("A rating without an hour stands for the mean of the time before it.")
    if any(item.cv for item in record.doses):
        found.append("Reported amounts are off in the same sense all along, by the uncertainty stated.")
    found.append("Gain and floor of the person stay as they are.")
    return tuple(found)


def disagreement_of(
    results: Sequence[VariantForecast], grid: FloatArray, moment: float, setting: Setting
) -> str:
    """One statement where variants part after the moment; empty where they agree.

    They part where the probability of some severity class or worse differs by more than a choice of the
    evidence, or, on a scale without classes, where the median of one lies outside of another's 50 % band.
    """
    ahead = np.flatnonzero(grid > moment)
    if len(results) < 2 or not len(ahead):  # noqa: PLR2004
        return ""
    limit = setting.evidence.slot("forecast.disagreement").value("")
    parts = []
    for scale in results[0].scores:
        given = [item.scores[scale]["forecast"] for item in results]
        has_classes = bool(given[0].classes)
        words = _by_class(results, given, ahead, limit) if has_classes else _by_median(results, given, ahead)
        if words:
            at, said = words
            parts.append(f"Variants disagree on {scale} {grid[at] - moment:.0f} h ahead: {said}.")
    return " ".join(parts)


def _by_class(
    results: Sequence[VariantForecast], given: Sequence[Prediction], ahead: IntArray, limit: float
) -> tuple[int, str] | None:
    """Where, and how, the probability of a class or worse differs most; None if within the limit."""
    names = list(given[0].classes)
    # (variants, classes, times): that class or worse.
    shares = np.array([[item.classes[name] for name in names] for item in given])
    above = shares[:, ::-1].cumsum(axis=1)[:, ::-1]
    gap = np.ptp(above[:, 1:, ahead], axis=0)
    place, column = np.unravel_index(int(gap.argmax()), gap.shape)
    if gap[place, column] < limit:
        return None
    at, chance = int(ahead[column]), above[:, place + 1, ahead[column]]
    high, low = int(chance.argmax()), int(chance.argmin())
    return at, (
        f"{names[place + 1]} or worse has a probability of {chance[high]:.0%} by the variant"
        f" {results[high].name!r} and of {chance[low]:.0%} by {results[low].name!r}"
    )


def _by_median(
    results: Sequence[VariantForecast], given: Sequence[Prediction], ahead: IntArray
) -> tuple[int, str] | None:
    """Where medians lie outside of each other's 50 % band, and how far apart."""
    medians, low, high = (
        np.array([getattr(item.score, name) for item in given])[:, ahead]
        for name in ("median", "low50", "high50")
    )
    is_out = ((medians[:, None] < low[None]) | (medians[:, None] > high[None])).any(axis=(0, 1))
    if not is_out.any():
        return None
    column = int(np.where(is_out, np.ptp(medians, axis=0), -1.0).argmax())
    top, least = int(medians[:, column].argmax()), int(medians[:, column].argmin())
    return int(ahead[column]), (
        f"the median is {medians[top, column]:.0f} by the variant {results[top].name!r} and"
        f" {medians[least, column]:.0f} by {results[least].name!r}"
    )
