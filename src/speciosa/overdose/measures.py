"""What an overdose comes to, in numbers: arrest, and how far and how long breathing failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from speciosa.body.breathing import signals
from speciosa.evidence import Evidence
from speciosa.overdose.arrest import PERCENT, Shares, wilson
from speciosa.overdose.run import Outcome
from speciosa.results import Result
from speciosa.results.summaries import COLUMNS, statistics
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
NOT_INCIDENCE = (
    "Percentages are shares of virtual people at the doses asked for, in this model. They are not incidence:"
    " how often such an overdose ends so in life depends on doses, company and care that no model here knows."
)
MOSTLY_ASSAY = (
    "The binding constants come from one assay, and what it leaves open is part of the percentages: the rows"
    " on variance say how much."
)


def measures(outcome: Outcome, evidence: Evidence, shares: Sequence[Shares] = ()) -> pd.DataFrame:
    """One row an arm and measure, in the form of `Comparison.table`.

    Parameters
    ----------
    outcome : Outcome
    evidence : Evidence
        Limits of reports.
    shares : sequence of Shares
        From `shares_of`, for a population.

    Returns
    -------
    pandas.DataFrame
        Columns measure, arm, unit, n, failed, median, mean, CV%, p5, p25, p75, p95.
    """
    rows: list[dict[str, object]] = []
    for arm, result in outcome.arms.items():
        flags = outcome.is_arrested(arm, evidence)
        known = flags[~np.isnan(flags)]
        own = next((item for item in shares if item.arm == arm), None)
        head = {"arm": arm, "failed": result.failed}
        rows += [{**head, **row} for row in _arrest(known, own)]
        for name, unit, values in _course(result, outcome, arm, evidence):
            found = statistics(values)
            count = int(found.pop("n"))
            rows.append({**head, "measure": name, "unit": unit, "n": count, **found})
    order = {name: place for place, name in enumerate(dict.fromkeys(str(row["measure"]) for row in rows))}
    frame = pd.DataFrame(rows, columns=["measure", "arm", "unit", "n", "failed", *COLUMNS])
    return frame.sort_values("measure", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _arrest(known: FloatArray, shares: Shares | None) -> Iterator[dict[str, object]]:
    """Rows of arrest: of one person whether, of a population how many and what that is made of."""
    if known.size <= 1:
        yield _single(
            "cardiac arrest (1 yes, 0 no)", "dimensionless", known.mean() if known.size else np.nan, 1
        )
        return
    share = float(known.mean())
    low, high = wilson(share, known.size)
    yield _single("cardiac arrest", "%", share * PERCENT, known.size)
    yield _single("cardiac arrest, lower 95 % limit of sampling", "%", low * PERCENT, known.size)
    yield _single("cardiac arrest, upper 95 % limit of sampling", "%", high * PERCENT, known.size)
    if shares is not None:
        yield _single("cardiac arrest, only people differ", "%", shares.people, shares.n)
        yield _single("cardiac arrest, only the assay is uncertain", "%", shares.assay, shares.n)
        yield _single(
            "share of the variance by uncertainty of the assay", "%", shares.assay_share * PERCENT, shares.n
        )
        yield _single("share of the variance by people alone", "%", shares.people_share * PERCENT, shares.n)


def _single(name: str, unit: str, value: float, n: int) -> dict[str, object]:
    """A number of the whole group, without percentiles over persons."""
    empty = dict.fromkeys(COLUMNS, float("nan"))
    return {"measure": name, "unit": unit, "n": n, **empty, "median": value, "mean": value}


def _course(
    result: Result, outcome: Outcome, arm: str, evidence: Evidence
) -> Iterable[tuple[str, str, FloatArray]]:
    def values(name: str) -> FloatArray:
        return np.asarray(result.output(name).values, dtype=np.float64)

    def below(name: str, limit: float, *, is_above: bool = False) -> FloatArray:
        curve = values(name)
        inside = curve > limit if is_above else curve < limit
        found = np.trapezoid(inside.astype(np.float64), result.time, axis=1)
        return np.where(np.isnan(curve).any(axis=1), np.nan, convert(found, "h", "min"))

    def limit(name: str, unit: str) -> float:
        return evidence.slot(f"breathing.limit.{name}").value(unit)

    oxygen, brain = limit("arterial.PO2", "mmHg"), limit("brain.PO2", "mmHg")
    saturation, carbon = limit("saturation", ""), limit("arterial.PCO2", "mmHg")
    yield "lowest ventilation", "L/min", values(signals.VENTILATION.name).min(axis=1)
    yield "lowest arterial PO2", "mmHg", values(signals.ARTERIAL_O2.name).min(axis=1)
    yield "highest arterial PCO2", "mmHg", values(signals.ARTERIAL_CO2.name).max(axis=1)
    yield f"time with PO2 of the brain below {brain:g} mmHg", "min", below(signals.BRAIN_O2.name, brain)
    yield f"time with arterial PO2 below {oxygen:g} mmHg", "min", below(signals.ARTERIAL_O2.name, oxygen)
    yield (
        f"time with saturation below {saturation * PERCENT:g} %", "min",
        below(signals.SATURATION.name, saturation),
    )  # fmt: skip
    yield (
        f"time with arterial PCO2 above {carbon:g} mmHg", "min",
        below(signals.ARTERIAL_CO2.name, carbon, is_above=True),
    )  # fmt: skip
    rescue = outcome.rescue_at if outcome.arms_run[arm].rescue else np.full_like(outcome.rescue_at, np.nan)
    yield "rescue begins at", "min", convert(rescue, "h", "min")
