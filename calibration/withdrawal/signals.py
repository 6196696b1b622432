"""Net signal at the mu receptor of every episode, and adaptation to it by exact filters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from speciosa.body.person import modules_for
from speciosa.engine import Schedules, compile_model
from speciosa.evidence import Evidence
from speciosa.model import compose
from speciosa.regimens import Administration, Dose, input_doses, to_events, uses
from speciosa.simulation import Setting
from withdrawal.records import Episode

FloatArray = npt.NDArray[np.float64]
STEP, DAY = 4.0, 24.0
LAST_DAY = 150
SIGNAL = "signal.MOR"


def signals(found: Sequence[Episode], evidence: Evidence) -> FloatArray:
    """Signal of the typical adult on a grid of `STEP` hours from the first dose, one row an episode."""
    grid = np.arange(0.0, DAY * LAST_DAY + 1.0, STEP)
    library = Setting(evidence=evidence).library
    doses = [
        input_doses(
            [
                Administration(DAY * day, Dose("buprenorphine", amount, "mg", "sublingual"))
                for day, amount in sorted(episode.doses.items())
                if amount > 0.0 and day < LAST_DAY
            ],
            library,
            evidence,
        )
        for episode in found
    ]
    used = uses(tuple(dose for mine in doses for dose in mine))
    model = compose(modules_for(used, library), evidence, name="buprenorphine by day")
    inlets = {use: model.inlet_groups[use.group] for use in used}
    masses = {use.drug: evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in used}
    events = tuple(to_events(mine, inlets, masses) for mine in doses)
    parameters = np.tile([item.value for item in model.parameters], (len(found), 1))
    kernel = compile_model(model, outputs=[SIGNAL])
    solution = kernel.run(parameters, Schedules(events, np.arange(len(found))), grid, start=0.0)
    if solution.status.any():
        raise SystemExit("the signal of some episodes was not solved")
    return np.asarray(solution.values[..., 0])


def adapted(drive: FloatArray, half_life: float, step: float, start: FloatArray | float) -> FloatArray:
    """A state that follows a drive with a half-life, exact where the drive is linear between points."""
    rate = np.log(2.0) * step / half_life
    kept = np.exp(-rate)
    mean = -np.expm1(-rate) / rate
    new, old = 1.0 - mean, mean - kept
    begin = np.broadcast_to(np.asarray(start, dtype=np.float64), drive.shape[:-1])
    rest = (begin - new * drive[..., 0])[..., None]
    return np.asarray(lfilter([new, old], [1.0, -kept], drive, axis=-1, zi=rest)[0])
