"""One parameter at a time, to both ends of what its row says of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from speciosa.sensitivity.evaluation import Factors, Progress

COLUMNS = ("measure", "parameter", "low", "high", "unit", "at low", "base", "at high", "swing")
ROW = ("row", "kind", "seen")


def tornado(factors: Factors, *, progress: Progress | None = None) -> pd.DataFrame:
    """What moving each parameter alone does to each measure.

    Parameters
    ----------
    factors : Factors
        As `factors_of` gives them.
    progress : callable, optional
        Called with the number of settings done and in all.

    Returns
    -------
    pandas.DataFrame
        One row a measure and parameter, the largest swing first: ends of the range or of the central 95 % (in
        the unit of the model), the measure there and at the value in use, and the evidence row; the
        attribute ``units`` has the unit of each measure.
    """
    count = len(factors.known)
    values = {name: np.full(2 * count + 1, belief.value) for name, belief in factors.known.items()}
    for place, (name, belief) in enumerate(factors.known.items()):
        values[name][2 * place + 1 : 2 * place + 3] = belief.low, belief.high
    found = factors.at(values, 2 * count + 1, progress)
    rows: list[tuple[object, ...]] = []
    for column, measure in enumerate(factors.measures):
        base = float(found[0, column])
        mine: list[tuple[object, ...]] = []
        for place, (name, belief) in enumerate(factors.known.items()):
            low, high = (float(item) for item in found[2 * place + 1 : 2 * place + 3, column])
            row = factors.row(name)
            each = (low, base, high)
            ends = (belief.low, belief.high, factors.unit(name))
            swing = max(each) - min(each)
            mine.append((measure.label, name, *ends, *each, swing, row.id, row.kind, row.seen))
        rows += sorted(mine, key=lambda item: -float(str(item[8])))
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *ROW])
    frame.attrs["units"] = {measure.label: factors.measure_unit(measure) for measure in factors.measures}
    return frame
