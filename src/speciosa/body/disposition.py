"""Disposition: what becomes of a drug and its metabolites between the dose and the plasma.

One module holds a drug with the metabolites formed of it, since a flow takes from one what it gives to the
other. One to three compartments by clearance and volumes,

    dA1/dt = input - (CL + Q2 + Q3)/V1 * A1 + Q2/V2 * A2 + Q3/V3 * A3,   plasma = A1/V1,

with first-order, zero-order, transit, parallel and first-pass-metabolite input.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from speciosa.body.extraction import Extraction
from speciosa.body.quantities import (
    AMOUNT,
    CLEARANCE,
    CONCENTRATION,
    NUMBER,
    RATE,
    TIME_UNIT,
    VOLUME,
    parameter,
)
from speciosa.drugs import Disposition, Drug, Formation, Input, Product, Route, Use
from speciosa.errors import DrugError
from speciosa.model import (
    DOSE,
    Expression,
    Flow,
    Inlet,
    Module,
    Output,
    Parameter,
    Signal,
    Spread,
    State,
    constant,
    select,
    total,
)

AMOUNT_SCALE = 1000.0
_NONE: Mapping[str, Extraction] = MappingProxyType({})


def plasma(drug: str) -> Signal:
    """Total plasma concentration of a drug."""
    return Signal(f"plasma.{drug}", CONCENTRATION, f"plasma concentration of {drug}")


def absorption(drug: str) -> Signal:
    """Rate at which a drug is taken up by the gut wall."""
    return Signal(f"absorption.{drug}", "nmol/h", f"rate of absorption of {drug} through the gut wall")


@dataclass(frozen=True)
class _Origin:
    """The dosed route that a disposition belongs to, where routes have their own."""

    name: str = ""
    route: Route | None = None

    def of(self, product: Drug) -> tuple[str, Disposition, _Origin]:
        """Prefix, disposition and origin of a metabolite formed here."""
        own = self.route.disposition_of(product.name) if self.route else None
        if own is None:
            return product.name, product.disposition, _Origin()
        return f"{product.name}.of.{self.name}", own, self


@dataclass(frozen=True)
class _Body:
    """The compartments of one disposition."""

    prefix: str
    drug: Drug
    disposition: Disposition
    compartments: tuple[State, ...]
    volumes: tuple[Parameter, ...]
    origin: _Origin

    @property
    def central(self) -> State:
        return self.compartments[0]

    @property
    def concentration(self) -> Expression:
        return self.central / self.volumes[0]


@dataclass
class _Builder:
    """Collects the parts of one module."""

    states: dict[str, State] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    inlets: list[Inlet] = field(default_factory=list)
    bodies: dict[str, _Body] = field(default_factory=dict)
    metabolized: Mapping[str, Extraction] = field(default_factory=dict)
    absorbed: dict[str, dict[str, Expression]] = field(default_factory=dict)

    def state(self, name: str, description: str) -> State:
        return self.states.setdefault(name, State(name, AMOUNT, description, scale=AMOUNT_SCALE))

    def use(self, item: Parameter) -> Parameter:
        return self.parameters.setdefault(item.name, item)

    def of(self, drug: Drug, key: str, unit: str, description: str, *, by_mass: bool = False) -> Parameter:
        return self.use(parameter(drug, key, unit, description, by_mass=by_mass))

    def flow(self, name: str, rate: Expression, source: State | None, target: State | None) -> None:
        self.flows.setdefault(name, Flow(name, rate, source, target))

    def factor(self, drug: Drug, key: str) -> Expression:
        """Factor on a clearance where the metabolism of the drug changes."""
        extraction = self.metabolized.get(drug.name)
        return constant(1.0) if extraction is None else extraction.factor(key).expression

    def first_pass(self, drug: Drug, route: str) -> Extraction | None:
        """The extraction on the way of a route, where it changes."""
        extraction = self.metabolized.get(drug.name)
        return extraction if extraction is not None and route in extraction.routes else None


def disposition(
    family: tuple[Drug, ...],
    uses: Iterable[Use],
    products: Mapping[str, Product],
    metabolized: Mapping[str, Extraction] = _NONE,
    absorbed: Collection[str] = (),
) -> Module:
    """The disposition module of a drug and its metabolites.

    Parameters
    ----------
    family : tuple of Drug
        Parent first.
    uses : iterable of Use
        By which routes and products the scenario doses them; inlets are made for these only.
    products : mapping of str to Product
        The products that the uses name.
    metabolized : mapping of str to Extraction
        Drugs whose clearance and first pass change in the scenario.
    absorbed : collection of str
        Drugs that act on enzymes, more so while they are absorbed.

    Returns
    -------
    Module
        With one signal ``plasma.<drug>`` for each drug of the family, and ``absorption.<drug>`` for those
        that act on enzymes.

    Raises
    ------
    DrugError
        If a use names a route that the drug does not have.
    """
    builder = _Builder(
        metabolized={drug.name: metabolized[drug.name] for drug in family if drug.name in metabolized}
    )
    members = {drug.name: drug for drug in family}
    own = [use for use in uses if use.drug in members]
    _bodies(builder, members, own)
    for drug in family:
        for body in [item for item in builder.bodies.values() if item.drug is drug]:
            _elimination(builder, body, members)
    for use in own:
        _inlets(builder, members, use, products)
    outputs = tuple(
        Output(plasma(drug.name), total(b.concentration for b in builder.bodies.values() if b.drug is drug))
        for drug in family
    )
    uptake = tuple(
        Output(absorption(drug.name), total(builder.absorbed.get(drug.name, {}).values()))
        for drug in family
        if drug.name in absorbed
    )
    return Module(
        name=f"disposition of {family[0].name}",
        description="absorption, distribution, metabolism and elimination of " + ", ".join(members),
        states=tuple(builder.states.values()),
        parameters=tuple(builder.parameters.values()),
        inputs=tuple(signal for item in builder.metabolized.values() for signal in item.signals),
        outputs=(*outputs, *uptake),
        flows=tuple(builder.flows.values()),
        inlets=tuple(builder.inlets),
    )


def _route(drug: Drug, use: Use) -> Route:
    route = drug.route(use.route)
    if route is None:
        known = ", ".join(item.name for item in drug.routes) or "none"
        raise DrugError(f"{drug.name} has no route {use.route!r}", expected=f"one of: {known}")
    return route


def _bodies(builder: _Builder, members: Mapping[str, Drug], own: list[Use]) -> None:
    """The compartments of what is dosed and of all that is formed of it."""
    first = next(iter(members.values()))
    waiting = [_dosed(members[use.drug], use) for use in own]
    waiting = waiting or [(first, first.name, first.disposition, _Origin())]
    while waiting:
        drug, prefix, given, origin = waiting.pop(0)
        if prefix not in builder.bodies:
            _compartments(builder, prefix, drug, given, origin)
            products = [members[formation.drug] for formation in drug.metabolites]
            waiting += [(product, *origin.of(product)) for product in products]


def _dosed(drug: Drug, use: Use) -> tuple[Drug, str, Disposition, _Origin]:
    route = _route(drug, use)
    prefix = _prefix(drug, route)
    origin = _Origin(prefix, route) if route.disposition else _Origin()
    return drug, prefix, route.disposition or drug.disposition, origin


def _prefix(drug: Drug, route: Route) -> str:
    return f"{drug.name}.{route.name}" if route.disposition else drug.name


def _compartments(builder: _Builder, prefix: str, drug: Drug, given: Disposition, origin: _Origin) -> None:
    names = ["central", "peripheral", "deep"][: len(given.volumes)]
    states = tuple(builder.state(f"{prefix}.{name}", f"{drug.name}, {name} compartment") for name in names)
    volumes = tuple(
        builder.of(drug, key, VOLUME, f"volume of the {name} compartment of {drug.name}")
        for key, name in zip(given.volumes, names, strict=True)
    )
    builder.bodies[prefix] = _Body(prefix, drug, given, states, volumes, origin)
    for index, key in enumerate(given.flows, start=1):
        flow = builder.of(drug, key, CLEARANCE, f"intercompartmental clearance of {drug.name}")
        there, back = f"{prefix} to {names[index]}", f"{prefix} from {names[index]}"
        builder.flow(there, flow / volumes[0] * states[0], states[0], states[index])
        builder.flow(back, flow / volumes[index] * states[index], states[index], states[0])


def _elimination(builder: _Builder, body: _Body, members: Mapping[str, Drug]) -> None:
    drug, given = body.drug, body.disposition
    by_gain = [item for item in drug.metabolites if item.kind == "gain" and item.systemic]
    # What forms a metabolite by gain is part of the parent's elimination, not in addition to it.
    taken = total([_gain(builder, body, members[item.drug], item) for item in by_gain])
    if given.rate:
        rate = builder.of(drug, given.rate, RATE, f"elimination rate constant of {drug.name}")
        gone = builder.factor(drug, "") * rate * body.central
        builder.flow(f"{body.prefix} elimination", gone - taken, body.central, None)
        return
    if given.vmax:
        gone = builder.factor(drug, "") * _saturable(builder, body)
        builder.flow(f"{body.prefix} saturable elimination", gone - taken, body.central, None)
        taken = constant(0.0)
    for key in given.clearances:
        rest = _cleared(builder, body, key)
        for item in drug.metabolites:
            if item.kind == "fraction" and item.systemic == key:
                part = _part(builder, drug, item) * _cleared(builder, body, key)
                part = _formation_factor(builder, drug, members[item.drug]) * part
                _formed(builder, body, members[item.drug], item, part)
                rest = rest - part if item.shares else constant(0.0)
        if not rest.is_zero:
            builder.flow(f"{body.prefix} {key}", rest - taken, body.central, None)
            taken = constant(0.0)
    if not taken.is_zero:
        raise DrugError(
            f"all clearance of {drug.name} forms metabolites by fraction",
            expected="a clearance that the metabolites formed by gain are taken from",
        )


def _cleared(builder: _Builder, body: _Body, key: str) -> Expression:
    """Rate of one clearance, with what changes it."""
    drug = body.drug
    clearance = builder.of(drug, key, CLEARANCE, f"clearance of {drug.name}")
    rate = builder.factor(drug, key) * (clearance / body.volumes[0] * body.central)
    for multiplier in body.disposition.multipliers:
        rate = rate * builder.of(drug, multiplier, NUMBER, "factor on clearance in daily use or disease")
    return rate


def _part(builder: _Builder, drug: Drug, formation: Formation) -> Expression:
    """The part of a clearance that appears as a metabolite."""
    part = constant(1.0)
    for key in formation.shares:
        part = part * builder.of(drug, key, NUMBER, f"share that becomes {formation.drug}")
    return part


def _saturable(builder: _Builder, body: _Body) -> Expression:
    """Elimination by Michaelis and Menten."""
    drug, given = body.drug, body.disposition
    vmax = builder.of(
        drug, str(given.vmax), "nmol/h", f"largest rate of elimination of {drug.name}", by_mass=True
    )
    km = builder.of(
        drug, str(given.km), CONCENTRATION, f"concentration of half that rate of {drug.name}", by_mass=True
    )
    return vmax * body.concentration / (km + body.concentration)


def _formed(builder: _Builder, body: _Body, product: Drug, formation: Formation, rate: Expression) -> None:
    """Send a flow to the metabolite, through its transit chain, which all bodies of the parent share."""
    end = _target(builder, body, product)
    name, chain = f"{body.prefix} to {product.name}", f"{end.prefix}.formation"
    stops = [
        builder.state(f"{chain}{step}", f"{product.name}, formation transit {step}")
        for step in range(1, formation.transits + 1)
    ]
    stops.append(end.central)
    builder.flow(name, rate, body.central, stops[0])
    for source, target in pairwise(stops):
        ktr = builder.of(body.drug, str(formation.ktr), RATE, f"transit of {product.name} formation")
        builder.flow(f"{source.name} transit", ktr * source, source, target)


def _target(builder: _Builder, body: _Body, product: Drug) -> _Body:
    """The compartments of what is formed in a body."""
    return builder.bodies[body.origin.of(product)[0]]


def _gain(builder: _Builder, body: _Body, product: Drug, formation: Formation) -> Expression:
    """Apparent systemic formation, per amount of parent; the metabolite's volume is a convention."""
    rate = _mole_ratio(builder, body.drug, product) * body.central
    rate = rate * builder.of(
        product, str(formation.systemic), "1/(L*h)", f"systemic formation of {product.name}"
    )
    target = _target(builder, body, product)
    rate = _formation_factor(builder, body.drug, product) * rate * target.volumes[0]
    builder.flow(f"{body.prefix} to {product.name}", rate, body.central, target.central)
    return rate


def _formation_factor(builder: _Builder, parent: Drug, product: Drug) -> Expression:
    """Factor on the formation of a metabolite, where the metabolism of the parent changes."""
    extraction = builder.metabolized.get(parent.name)
    if extraction is None or product.name not in extraction.formation:
        return constant(1.0)
    return extraction.formation[product.name].expression


def _mole_ratio(builder: _Builder, parent: Drug, product: Drug) -> Expression:
    """From a ratio of masses to a ratio of amounts."""
    masses = [
        builder.of(drug, "molar_mass", "kg/nmol", f"molar mass of {drug.name}") for drug in (parent, product)
    ]
    return masses[0] / masses[1]


@dataclass(frozen=True)
class _Way:
    """One input of one use: what enters, by which place, and which share of the dose."""

    drug: Drug
    use: Use
    item: Input
    share: Expression
    place: str
    suffix: str
    name: str


def _inlets(
    builder: _Builder, members: Mapping[str, Drug], use: Use, products: Mapping[str, Product]
) -> None:
    drug = members[use.drug]
    route = _route(drug, use)
    body = builder.bodies[_prefix(drug, route)]
    for index, item in enumerate(route.inputs, start=1):
        suffix = str(index) if len(route.inputs) > 1 else ""
        share = _share(builder, drug, item, use, products)
        way = _Way(drug, use, item, share, route.name, suffix, f"{use.group}#{index}")
        _inlet(builder, way, _entry(builder, body, way), _absorbed(builder, way), way.name)
        for formation in drug.metabolites:
            if formation.passes(route.name) and item.ka:
                product = members[formation.drug]
                _first_pass(builder, way, _target(builder, body, product), formation, products)


def _absorbed(builder: _Builder, way: _Way) -> Expression:
    """Share of a dose that enters: what arrives, or where gut wall and liver change, what is absorbed."""
    extraction = builder.first_pass(way.drug, way.place)
    if extraction is None:
        return way.share
    for needed in extraction.parameters:
        builder.use(needed)
    return way.share / extraction.baseline


def _inlet(builder: _Builder, way: _Way, state: State, share: Expression, name: str) -> None:
    drug, item = way.drug, way.item
    lag, duration = constant(0.0), None
    if item.lag:
        lag = builder.of(drug, item.lag, TIME_UNIT, f"absorption lag of {drug.name}").expression
    if item.duration:
        what = f"zero-order input time of {drug.name}"
        duration = builder.of(drug, item.duration, TIME_UNIT, what).expression
    builder.inlets.append(Inlet(name, state, share, lag, duration, way.use.group))


def _entry(builder: _Builder, body: _Body, way: _Way) -> State:
    """The state that a dose enters, with the chain from there to the central compartment."""
    drug, item = way.drug, way.item
    place = f"{drug.name}.{way.place}.depot{way.suffix}"
    state = body.central
    if item.ka:
        ka = builder.of(drug, item.ka, RATE, f"absorption rate constant of {drug.name}")
        depot = builder.state(place, f"{drug.name}, at the site of absorption")
        _absorb(builder, way, place, ka * depot, depot, state)
        state = depot
    for step in range(item.transits, 0, -1):
        ktr = builder.of(drug, str(item.ktr), RATE, f"absorption transit rate of {drug.name}")
        stop = builder.state(f"{place}.transit{step}", f"{drug.name}, absorption transit {step}")
        builder.flow(f"{place} transit {step}", ktr * stop, stop, state)
        state = stop
    return state


def _absorb(builder: _Builder, way: _Way, place: str, rate: Expression, depot: State, central: State) -> None:
    """Take up from the depot; gut wall and liver eliminate their share where that changes."""
    drug = way.drug
    builder.absorbed.setdefault(drug.name, {})[place] = rate
    extraction = builder.first_pass(drug, way.place)
    if extraction is None:
        builder.flow(f"{place} absorption", rate, depot, central)
        return
    builder.flow(f"{place} absorption", extraction.passing * rate, depot, central)
    builder.flow(f"{place} first pass", (1.0 - extraction.passing) * rate, depot, None)


def _first_pass(
    builder: _Builder, way: _Way, target: _Body, formation: Formation, products: Mapping[str, Product]
) -> None:
    """The part of a dose that arrives as metabolite; it follows the parent's absorption."""
    drug, product = way.drug, target.drug
    name = f"{product.name}.{way.place}.first_pass{way.suffix}"
    depot = builder.state(name, f"{product.name}, formed on the first pass")
    ka = builder.of(drug, str(way.item.ka), RATE, f"absorption rate constant of {drug.name}")
    factor = _formation_factor(builder, drug, product)
    if factor.is_one:
        builder.flow(f"{name} absorption", ka * depot, depot, target.central)
    else:
        # Apparent formation may rise above what was put into the depot, so the two flows are kept apart.
        builder.flow(f"{name} emptied", ka * depot, depot, None)
        builder.flow(f"{name} formed", factor * ka * depot, None, target.central)
    _inlet(
        builder,
        way,
        depot,
        _arriving(builder, way, target, formation, products),
        f"{way.name}/{product.name}",
    )


def _arriving(
    builder: _Builder, way: _Way, target: _Body, formation: Formation, products: Mapping[str, Product]
) -> Expression:
    """Share of a dose that arrives as a metabolite."""
    drug, product = way.drug, target.drug
    if formation.kind == "gain":
        gain = builder.of(
            product, str(formation.first_pass), "1/L", f"first-pass formation of {product.name}"
        )
        return way.share * (gain * target.volumes[0] * _mole_ratio(builder, drug, product))
    lost = 1.0 - _fractions(builder, drug, way.item)
    # A person drawn with more than the whole dose has no first pass, not a negative one.
    lost = select(lost, 0.0, lost, 0.0)
    share = builder.of(
        drug, str(formation.first_pass), NUMBER, f"share of the first pass that becomes {product.name}"
    )
    return lost * share * _preparation(builder, products, way.use)


def _fractions(builder: _Builder, drug: Drug, item: Input) -> Expression:
    share = constant(1.0)
    for key in item.fractions:
        share = share * builder.of(drug, key, NUMBER, f"share of the dose of {drug.name}")
    return share


def _share(
    builder: _Builder, drug: Drug, item: Input, use: Use, products: Mapping[str, Product]
) -> Expression:
    """Bioavailability of one input of one use."""
    share = _fractions(builder, drug, item)
    for key in item.complements:
        share = share * (
            1.0 - builder.of(drug, key, NUMBER, f"share of the dose of {drug.name} that goes elsewhere")
        )
    if item.dose_reference and item.dose_exponent:
        reference = builder.of(
            drug, item.dose_reference, AMOUNT, f"reference dose of {drug.name}", by_mass=True
        )
        exponent = builder.of(
            drug, item.dose_exponent, NUMBER, f"dose exponent of bioavailability of {drug.name}"
        )
        share = share * (DOSE / reference) ** exponent
    return share * _preparation(builder, products, use)


def _preparation(builder: _Builder, products: Mapping[str, Product], use: Use) -> Expression:
    """Factor of a product on bioavailability, and of its batch on content."""
    factor = constant(1.0)
    if use.product is None:
        return factor
    product = products[use.product]
    for component in product.components:
        if component.drug == use.drug and component.preparation:
            what = f"bioavailability of {use.drug} from {product.name}, relative"
            slot = component.preparation_spread
            spread = Spread(slot, "log-normal") if slot else None
            factor = factor * builder.use(Parameter(component.preparation, NUMBER, what, spread=spread))
    if product.batch and not use.is_content_stated:
        what = f"content of a batch of {product.batch.partition('.')[0]}, relative to the default"
        batch = Parameter(product.batch, NUMBER, what, spread=Spread(f"IIV_{product.batch}", "log-normal"))
        factor = factor * builder.use(batch)
    return factor
