"""Whose signal it is: the share of each molecule, over people and over what is not known.

Shares follow from plasma concentrations and a handful of receptor constants, so that their uncertainty can
be worked out on the recorded concentrations: constants are drawn from the ranges of their rows, the
concentrations of people stay as they were simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.evidence.row import INTERVAL_TYPES
from speciosa.late import pd
from speciosa.results.nca import FloatArray, time_mean

if TYPE_CHECKING:
    from speciosa.evidence import Evidence
    from speciosa.results.result import Result

DRAWS = 1000
WITHIN = 1.96
"""SDs from the middle to the ends of a range, which is taken as a 95 % interval."""
CONSTANTS = ("fu", "Kp,uu", "in_vivo", "Ki")
ENDS = (2.5, 50.0, 97.5)


def signal_shares(result: Result, evidence: Evidence, receptor: str, seed: int) -> pd.DataFrame:
    """See `Result.signal_shares`."""
    drugs = [
        name.removeprefix(f"share.{receptor}.")
        for name in result.outputs("share")
        if name.startswith(f"share.{receptor}.")
    ]
    missing = [drug for drug in drugs if f"plasma.{drug}" not in result.outputs()]
    if not drugs or missing:
        raise ResultError(
            f"shares at {receptor} need the shares and plasma concentrations of every ligand",
            expected="a scenario that records them; left out: " + (", ".join(missing) or "all"),
        )
    weighted = {drug: _mean_share(result, receptor, drug) for drug in drugs}
    levels = {drug: _mean_plasma(result, drug) for drug in drugs}
    drawn = _drawn(drugs, levels, evidence, receptor, seed)
    rows = []
    for drug in drugs:
        people = np.percentile(weighted[drug], (5.0, 50.0, 95.0))
        unknown = np.percentile(drawn[drug], ENDS)
        unbound = evidence.slot(f"{drug}.fu").value("")
        peak = float(np.median(np.asarray(result.output(f"plasma.{drug}").values)[result.is_ok].max(axis=1)))
        rows.append(
            {
                "drug": drug,
                "share": people[1],
                "p5": people[0],
                "p95": people[2],
                "low": unknown[0],
                "high": unknown[2],
                "peak unbound plasma (nmol/L)": unbound * peak,
                "over Ki": unbound * peak / evidence.slot(f"{drug}.Ki.{receptor}").value("nmol/L"),
            }
        )
    frame = pd.DataFrame(rows).sort_values("share", ascending=False, ignore_index=True)
    frame.attrs["caption"] = (
        f"Share of each molecule in the {receptor} signal over time: median over people, p5 to p95 between"
        " people, low to high over the ranges of the receptor constants (95 %); peak unbound plasma against"
        " the assay's Ki"
    )
    return frame


def _mean_share(result: Result, receptor: str, drug: str) -> FloatArray:
    """Share of the area under the signal, by person."""
    signal = np.asarray(result.output(f"signal.{receptor}").values)[result.is_ok]
    part = signal * np.asarray(result.output(f"share.{receptor}.{drug}").values)[result.is_ok]
    whole = time_mean(result.time, signal)
    return np.divide(time_mean(result.time, part), whole, out=np.zeros_like(whole), where=whole > 0.0)


def _mean_plasma(result: Result, drug: str) -> float:
    """Median over people of the mean concentration, nmol/L."""
    values = np.asarray(result.output(f"plasma.{drug}").values)[result.is_ok]
    return float(np.median(time_mean(result.time, values)))


def _drawn(
    drugs: list[str], levels: dict[str, float], evidence: Evidence, receptor: str, seed: int
) -> dict[str, FloatArray]:
    """Shares at the mean concentrations for constants drawn from their ranges."""
    generator = np.random.default_rng(seed)
    signals = {}
    for drug in drugs:
        names = [
            f"{drug}.{key}" if key in ("fu", "Kp,uu") else f"{drug}.{key}.{receptor}" for key in CONSTANTS
        ]
        unbound, entry, in_vivo, affinity = (_draw(name, evidence, generator) for name in names)
        efficacy = _draw(f"{drug}.efficacy.{receptor}", evidence, generator, is_share=True)
        # The free receptors are common to all ligands, so that they cancel in the shares.
        signals[drug] = levels[drug] * unbound * entry / (in_vivo * affinity) * efficacy
    whole = np.sum(list(signals.values()), axis=0)
    return {
        drug: np.divide(part, whole, out=np.zeros(DRAWS), where=whole > 0.0) for drug, part in signals.items()
    }


def _draw(
    name: str, evidence: Evidence, generator: np.random.Generator, *, is_share: bool = False
) -> FloatArray:
    """Draws of one constant: log-normal over its range, for efficacies normal and cut at 0."""
    row = evidence.slot(name).row
    unit = "nmol/L" if ".Ki." in name else ""
    value = evidence.slot(name).value(unit)
    interval = row.interval
    deviates = generator.standard_normal(DRAWS)
    if interval is None or not row.value:
        return np.full(DRAWS, value)
    low, high = (value * end / row.value for end in interval)
    width = 2.0 * (WITHIN if row.spread_type in INTERVAL_TYPES else 1.0)
    if is_share or low <= 0.0:
        return np.maximum(0.0, value + (high - low) / width * deviates)
    return np.asarray(value * np.exp(np.log(high / low) / width * deviates))
