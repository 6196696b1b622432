"""Blood flow of brain and tissues, and how arterial gases change it.

    Q_b = Q_b0 (1 + y_c + y_o) im,      Q_t = Q_t0 (1 + rho y_o) im,      Q = Q_b + Q_t
    dy/dt = (psi - y) / tau

psi_c follows arterial PCO2 in an S-shaped curve, psi_o rises exponentially as arterial PO2 falls, up to a
largest value; im is 1 until the circulation collapses. Central volumes of drugs shrink by up to half when
cardiac output exceeds a multiple of its reference.
"""

from __future__ import annotations

from speciosa.body.breathing.signals import (
    ARTERIAL_CO2,
    ARTERIAL_O2,
    BRAIN_FLOW,
    CARDIAC_OUTPUT,
    FLOW,
    PERFUSION,
    PRESSURE,
    TISSUE_FLOW,
    VOLUME_FACTOR,
    constant_of,
)
from speciosa.body.quantities import NUMBER, TIME_UNIT
from speciosa.model import Change, Expression, Module, Output, Parameter, State, exponential, minimum


def blood_flow() -> Module:
    """Blood flow, its control by arterial gases, and the factor of central volumes.

    Returns
    -------
    Module
        Reads arterial pressures and perfusion; gives flows and ``breathing.volume_factor``.
    """
    brain = constant_of("flow.brain", FLOW, "reference blood flow of the brain")
    tissue = constant_of("flow.tissue", FLOW, "reference blood flow of the tissues")
    weight = constant_of("flow.hypoxic_weight", NUMBER, "weight of the hypoxic response in the tissues")
    by_co2 = State("breathing.flow_response.CO2", NUMBER, "response of brain flow to CO2")
    by_o2 = State("breathing.flow_response.O2", NUMBER, "response of flow to lack of oxygen")
    cerebral, cerebral_parameters = _cerebral(brain)
    hypoxic, hypoxic_parameters = _hypoxic()
    factor, factor_parameters = _volume_factor()
    slow = constant_of("cerebral.time", TIME_UNIT, "time constant of the response of brain flow to CO2")
    fast = constant_of("hypoxic_flow.time", TIME_UNIT, "time constant of the response of flow to hypoxia")
    return Module(
        name="blood flow",
        description="flow of brain and tissues under the control of arterial gases",
        states=(by_co2, by_o2),
        parameters=(
            brain, tissue, weight, slow, fast,
            *cerebral_parameters, *hypoxic_parameters, *factor_parameters,
        ),
        inputs=(ARTERIAL_CO2, ARTERIAL_O2, PERFUSION),
        outputs=(
            Output(BRAIN_FLOW, brain * (1.0 + by_co2 + by_o2) * PERFUSION),
            Output(TISSUE_FLOW, tissue * (1.0 + weight * by_o2) * PERFUSION),
            Output(CARDIAC_OUTPUT, BRAIN_FLOW + TISSUE_FLOW),
            Output(VOLUME_FACTOR, factor),
        ),
        changes=(Change(by_co2, (cerebral - by_co2) / slow), Change(by_o2, (hypoxic - by_o2) / fast)),
        sources=("mann2022", "fda2023in"),
    )  # fmt: skip


def _cerebral(brain: Parameter) -> tuple[Expression, tuple[Parameter, ...]]:
    """Response of brain flow to CO2, relative to its reference."""
    per_mass = "L/(h*kg)"
    offset = constant_of("cerebral.offset", per_mass, "brain flow response without CO2")
    span = constant_of("cerebral.range", per_mass, "range of the brain flow response")
    midpoint = constant_of("cerebral.midpoint", PRESSURE, "PCO2 at half of the brain flow response")
    slope = constant_of("cerebral.slope", PRESSURE, "slope of the brain flow response")
    mass = constant_of("cerebral.mass", "kg", "mass of the brain")
    curve = offset + span / (1.0 + exponential((midpoint - ARTERIAL_CO2) / slope))
    return curve * mass / brain, (offset, span, midpoint, slope, mass)


def _hypoxic() -> tuple[Expression, tuple[Parameter, ...]]:
    """Response of flow to lack of oxygen."""
    gain = constant_of("hypoxic_flow.gain", NUMBER, "gain of the flow response to hypoxia")
    scale = constant_of("hypoxic_flow.scale", PRESSURE, "PO2 over which the flow response falls e-fold")
    reference = constant_of("hypoxic_flow.reference", PRESSURE, "PO2 without flow response")
    highest = constant_of("hypoxic_flow.highest", NUMBER, "largest flow response to hypoxia")
    response = gain * (exponential(-ARTERIAL_O2 / scale) - exponential(-reference / scale))
    return minimum(highest, response), (gain, scale, reference, highest)


def _volume_factor() -> tuple[Expression, tuple[Parameter, ...]]:
    reference = constant_of("volume_factor.reference_flow", FLOW, "reference cardiac output")
    midpoint = constant_of("volume_factor.midpoint", NUMBER, "relative output at half of the shrinkage")
    slope = constant_of("volume_factor.slope", NUMBER, "slope of the shrinkage")
    relative = CARDIAC_OUTPUT / reference
    return 1.0 + 1.0 / (1.0 + exponential((midpoint - relative) / slope)), (reference, midpoint, slope)
