"""Gas exchange: alveoli, brain and tissues joined by blood.

    dP_A/dt = (V_A (P_I - P_A) + lambda Q (1 - s) (C_v - C_e)) / volume
    dC/dt   = (Q (C_a - C_v) +- M) / volume                                for brain and tissues

V_A is alveolar ventilation, s the shunt, C_e what leaves the alveoli, C_a = (1 - s) C_e + s C_v. Blood that
leaves a region has its pressures. Consumption falls with the region's PO2 below a critical one.
"""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.body.breathing import dissociation
from speciosa.body.breathing.signals import (
    ARTERIAL_CO2,
    ARTERIAL_O2,
    BRAIN_CO2,
    BRAIN_FLOW,
    BRAIN_O2,
    CARDIAC_OUTPUT,
    CO2_PRODUCTION,
    FLOW,
    INSPIRED_O2,
    O2_CONSUMPTION,
    PER_PRESSURE,
    PRESSURE,
    SATURATION,
    TISSUE_FLOW,
    TISSUE_O2,
    VENTILATION,
    constant_of,
)
from speciosa.body.quantities import NUMBER, VOLUME
from speciosa.model import Change, Expression, Module, Output, Parameter, Signal, State, select

PRESSURE_SCALE = 10.0
CONTENT_SCALE = 1e-3
ALVEOLAR_SHARE = constant_of("alveolar_fraction", NUMBER, "share of ventilation that reaches the alveoli")
ALVEOLAR_VOLUME = constant_of("volume.alveolar", VOLUME, "volume of the alveoli")
INSPIRED_CO2 = constant_of("inspired.PCO2", PRESSURE, "PCO2 of the inspired air")
CONVERSION = constant_of("gas_conversion", PRESSURE, "pressure of a gas whose content is 1")
SHUNT = constant_of("shunt", NUMBER, "share of blood that passes no alveoli")
SOLUBILITY_CO2 = constant_of("solubility.CO2", PER_PRESSURE, "solubility of CO2 in brain and tissues")
SOLUBILITY_O2 = constant_of("solubility.O2", PER_PRESSURE, "solubility of oxygen in brain and tissues")
BICARBONATE = constant_of("bicarbonate", NUMBER, "CO2 content of brain and tissues without pressure")
CRITICAL = constant_of("metabolism.critical_PO2", PRESSURE, "PO2 below which a region's metabolism falls")
_SHARED = (
    ALVEOLAR_SHARE, ALVEOLAR_VOLUME, INSPIRED_CO2, CONVERSION, SHUNT, SOLUBILITY_CO2, SOLUBILITY_O2,
    BICARBONATE, CRITICAL,
)  # fmt: skip


def _start(place: str, gas: str, unit: str) -> Parameter:
    return constant_of(f"start.{place}.{gas}", unit, f"{gas} of the {place} at the start of the pre-run")


@dataclass(frozen=True)
class Region:
    """Brain or tissues: contents of both gases, pressures, and the blood that leaves.

    Parameters
    ----------
    name : str
    flow : Signal
    """

    name: str
    flow: Signal

    @property
    def starts(self) -> tuple[Parameter, Parameter]:
        """Contents at the start: CO2, oxygen."""
        return _start(self.name, "CO2", NUMBER), _start(self.name, "O2", NUMBER)

    @property
    def states(self) -> tuple[State, State]:
        """Contents: CO2, oxygen."""
        co2, o2 = (start.expression for start in self.starts)
        return (
            State(f"breathing.{self.name}.CO2", NUMBER, f"CO2 content of the {self.name}", initial=co2),
            State(
                f"breathing.{self.name}.O2", NUMBER, f"oxygen content of the {self.name}",
                scale=CONTENT_SCALE, initial=o2,
            ),
        )  # fmt: skip

    @property
    def volume(self) -> Parameter:
        """Volume of the region."""
        return constant_of(f"volume.{self.name}", VOLUME, f"volume of the {self.name}")

    @property
    def metabolism(self) -> tuple[Parameter, Parameter]:
        """Production of CO2 and consumption of oxygen in wakefulness."""
        return (
            constant_of(f"metabolism.{self.name}.CO2", FLOW, f"production of CO2 by the {self.name}"),
            constant_of(f"metabolism.{self.name}.O2", FLOW, f"consumption of oxygen by the {self.name}"),
        )

    @property
    def carbon_dioxide(self) -> Expression:
        """PCO2."""
        return (self.states[0] - BICARBONATE) / SOLUBILITY_CO2

    @property
    def oxygen(self) -> Expression:
        """PO2."""
        return self.states[1] / SOLUBILITY_O2

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the region."""
        return (*self.starts, self.volume, *self.metabolism)

    def changes(
        self, arterial: tuple[Expression, Expression], venous: tuple[Expression, Expression]
    ) -> tuple[Change, Change]:
        """Balances of both gases; pairs are oxygen, CO2."""
        living = select(self.oxygen, CRITICAL, 1.0, self.oxygen / CRITICAL)
        made, used = self.metabolism
        gain = self.flow * (arterial[1] - venous[1]) + living * CO2_PRODUCTION * made
        supply = self.flow * (arterial[0] - venous[0]) - living * O2_CONSUMPTION * used
        co2, o2 = self.states
        return Change(co2, gain / self.volume), Change(o2, supply / self.volume)


BRAIN, TISSUE = Region("brain", BRAIN_FLOW), Region("tissue", TISSUE_FLOW)


def gas_exchange() -> Module:
    """Gas exchange of lungs, brain and tissues.

    Returns
    -------
    Module
        Reads ventilation, blood flows and metabolism; gives the pressures of arterial blood, brain and
        tissues and the saturation.
    """
    starts = (_start("alveolar", "PCO2", PRESSURE), _start("alveolar", "PO2", PRESSURE))
    co2, o2 = (
        State(f"breathing.alveolar.{gas}", PRESSURE, f"alveolar {gas}", PRESSURE_SCALE, start.expression)
        for gas, start in zip(("PCO2", "PO2"), starts, strict=True)
    )
    leaving = dissociation.contents(o2.expression, co2.expression)
    venous = {item: dissociation.contents(item.oxygen, item.carbon_dioxide) for item in (BRAIN, TISSUE)}
    mixed = [
        (BRAIN_FLOW * brain + TISSUE_FLOW * tissue) / CARDIAC_OUTPUT
        for brain, tissue in zip(venous[BRAIN], venous[TISSUE], strict=True)
    ]
    arterial = tuple((1.0 - SHUNT) * e + SHUNT * v for e, v in zip(leaving, mixed, strict=True))
    oxygen, carbon_dioxide = dissociation.pressures(*arterial)
    exchange = CONVERSION * CARDIAC_OUTPUT * (1.0 - SHUNT)
    alveolar = ALVEOLAR_SHARE * VENTILATION
    return Module(
        name="gas exchange",
        description="alveoli, brain and tissues joined by blood",
        states=(co2, o2, *BRAIN.states, *TISSUE.states),
        parameters=(
            *starts, *_SHARED, *dissociation.PARAMETERS, *BRAIN.parameters, *TISSUE.parameters,
        ),
        inputs=(
            VENTILATION, BRAIN_FLOW, TISSUE_FLOW, CARDIAC_OUTPUT, CO2_PRODUCTION, O2_CONSUMPTION, INSPIRED_O2,
        ),
        outputs=(
            Output(ARTERIAL_O2, oxygen),
            Output(ARTERIAL_CO2, carbon_dioxide),
            Output(SATURATION, arterial[0] / (dissociation.MOLAR_VOLUME * dissociation.OXYGEN.capacity)),
            Output(BRAIN_O2, BRAIN.oxygen),
            Output(BRAIN_CO2, BRAIN.carbon_dioxide),
            Output(TISSUE_O2, TISSUE.oxygen),
        ),
        changes=(
            Change(
                co2, (alveolar * (INSPIRED_CO2 - co2) + exchange * (mixed[1] - leaving[1])) / ALVEOLAR_VOLUME
            ),
            Change(
                o2, (alveolar * (INSPIRED_O2 - o2) + exchange * (mixed[0] - leaving[0])) / ALVEOLAR_VOLUME
            ),
            *BRAIN.changes((arterial[0], arterial[1]), venous[BRAIN]),
            *TISSUE.changes((arterial[0], arterial[1]), venous[TISSUE]),
        ),
        sources=("mann2022", "fda2023in"),
    )  # fmt: skip
