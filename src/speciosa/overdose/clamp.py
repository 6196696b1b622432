"""Ventilation at clamped alveolar gases: the open loop in which opioids are compared.

Studies hold end-tidal CO2 above normal while an opioid acts, so that breathing cannot defend itself. Here
alveoli of unlimited volume keep their pressures, and what opioids take is given.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from speciosa.body.breathing import breathing
from speciosa.body.breathing.signals import VENTILATION
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import Evidence
from speciosa.model import Module, Output, Parameter, Signal, compose
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
UNLIMITED = 1e9
# Hours before time 0 between which everything settles; delays do not matter in a steady state.
BEGIN, END = -8.0, -1.5


def clamped_ventilation(
    drive: Module,
    held: Mapping[Signal, FloatArray],
    evidence: Evidence,
    *,
    oxygen: float | None = None,
    is_hyperoxia_bounded: bool = False,
    target: str = "auto",
) -> FloatArray:
    """Steady ventilation at the clamp, L/min.

    Parameters
    ----------
    drive : Module
        Of `speciosa.body.breathing`; says what the held signals take from breathing.
    held : mapping of Signal to (n,) float
        Values of the signals that the drive reads.
    evidence : Evidence
        The slot ``breathing.clamp.PCO2`` names the clamp of CO2.
    oxygen : float, optional
        Alveolar PO2, mmHg; that of the start if left out.
    is_hyperoxia_bounded : bool
        As in `speciosa.body.breathing.breathing`.
    target : str
        Engine target.

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> from speciosa.body.breathing import published_drive
    >>> from speciosa.body.kinetics import bound
    >>> from speciosa.evidence import load
    >>> held = {bound("fentanyl"): np.array([0.0, 1.0])}
    >>> clamped_ventilation(published_drive(["fentanyl"], "naive"), held, load()).round(2)
    array([23.55,  0.  ])
    """
    parameters = {
        name: Parameter(f"held.{name.name}", name.unit, f"held: {name.description}") for name in held
    }
    holding = Module(
        name="held signals",
        description="signals that are given",
        parameters=tuple(parameters.values()),
        outputs=tuple(Output(name, item.expression) for name, item in parameters.items()),
    )
    values = {item.name: 0.0 for item in parameters.values()}
    model = compose(
        (*breathing(is_hyperoxia_bounded=is_hyperoxia_bounded), drive, holding),
        evidence,
        values=values,
        name="clamp",
    )
    n = len(next(iter(held.values())))
    table = np.tile([item.value for item in model.parameters], (n, 1))
    table[:, model.parameter_index["breathing.volume.alveolar"]] = UNLIMITED
    pressure = evidence.slot("breathing.clamp.PCO2").value("mmHg")
    table[:, model.parameter_index["breathing.start.alveolar.PCO2"]] = pressure
    if oxygen is not None:
        table[:, model.parameter_index["breathing.start.alveolar.PO2"]] = oxygen
    for name, item in parameters.items():
        table[:, model.parameter_index[item.name]] = held[name]
    nothing = Events.boluses(np.empty(0), inlet=0, amount=0.0)
    kernel = compile_model(model, target=target, outputs=[VENTILATION.name])
    found = kernel.run(table, Schedules.shared(nothing, n), np.array([END]), start=BEGIN)
    return np.asarray(convert(found.values[:, 0, 0], "L/h", "L/min"))


def depressed_at(share: float, ventilation: FloatArray, strength: FloatArray) -> float:
    """Where ventilation has fallen by a share of its value without opioid.

    Parameters
    ----------
    share : float
        0.5 for half.
    ventilation : (n,) float
        Falling; the first is without opioid.
    strength : (n,) float
        Rising: occupancy, signal or concentration.

    Examples
    --------
    >>> depressed_at(0.5, np.array([20.0, 15.0, 5.0]), np.array([0.0, 1.0, 2.0]))
    1.5
    """
    return float(np.interp(share, 1.0 - ventilation / ventilation[0], strength))
