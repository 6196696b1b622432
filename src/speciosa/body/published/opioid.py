"""Opioids of the published model: three compartments after a bolus, or transmucosal absorption.

    dX1/dt = -(k10 + k12 + k13) X1 + k21 X2 + k31 X3,      plasma = X1 q / V,      dL/dt = ke0 (plasma - L)

q is the factor of central volumes, which acts on concentration alone. The micro-constants of the typical
adult are printed; people differ from them by ratios of clearance, volumes and flows.
"""

from __future__ import annotations

from speciosa.body.breathing.signals import VOLUME_FACTOR
from speciosa.body.kinetics import site
from speciosa.body.published.parts import AMOUNT_SCALE, chain, effect_site, parameter_of
from speciosa.body.quantities import AMOUNT, CLEARANCE, NUMBER, RATE, VOLUME
from speciosa.model import Expression, Flow, Inlet, Module, Output, Parameter, Spread, State

OPIOID_ROUTES = {"fentanyl": ("intravenous", "transmucosal"), "carfentanil": ("intravenous",)}


def opioid(drug: str, route: str) -> Module:
    """Disposition of an opioid and its effect site.

    Parameters
    ----------
    drug : str
    route : str
        One of `OPIOID_ROUTES`.

    Returns
    -------
    Module
        Reads ``breathing.volume_factor``, gives ``site.<drug>``; its inlets are the group ``<drug>/<route>``.
    """
    return _transmucosal(drug) if route == "transmucosal" else _intravenous(drug)


def _relative(drug: str, key: str) -> Parameter:
    """How a person's clearance, volume or flow compares with that of the typical adult."""
    slot = f"{drug}.published.IIV_relative.{key}"
    return parameter_of(
        drug, f"relative.{key}", NUMBER, f"{key} relative to the typical adult", Spread(slot, "log-normal")
    )


def _intravenous(drug: str) -> Module:
    central, shallow, deep = (
        State(f"{drug}.{name}", AMOUNT, f"{drug}, {name} compartment", AMOUNT_SCALE)
        for name in ("central", "shallow", "deep")
    )
    relative = {key: _relative(drug, key) for key in ("CL", "V1", "V2", "V3", "Q2", "Q3")}
    k10, k12, k13, k21, k31 = (
        parameter_of(drug, key, RATE, f"micro-constant {key}") for key in ("k10", "k12", "k13", "k21", "k31")
    )
    volume = parameter_of(drug, "V1", VOLUME, "central volume")
    ratio = {
        k10: relative["CL"] / relative["V1"],
        k12: relative["Q2"] / relative["V1"],
        k13: relative["Q3"] / relative["V1"],
        k21: relative["Q2"] / relative["V2"],
        k31: relative["Q3"] / relative["V3"],
    }

    def flow(name: str, rate: Parameter, source: State, target: State | None) -> Flow:
        return Flow(f"{drug} {name}", rate * ratio[rate] * source, source, target)

    plasma = central * VOLUME_FACTOR / (volume * relative["V1"])
    at_site = effect_site(
        drug, parameter_of(drug, "ke0", RATE, "equilibration rate of the effect site"), plasma
    )
    return Module(
        name=f"{drug} after injection",
        description="three compartments and an effect site",
        states=(central, shallow, deep, at_site.state),
        parameters=(*relative.values(), k10, k12, k13, k21, k31, volume, at_site.rate),
        inputs=(VOLUME_FACTOR,),
        outputs=(Output(site(drug), at_site.state.expression),),
        flows=(
            flow("elimination", k10, central, None),
            flow("to shallow", k12, central, shallow),
            flow("to deep", k13, central, deep),
            flow("from shallow", k21, shallow, central),
            flow("from deep", k31, deep, central),
        ),
        changes=(at_site.change,),
        inlets=(Inlet(f"{drug}.intravenous", central, group=f"{drug}/intravenous"),),
        sources=("mann2022", "fda2023in"),
    )


def _transmucosal(drug: str) -> Module:
    """Two transits and one peripheral compartment; apparent values."""

    def of(key: str, unit: str) -> Parameter:
        return parameter_of(
            drug, f"transmucosal.{key}", unit, f"{key} of {drug} by the oral mucosa, apparent"
        )

    ktr, ka, clearance, exchange = of("ktr", RATE), of("ka", RATE), of("CL", CLEARANCE), of("Q", CLEARANCE)
    volumes = of("V1", VOLUME), of("V2", VOLUME)
    central, peripheral = (
        State(f"{drug}.{name}", AMOUNT, f"{drug}, {name} compartment", AMOUNT_SCALE)
        for name in ("central", "peripheral")
    )
    absorption = chain(drug, ktr, ka)
    concentration: Expression = central / volumes[0]
    plasma = concentration * VOLUME_FACTOR
    at_site = effect_site(drug, of("ke0", RATE), plasma)
    return Module(
        name=f"{drug} by the oral mucosa",
        description="two transits, two compartments and an effect site",
        states=(*absorption.states, central, peripheral, at_site.state),
        parameters=(ktr, ka, clearance, exchange, *volumes, at_site.rate),
        inputs=(VOLUME_FACTOR,),
        outputs=(Output(site(drug), at_site.state.expression),),
        flows=(
            *absorption.flows(ktr * absorption.depot, central),
            Flow(f"{drug} elimination", clearance * concentration, central, None),
            Flow(f"{drug} to peripheral", exchange * concentration, central, peripheral),
            Flow(f"{drug} from peripheral", exchange * peripheral / volumes[1], peripheral, central),
        ),
        changes=(at_site.change,),
        inlets=(Inlet(f"{drug}.transmucosal", absorption.depot, group=f"{drug}/transmucosal"),),
        sources=("fda2024nalm",),
    )
