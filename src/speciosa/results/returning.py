"""The returning dose: what the usual dose does after abstinence, against what it did when it was last taken.

Tolerance lowers the reserve of breathing by the factor ``shift``. The usual signal S is the largest signal
of the day before the last use; its effect then and now is

    E = psi S / (1 + (psi - 1) S),    psi = reserve / shift,    as strong as = shift at last use / shift now

so that E / (1 - E) = psi S / (1 - S), which for a full agonist rises in proportion to concentration. A dose
that was taken with full tolerance acts, at time t, as so many of the usual doses would have acted then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.late import xr

if TYPE_CHECKING:
    from speciosa.results.nca import FloatArray
    from speciosa.results.result import Result

DAY = 24.0
SIGNAL, SHIFT, EFFECT = "signal.MOR", "shift.ventilation", "effect.ventilation"


def returning_dose(result: Result, last_use: float) -> xr.Dataset:
    """See `Result.returning_dose`."""
    missing = [name for name in (SIGNAL, SHIFT, EFFECT) if name not in result.outputs()]
    if missing:
        raise ResultError(
            f"the returning dose needs {', '.join(missing)}", expected="a scenario that records these outputs"
        )
    time = result.time
    at = int(np.searchsorted(time, last_use, side="right")) - 1
    if at < 0:
        raise ResultError(
            f"nothing is recorded before {last_use:g} h", expected=f"a time from {time[0]:g} h on"
        )
    signal, shift, effect = (np.asarray(result.output(name).values) for name in (SIGNAL, SHIFT, EFFECT))
    before = (time >= time[at] - DAY) & (time <= time[at])
    peak = np.argmax(np.where(before, signal, -np.inf), axis=1)
    rows = np.arange(len(signal))
    usual, then, usual_effect = (table[rows, peak] for table in (signal, shift, effect))
    if not (usual > 0.0).all():
        raise ResultError(
            f"there is no signal in the day before {last_use:g} h", expected="the time of the last use"
        )
    driven = _odds(usual_effect)[:, None] * then[:, None] / shift
    again = driven / (1.0 + driven)
    later = time >= time[at]
    parts: dict[str, tuple[FloatArray, str]] = {
        "as strong as": (then[:, None] / shift, "usual doses at the last use, for breathing"),
        "effect": (again, "effect of the usual signal on breathing, share of the largest"),
        "effect ratio": (again / usual_effect[:, None], "effect now over effect at the last use"),
    }
    return xr.Dataset(
        {
            name: (("person", "time"), values[:, later], {"unit": "dimensionless", "long_name": words})
            for name, (values, words) in parts.items()
        },
        coords={"person": result.data["person"], "time": time[later]},
        attrs={"last_use": float(time[at]), "failed": result.failed},
    )


def _odds(effect: FloatArray) -> FloatArray:
    """Reserve times the odds of the signal, back from the effect."""
    return effect / (1.0 - effect)
