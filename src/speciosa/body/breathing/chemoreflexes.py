"""Chemoreflexes: peripheral (carotid) and central, each behind the delay of the blood on its way.

    f     = gain ln(PaCO2 / threshold) (f_max + f_min e) / (1 + e),   e = exp((PaO2 - midpoint) / slope)
    dD_p/dt = (-D_p + A G_p (f - f_0)) / tau_p
    dD_c/dt = (-D_c + A G_c (P_bCO2 - threshold)) / tau_c
    dalpha/dt = (1 + G_h (p_b - reference) / reference - alpha) / tau_h

A is what opioids leave of the reflexes; alpha weakens a positive peripheral drive in a brain short of oxygen.
The carotid body sees arterial blood of a time ``volume / Q`` ago, the central one the brain's PCO2 likewise.
Nothing is known of what was before the pre-run, nor at time 0 of what was before it: until blood of later
times arrives, the sensors see that of now. In a circulation below a limit they do so too.
"""

from __future__ import annotations

from speciosa.body.breathing.signals import (
    ARTERIAL_CO2,
    ARTERIAL_O2,
    BRAIN_CO2,
    BRAIN_O2,
    CARDIAC_OUTPUT,
    CHEMOREFLEX_DRIVE,
    CHEMOREFLEX_LEFT,
    FLOW,
    PRESSURE,
    constant_of,
)
from speciosa.body.quantities import NUMBER, RATE, TIME_UNIT, VOLUME
from speciosa.model import (
    TIME,
    Change,
    Expression,
    Module,
    Output,
    Parameter,
    State,
    delayed,
    exponential,
    logarithm,
    maximum,
    minimum,
    select,
)

DRIVE_SCALE = 100.0
CARRYING = constant_of("flow_floor.full", FLOW, "cardiac output below which delays and drive are dropped")
SETTLING = constant_of(
    "start.duration", TIME_UNIT, "length of the pre-run without drug, which ends at time 0"
)


def chemoreflexes(*, is_hyperoxia_bounded: bool = False) -> Module:
    """Peripheral and central chemoreflex.

    Parameters
    ----------
    is_hyperoxia_bounded : bool
        Whether arterial PO2 above a limit silences the carotid body no further, as the published curve does.

    Returns
    -------
    Module
        Reads pressures, cardiac output and what opioids leave; gives ``breathing.chemoreflex_drive``.
    """
    peripheral = State("breathing.peripheral_drive", FLOW, "peripheral chemoreflex drive", DRIVE_SCALE)
    central = State("breathing.central_drive", FLOW, "central chemoreflex drive", DRIVE_SCALE)
    gain_state = State(
        "breathing.peripheral_gain", NUMBER, "hypoxic gain of the peripheral drive", initial=1.0
    )
    firing, carotid = _carotid(is_hyperoxia_bounded=is_hyperoxia_bounded)
    target, target_parameters = _hypoxic_gain()
    way, delay = _delay("central")
    gain = constant_of("central.gain", "L/h/mmHg", "gain of the central chemoreflex")
    threshold = constant_of("central.threshold", PRESSURE, "PCO2 of the brain without central drive")
    times = [
        constant_of(name, TIME_UNIT, f"time constant of the {what}")
        for name, what in (
            ("peripheral.time", "peripheral chemoreflex"),
            ("central.time", "central chemoreflex"),
            ("hypoxic_depression.time", "hypoxic gain"),
        )
    ]
    wanted = CHEMOREFLEX_LEFT * gain * (delayed(BRAIN_CO2, delay) - threshold)
    scaled = select(0.0, peripheral, peripheral, gain_state * peripheral)
    return Module(
        name="chemoreflexes",
        description="peripheral and central chemoreflex with the delays of the circulation",
        states=(peripheral, central, gain_state),
        parameters=(CARRYING, SETTLING, *carotid, *target_parameters, way, gain, threshold, *times),
        inputs=(ARTERIAL_CO2, ARTERIAL_O2, BRAIN_CO2, BRAIN_O2, CARDIAC_OUTPUT, CHEMOREFLEX_LEFT),
        outputs=(Output(CHEMOREFLEX_DRIVE, maximum(0.0, scaled + central)),),
        changes=(
            Change(peripheral, (CHEMOREFLEX_LEFT * firing - peripheral) / times[0]),
            Change(central, (wanted - central) / times[1]),
            Change(gain_state, (target - gain_state) / times[2]),
        ),
        sources=("mann2022", "fda2023in"),
    )


def _delay(name: str) -> tuple[Parameter, Expression]:
    """Volume between lungs and sensor, and the time that blood needs for it."""
    volume = constant_of(f"{name}.delay_volume", VOLUME, f"blood between lungs and {name} chemoreceptors")
    passage = volume / CARDIAC_OUTPUT
    since = select(TIME, 0.0, TIME, TIME + SETTLING)
    return volume, select(CARRYING, CARDIAC_OUTPUT, 0.0, select(since, passage, passage, 0.0))


def _carotid(*, is_hyperoxia_bounded: bool) -> tuple[Expression, tuple[Parameter, ...]]:
    """Drive that the carotid body asks for without opioids, and its parameters."""
    volume, delay = _delay("peripheral")
    gain = constant_of("carotid.gain", NUMBER, "gain of the carotid body on ln PCO2")
    threshold = constant_of("carotid.threshold", PRESSURE, "PCO2 without carotid activity")
    highest = constant_of("carotid.highest", RATE, "carotid activity in hypoxia")
    lowest = constant_of("carotid.lowest", RATE, "carotid activity in hyperoxia")
    midpoint = constant_of("carotid.midpoint", PRESSURE, "PO2 at half of the carotid response")
    slope = constant_of("carotid.slope", PRESSURE, "slope of the carotid response to PO2")
    basal = constant_of("carotid.basal", RATE, "carotid activity without drive")
    reach = constant_of("peripheral.gain", VOLUME, "gain of the peripheral chemoreflex")
    limit = constant_of("carotid.limit", PRESSURE, "arterial PO2 above which oxygen does nothing more")
    oxygen = delayed(ARTERIAL_O2, delay)
    sensed = minimum(oxygen, limit) if is_hyperoxia_bounded else oxygen
    e = exponential((sensed - midpoint) / slope)
    by_co2 = gain * logarithm(delayed(ARTERIAL_CO2, delay) / threshold)
    firing = by_co2 * (highest + lowest * e) / (1.0 + e)
    parameters = (volume, gain, threshold, highest, lowest, midpoint, slope, basal, reach)
    return reach * (firing - basal), (*parameters, limit) if is_hyperoxia_bounded else parameters


def _hypoxic_gain() -> tuple[Expression, tuple[Parameter, ...]]:
    gain = constant_of("hypoxic_depression.gain", NUMBER, "hypoxic gain on relative PO2 of the brain")
    reference = constant_of("hypoxic_depression.reference", PRESSURE, "reference PO2 of the brain")
    lowest = constant_of("hypoxic_depression.lowest", PRESSURE, "smallest PO2 of the brain that counts")
    highest = constant_of("hypoxic_depression.highest", PRESSURE, "largest PO2 of the brain that counts")
    counted = minimum(highest, maximum(lowest, BRAIN_O2))
    return 1.0 + gain * (counted - reference) / reference, (gain, reference, lowest, highest)
