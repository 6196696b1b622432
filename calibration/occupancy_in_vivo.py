"""In-vivo factors on the inhibition constant at MOR, fitted to occupancy seen by PET.

For each drug the typical adult is simulated under the study's regimen, and the factor f is the most
probable one given the occupancies (normal errors of the printed size) and a log-normal prior. The prior of
buprenorphine, naloxone and naltrexone has median 1 and geometric SD 2 (row `invivo-prior`); the prior of
methadone, a full agonist, has the sodium index as its median, since assays without sodium see the
high-affinity state that agonists prefer. SD of ln f from the curvature, widened where the fit misses by
more than the errors.
Run: ``python calibration/occupancy_in_vivo.py`` prints the rows and the fitted occupancies.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

DAY = 24.0
LAST_DAY = 13 * DAY
STEP = 1e-3


class Study(NamedTuple):
    """One regimen: when it was scanned (h; None for the peak), and the row with the occupancy."""

    regimen: str
    until: float
    scanned: float | None
    row: str


BUPRENORPHINE = tuple(
    Study(
        f"buprenorphine {dose} mg sublingual once a day for 14 days",
        LAST_DAY + 24.0,
        LAST_DAY + 4.0,
        f"bup-occ-{dose}mg-greenwald2003",
    )
    for dose in (2, 16, 32)
)
NALOXONE = tuple(
    Study(f"naloxone {dose} mg IN once", 4.0, None, f"nlx-in{dose}-johansson2019") for dose in (2, 4)
)
# Doses were not read; 60 mg is the middle of the 30 to 90 mg that are recalled.
METHADONE = (
    Study(
        "methadone 60 mg once a day for 28 days",
        28 * 24.0,
        27 * 24.0 + 22.0,
        "methadone-occ-kling2000",
    ),
)
# Scanned "under 8 h": the middle is taken.
NALTREXONE = tuple(
    Study(f"naltrexone {dose} mg by mouth once", 8.0, 4.0, f"ntx-po-trostheim-{row}")
    for dose, row in ((2, "01"), (15, "05"), (50, "06"))
)
# Error of occupancy where the row prints none: peaks of single scans, and a range of regions.
ERROR = 5.0


def binding(study: Study, drugs: tuple[str, ...], setting: Setting) -> float:
    """Sum of concentration over Ki at MOR with a factor of 1."""
    names = tuple(f"binding.MOR.{drug}" for drug in drugs)
    scenario = Scenario(
        regimen=parse(study.regimen, setting.library),
        people=population(setting.evidence, 1, seed=1),
        until=study.until,
        outputs=names,
        every=0.05 if study.until <= DAY else 1.0,
        values={f"{drug}.in_vivo.MOR": 1.0 for drug in drugs},
    )
    data = simulate(scenario, setting).data.isel(person=0)
    total = np.sum([data[name].values for name in names], axis=0)
    return float(total.max() if study.scanned is None else np.interp(study.scanned, data.time, total))


def fit(
    studies: tuple[Study, ...], drugs: tuple[str, ...], median: float, evidence: Evidence
) -> tuple[float, float, list[float]]:
    """Most probable factor, SD of its logarithm, fitted occupancies (%)."""
    setting = Setting(evidence=evidence)
    at_one = [binding(study, drugs, setting) for study in studies]
    rows = [evidence.rows[study.row] for study in studies]
    errors = [float(row.spread) if row.spread_type == "SE" else ERROR for row in rows]
    low, high = evidence.rows["invivo-prior"].interval or (0.0, 0.0)
    width = log(high / low) / 4.0

    def found(at: float) -> list[float]:
        return [100.0 * b / (exp(at) + b) for b in at_one]

    def misfit(at: float) -> float:
        return sum(
            ((value - float(row.value or 0.0)) / error) ** 2
            for value, row, error in zip(found(at), rows, errors, strict=True)
        )

    def cost(at: float) -> float:
        return misfit(at) + ((at - log(median)) / width) ** 2

    best = float(minimize_scalar(cost, bounds=(-4.0, 7.0), method="bounded", options={"xatol": 1e-8}).x)
    curvature = (cost(best + STEP) - 2.0 * cost(best) + cost(best - STEP)) / (2.0 * STEP**2)
    widened = max(1.0, misfit(best) / max(1, len(studies) - 1)) if len(studies) > 1 else 1.0
    return exp(best), sqrt(widened / curvature), found(best)


def fits(evidence: Evidence) -> dict[str, tuple[float, float, list[float]]]:
    """The fit behind each row."""
    index = float(evidence.rows["sodium-index-methadone"].value or 0.0)
    return {
        "bup-invivo-pet": fit(BUPRENORPHINE, ("buprenorphine",), 1.0, evidence),
        "nlx-invivo-pet": fit(NALOXONE, ("naloxone",), 1.0, evidence),
        "ntx-invivo-pet": fit(NALTREXONE, ("naltrexone", "6-beta-naltrexol"), 1.0, evidence),
        "methadone-invivo-pet": fit(METHADONE, ("r-methadone", "s-methadone"), index, evidence),
    }


def compute(evidence: Evidence) -> dict[str, float]:
    """Factor and SD of its logarithm for each row."""
    found = {}
    for name, (factor, spread, _) in fits(evidence).items():
        found[name] = float(f"{factor:.3g}")
        found[f"{name} SD"] = float(f"{spread:.2g}")
    return found


if __name__ == "__main__":
    for row_id, (factor, spread, occupancies) in fits(load()).items():
        shown = ", ".join(f"{value:.0f}" for value in occupancies)
        print(f"{row_id}: {factor:.3g} (SD of the natural log {spread:.2g}); fitted occupancy {shown} %")
