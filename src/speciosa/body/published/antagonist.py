"""Antagonists of the published model: naloxone by three routes, nalmefene by the nose.

Nose and muscle, with a depot D and two transits T:

    dD/dt = -ktr D,      dT1/dt = ktr F D - ktr T1,      dT2/dt = ktr T1 - kin T2
    dC/dt = (kin T2 - CL C - Q (C - C2)) q / V1,      dC2/dt = Q (C - C2) / V2

q is the factor of central volumes. For naloxone the concentration is the state, so that drug is not conserved
when q changes; for nalmefene amounts are, and q acts on concentration. F of nasal naloxone falls from the
third single spray and from the second pair of sprays on, and with it what is left of earlier sprays.
"""

from __future__ import annotations

from collections.abc import Callable

from speciosa.body.breathing.signals import VOLUME_FACTOR
from speciosa.body.kinetics import site
from speciosa.body.published.parts import AMOUNT_SCALE, Chain, chain, effect_site, parameter_of
from speciosa.body.quantities import AMOUNT, CLEARANCE, CONCENTRATION, NUMBER, RATE, VOLUME
from speciosa.model import (
    Change,
    Expression,
    Flow,
    Inlet,
    Module,
    Output,
    Parameter,
    Spread,
    State,
    minimum,
    select,
)

ANTAGONIST_ROUTES = {
    "naloxone": ("intranasal", "intramuscular", "intramuscular-dilute", "intravenous"),
    "nalmefene": ("intranasal",),
}
PAIR = "pair"
HALF = 1 / 2


def antagonist(drug: str, route: str) -> Module:
    """Disposition of an antagonist and its effect site.

    Parameters
    ----------
    drug : str
    route : str
        One of `ANTAGONIST_ROUTES`.

    Returns
    -------
    Module
        Reads ``breathing.volume_factor``, gives ``site.<drug>``; its inlets are the group ``<drug>/<route>``,
        and nasal naloxone in pairs of sprays ``naloxone/intranasal/pair``.
    """
    if drug == "nalmefene":
        return _nalmefene(route)
    return _intravenous(drug) if route == "intravenous" else _naloxone(route)


class _Parameters:
    """Parameters of one antagonist by one route, collected as they are asked for."""

    def __init__(self, drug: str, route: str) -> None:
        self._drug, self._route = drug, route
        self.found: list[Parameter] = []

    def use(self, item: Parameter) -> Parameter:
        self.found.append(item)
        return item

    def of(self, key: str, unit: str, *, varies: bool = True) -> Parameter:
        slot = f"{self._drug}.published.{self._route}.IIV_{key}"
        spread = Spread(slot, "log-normal") if varies else None
        what = f"{key} by the route {self._route}"
        return self.use(parameter_of(self._drug, f"{self._route}.{key}", unit, what, spread))

    def shared(self, key: str, unit: str, description: str) -> Parameter:
        return self.use(parameter_of(self._drug, key, unit, description))


def _naloxone(route: str) -> Module:
    own = _Parameters("naloxone", route)
    largest = own.shared("highest.F", NUMBER, "largest bioavailability")
    ktr, kin = own.of("ktr", RATE), own.of("kin", RATE)
    if route == "intranasal":
        absorption = chain("naloxone", ktr, kin)
        share, counters, inlets = _sprays(own, absorption, largest)
    else:
        fastest = own.shared("highest.kin", RATE, "largest absorption rate")
        absorption = chain("naloxone", ktr, minimum(kin, fastest))
        share, counters = minimum(own.of("F", NUMBER), largest), ()
        inlets = (Inlet(f"naloxone.{route}", absorption.depot, group=f"naloxone/{route}"),)
    volume, clearance = own.of("V1", VOLUME), own.of("CL", CLEARANCE)
    exchange, outer = own.of("Q", CLEARANCE), own.of("V2", VOLUME)
    inside, outside = (
        State(f"naloxone.{name}", CONCENTRATION, f"naloxone, {name} concentration")
        for name in ("plasma", "peripheral")
    )
    net = absorption.leaving - clearance * inside - exchange * (inside - outside)
    at_site = effect_site(
        "naloxone", own.shared("ke0", RATE, "equilibration rate of the effect site"), inside.expression
    )
    return Module(
        name=f"naloxone, {route}",
        description="depot, two transits, two compartments of concentrations, effect site",
        states=(*absorption.states, *counters, inside, outside, at_site.state),
        parameters=tuple(own.found),
        inputs=(VOLUME_FACTOR,),
        outputs=(Output(site("naloxone"), at_site.state.expression),),
        flows=_absorbed(absorption, ktr, share),
        changes=(
            Change(inside, net * VOLUME_FACTOR / volume),
            Change(outside, exchange * (inside - outside) / outer),
            at_site.change,
        ),
        inlets=inlets,
        sources=("strauss2024", "fda2023in") if route == "intranasal" else ("mann2022", "fda2023main"),
    )


def _absorbed(absorption: Chain, ktr: Parameter, share: Expression) -> tuple[Flow, ...]:
    """Flows of a depot of which a share arrives and the rest is lost; plasma takes up a concentration."""
    lost = Flow(f"{absorption.drug} lost", (1.0 - share) * ktr * absorption.depot, absorption.depot, None)
    return (*absorption.flows(share * ktr * absorption.depot, None), lost)


def _sprays(
    own: _Parameters, absorption: Chain, largest: Parameter
) -> tuple[Expression, tuple[State, ...], tuple[Inlet, ...]]:
    """Bioavailability by the sprays given so far, the states that count them, and the inlets."""
    spray = own.use(
        Parameter(
            "naloxone.published.intranasal.spray", AMOUNT, "dose of one spray of naloxone",
            molar_mass="naloxone.published.molar_mass",
        )
    )  # fmt: skip
    singles, pairs = (
        State(f"naloxone.given_{name}", AMOUNT, f"naloxone given so far in {name}", AMOUNT_SCALE)
        for name in ("singles", "pairs")
    )
    onset = {key: own.of(f"onset.{key}", NUMBER, varies=False) for key in ("f1", "f2")}
    first, later, of_pairs = own.of("F", NUMBER), own.of("f1", NUMBER), own.of("f2", NUMBER)
    # Between two whole numbers of sprays, so that rounding does not matter.
    is_third = singles / spray - (onset["f1"] - HALF)
    is_second_pair = pairs / (spray + spray) - (onset["f2"] - HALF)
    share = select(is_second_pair, 0.0, of_pairs, select(is_third, 0.0, later, first))
    groups = (("naloxone/intranasal", "", singles), (f"naloxone/intranasal/{PAIR}", f" {PAIR}", pairs))
    inlets = [
        Inlet(f"naloxone.intranasal{name}{what}", state, group=group)
        for group, name, counter in groups
        for what, state in (("", absorption.depot), (" counted", counter))
    ]
    return minimum(share, largest), (singles, pairs), tuple(inlets)


def _compartments(
    drug: str,
    own: _Parameters,
    flows: tuple[tuple[str, str], ...],
    of: Callable[[str, str], Parameter],
) -> tuple[tuple[State, ...], Parameter, tuple[Flow, ...]]:
    """Amounts in a central compartment and others joined to it, each by its (flow, volume) in `flows`."""
    clearance, volume = of("CL", CLEARANCE), of("V1", VOLUME)
    central = State(f"{drug}.central", AMOUNT, f"{drug}, central compartment", AMOUNT_SCALE)
    states, made = [central], [Flow(f"{drug} elimination", clearance / volume * central, central, None)]
    for number, (flow_key, volume_key) in enumerate(flows, start=1):
        flow, outer = of(flow_key, CLEARANCE), of(volume_key, VOLUME)
        other = State(f"{drug}.peripheral{number}", AMOUNT, f"{drug}, compartment {number + 1}", AMOUNT_SCALE)
        made.append(Flow(f"{drug} to {number}", flow / volume * central, central, other))
        made.append(Flow(f"{drug} from {number}", flow / outer * other, other, central))
        states.append(other)
    return tuple(states), volume, tuple(made)


def _intravenous(drug: str) -> Module:
    own = _Parameters(drug, "intravenous")

    def of(key: str, unit: str) -> Parameter:
        return own.of(key, unit, varies=key in ("CL", "V1"))

    states, volume, flows = _compartments(drug, own, (("Q2", "V2"), ("Q3", "V3")), of)
    ke0 = own.shared("ke0", RATE, "equilibration rate of the effect site")
    at_site = effect_site(drug, ke0, states[0] * VOLUME_FACTOR / volume)
    return Module(
        name=f"{drug}, intravenous",
        description="three compartments and an effect site",
        states=(*states, at_site.state),
        parameters=tuple(own.found),
        inputs=(VOLUME_FACTOR,),
        outputs=(Output(site(drug), at_site.state.expression),),
        flows=flows,
        changes=(at_site.change,),
        inlets=(Inlet(f"{drug}.intravenous", states[0], group=f"{drug}/intravenous"),),
        sources=("strauss2024", "fda2023in"),
    )


def _nalmefene(route: str) -> Module:
    own = _Parameters("nalmefene", route)

    def of(key: str, unit: str) -> Parameter:
        return own.of(key, unit, varies=False)

    ktr, kin, share = of("ktr", RATE), of("kin", RATE), of("F", NUMBER)
    absorption = chain("nalmefene", ktr, kin)
    states, volume, flows = _compartments("nalmefene", own, (("Q", "V2"),), of)
    ke0 = own.shared("ke0", RATE, "equilibration rate of the effect site")
    at_site = effect_site("nalmefene", ke0, states[0] * VOLUME_FACTOR / volume)
    depot = absorption.depot
    lost = Flow("nalmefene lost", (1.0 - share) * ktr * depot, depot, None)
    return Module(
        name=f"nalmefene, {route}",
        description="depot, two transits, two compartments, effect site",
        states=(*absorption.states, *states, at_site.state),
        parameters=tuple(own.found),
        inputs=(VOLUME_FACTOR,),
        outputs=(Output(site("nalmefene"), at_site.state.expression),),
        flows=(*absorption.flows(share * ktr * depot, states[0]), lost, *flows),
        changes=(at_site.change,),
        inlets=(Inlet(f"nalmefene.{route}", depot, group=f"nalmefene/{route}"),),
        sources=("fda2024nalm",),
    )
