"""The composed model: immutable, knows its states, parameters, equations, outputs and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from speciosa.errors import UnknownNameError
from speciosa.evidence import Evidence, Slot
from speciosa.model.expression import Expression
from speciosa.model.parts import Inlet, Module, Output, Parameter, State


@dataclass(frozen=True)
class BoundParameter:
    """A parameter with the evidence that fills it.

    Parameters
    ----------
    parameter : Parameter
    slot : Slot or None
        None for a value that rests on no evidence.
    value : float
        Typical value in the parameter's unit.
    """

    parameter: Parameter
    slot: Slot | None
    value: float

    @classmethod
    def bind(cls, parameter: Parameter, evidence: Evidence) -> BoundParameter:
        """Look the slot up and convert its value.

        Raises
        ------
        UnknownNameError
            If the selection has no such slot.
        UnitError
            If the row's unit cannot be converted to the parameter's.
        """
        slot = evidence.slot(parameter.name)
        molar_mass = evidence.slot(parameter.molar_mass).value("g/mol") if parameter.molar_mass else None
        return cls(parameter, slot, slot.value(parameter.unit, molar_mass=molar_mass))

    @property
    def name(self) -> str:
        """Name of the parameter and of its slot."""
        return self.parameter.name

    @property
    def unit(self) -> str:
        """Unit in the model."""
        return self.parameter.unit


@dataclass(frozen=True)
class Model:
    """States, equations and outputs of a composed model.

    Parameters
    ----------
    name : str
    modules : tuple of Module
    states : tuple of State
    parameters : tuple of BoundParameter
    inlets : tuple of Inlet
        Where doses enter.
    outputs : tuple of Output
        Values are expressions of states, parameters and time only.
    derivatives : tuple of Expression
        Right-hand side, in the order of `states`, of states, parameters and time only.
    evidence : Evidence or None
        The tables it was composed from.
    """

    name: str
    modules: tuple[Module, ...]
    states: tuple[State, ...]
    parameters: tuple[BoundParameter, ...]
    inlets: tuple[Inlet, ...]
    outputs: tuple[Output, ...]
    derivatives: tuple[Expression, ...]
    evidence: Evidence | None = field(repr=False)

    @cached_property
    def state_index(self) -> Mapping[str, int]:
        """Position of each state by name."""
        return {state.name: index for index, state in enumerate(self.states)}

    @cached_property
    def parameter_index(self) -> Mapping[str, int]:
        """Position of each parameter by name."""
        return {item.name: index for index, item in enumerate(self.parameters)}

    @cached_property
    def inlet_groups(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the inlets of each group."""
        groups: dict[str, tuple[int, ...]] = {}
        for index, inlet in enumerate(self.inlets):
            groups[inlet.group] = (*groups.get(inlet.group, ()), index)
        return groups

    @cached_property
    def output_index(self) -> Mapping[str, int]:
        """Position of each output by name."""
        return {output.name: index for index, output in enumerate(self.outputs)}

    def output(self, name: str) -> Output:
        """The output of that name.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        if name not in self.output_index:
            raise UnknownNameError("output", name, self.output_index)
        return self.outputs[self.output_index[name]]

    def parameter(self, name: str) -> BoundParameter:
        """The parameter of that name.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        if name not in self.parameter_index:
            raise UnknownNameError("parameter", name, self.parameter_index)
        return self.parameters[self.parameter_index[name]]

    def with_values(self, values: Mapping[str, float]) -> Model:
        """The model with some typical values replaced, in the parameters' units.

        The slots stay, as what was changed.

        Raises
        ------
        UnknownNameError
            If a parameter is not in the model.
        """
        for name in values:
            self.parameter(name)
        return replace(
            self,
            parameters=tuple(
                replace(item, value=float(values.get(item.name, item.value))) for item in self.parameters
            ),
        )

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """Every evidence slot that the model rests on: value, molar mass, variability, covariate relation."""
        names: dict[str, None] = {}
        for item in self.parameters:
            if item.slot is None:
                continue
            part: Parameter = item.parameter
            names[part.name] = None
            if part.molar_mass:
                names[part.molar_mass] = None
            sources = (part.spread, part.occasion, *part.covariates)
            names.update({slot: None for source in sources if source for slot in source.slots})
        return tuple(names)

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Source keys of the methods of the modules, in order."""
        return tuple(dict.fromkeys(key for module in self.modules for key in module.sources))

    def __repr__(self) -> str:
        return (
            f"<Model {self.name}: {len(self.modules)} modules, {len(self.states)} states, "
            f"{len(self.parameters)} parameters, {len(self.outputs)} outputs>"
        )

    def _repr_html_(self) -> str:
        from speciosa.model.rendering import model_html

        return model_html(self)
