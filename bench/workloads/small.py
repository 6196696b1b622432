"""W1, W2 and W2S. Time in h, amounts in mg, volumes in L. The numbers are round and no evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workloads.definition import Column, Dosing, FloatArray, Workload

W1 = Workload(
    name="W1",
    title="two compartments, oral, 42 doses in 14 days",
    people=10_000,
    seed=20261101,
    columns=(Column("CL", 5.0, 0.3), Column("V", 50.0, 0.2), Column("KA", 1.0, 0.4)),
    fixed={"Q": 8.0, "V2": 100.0},
    algebra={},
    rates={"G": "-KA*G", "C": "KA*G - (CL + Q)/V*C + Q/V2*P", "P": "Q/V*C - Q/V2*P"},
    outputs={"CP": "C/V"},
    dosing=(Dosing("G", 100.0, 1.0, 0.0, 8.0, 42),),
    end=336,
    every=1,
    digest="b99d67afeba5e19f",
)

W2 = Workload(
    name="W2",
    title="two drugs that bind one receptor, slow tolerance, 112 doses in 28 days",
    people=1_000,
    seed=20261102,
    columns=(
        Column("CLA", 48.0, 0.3),
        Column("V1A", 60.0, 0.2),
        Column("KAA", 2.0, 0.4),
        Column("CLB", 55.0, 0.3),
        Column("V1B", 100.0, 0.2),
        Column("KAB", 1.2, 0.4),
        Column("KDA", 1.35, 0.2),
        Column("KDB", 1.0, 0.2),
        Column("KOFFB", 0.6, 0.3),
    ),
    fixed={
        "QA": 120.0, "V2A": 250.0, "QB": 60.0, "V2B": 600.0, "FUA": 0.2, "KOFFA": 12.0, "EA": 1.0, "EB": 0.4,
        "KTOL": 1.0 / 120.0, "MWA": 336.5, "MWB": 467.6,
    },
    algebra={"ca": "CA/V1A", "cb": "CB/V1B", "unheld": "1.0 - RA - RB"},
    rates={
        "DA": "-KAA*DA",
        "CA": "KAA*DA - CLA*ca - QA*ca + QA*PA/V2A",
        "PA": "QA*ca - QA*PA/V2A",
        "DB": "-KAB*DB",
        "CB": "KAB*DB - CLB*cb - QB*cb + QB*PB/V2B",
        "PB": "QB*cb - QB*PB/V2B",
        "RA": "KOFFA*(FUA*ca*1e6/MWA/KDA*unheld - RA)",
        "RB": "KOFFB*(cb*1e6/MWB/KDB*unheld - RB)",
        "TOL": "KTOL*(EA*RA + EB*RB - TOL)",
    },
    outputs={"ca": "ca", "cb": "cb", "RA": "RA", "RB": "RB", "TOL": "TOL", "E": "EA*RA + EB*RB"},
    dosing=(Dosing("DA", 1.6, 1.0, 0.0, 8.0, 84), Dosing("DB", 16.0, 0.3, 4.0, 24.0, 28)),
    end=672,
    every=20,
    digest="2d8e912f75b7214f",
)  # fmt: skip

W2S = replace(
    W2,
    name="W2S",
    title="W2 with a ligand that leaves the receptor fifty times as fast",
    fixed={**W2.fixed, "KOFFA": 600.0},
)

SMALL = (W1, W2, W2S)


def exact(people: FloatArray, times: FloatArray) -> FloatArray:
    """CP of W1 in closed form, people by times by 1.

    Each dose gives three exponentials of the time since it; those of all doses before form a geometric
    series.
    """
    clearance, volume, ka = (people[:, [index]] for index in range(3))
    (dosing,) = W1.dosing
    k10, k12, k21 = clearance / volume, W1.fixed["Q"] / volume, W1.fixed["Q"] / W1.fixed["V2"]
    half = (k10 + k12 + k21) / 2.0
    fast = half + np.sqrt(half * half - k10 * k21)
    slow = k10 * k21 / fast
    given = np.minimum(np.floor(times / dosing.interval), dosing.count - 1.0)[None, :]
    since = times[None, :] - given * dosing.interval
    found = np.zeros((len(people), len(times)))
    for rate, one, other in ((fast, slow, ka), (slow, fast, ka), (ka, fast, slow)):
        weight = ka / volume * (k21 - rate) / ((one - rate) * (other - rate))
        doses = np.expm1(-rate * dosing.interval * (given + 1.0)) / np.expm1(-rate * dosing.interval)
        found += dosing.amount * weight * np.exp(-rate * since) * doses
    return found[:, :, None]
