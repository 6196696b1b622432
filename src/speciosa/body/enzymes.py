"""Enzymes whose activity drugs change.

The amount A of an enzyme, relative to that of a person of normal activity who takes nothing, follows

    dA/dt = kdeg * (A0 * (1 + sum Emax * C / (EC50 + C)) - A) - A * sum kinact * C / (KI + C)

with the unbound concentrations C of inducers and inactivators and A0 the person's own level; reversible
inhibitors divide what is left,

    a = A / (1 + sum C / Ki).

In the liver, C is the unbound concentration at the inlet, to which what is being absorbed adds, diluted in
the blood flow of the liver: ``C = fu * (plasma + absorption / flow)``, times a ratio where the drug is taken
up actively. In the gut wall, what is being absorbed is all unbound and diluted in the blood flow of the
enterocytes: ``C = fu * plasma + absorption / flow``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speciosa.body.adaptation import LN2
from speciosa.body.disposition import absorption, plasma
from speciosa.body.quantities import CLEARANCE, CONCENTRATION, NUMBER, RATE, TIME_UNIT, parameter
from speciosa.drugs import Drug
from speciosa.drugs.interaction import (
    PHENOTYPES,
    Effect,
    Inactivation,
    Induction,
    Inhibition,
    Site,
    acts_at,
)
from speciosa.model import (
    Change,
    CovariatePower,
    Expression,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    constant,
    total,
)

Acting = tuple[tuple[Drug, Effect], ...]
"""Effects that reach one enzyme at one site, each with the drug it is of."""

Blocking = tuple[tuple[Drug, Inhibition], ...]
"""Those of them that are reversible inhibition."""


def amount(enzyme: str, site: Site, spared: str = "") -> Signal:
    """Amount of an enzyme relative to normal; `spared` names a drug whose own effect is left out."""
    ending = f".spared.{spared}" if spared else ""
    words = f", without the effect of {spared}" if spared else ""
    return Signal(
        f"enzyme.{enzyme}.{site}{ending}", NUMBER, f"{enzyme} of the {site}, relative to normal{words}"
    )


def strength(enzyme: str, site: Site, drug: str) -> Signal:
    """Unbound concentration of a drug over its Ki at an enzyme: how strongly it inhibits."""
    return Signal(
        f"binding.{enzyme}.{site}.{drug}",
        NUMBER,
        f"concentration of {drug} over its Ki at {enzyme} of the {site}",
    )


def effects_of(drug: Drug) -> tuple[Effect, ...]:
    """Everything a drug does to enzymes."""
    return (*drug.inhibits, *drug.inactivates, *drug.induces)


def acting(present: Sequence[Drug], enzyme: str, site: Site, victim: Drug | None = None) -> Acting:
    """The effects of the drugs present on one enzyme at one site.

    Parameters
    ----------
    present : sequence of Drug
    enzyme : str
    site : {"liver", "gut"}
    victim : Drug, optional
        Leave out its own effects, save those that act on its own clearance.

    Returns
    -------
    tuple of (Drug, Effect)
    """
    return tuple(
        (drug, effect)
        for drug in present
        for effect in effects_of(drug)
        if acts_at(effect, enzyme, site)
        and (victim is None or drug.name != victim.name or effect.is_self_acting)
    )


def lasting(found: Acting) -> Acting:
    """The effects that change the amount of an enzyme over time."""
    return tuple(item for item in found if not isinstance(item[1], Inhibition))


def reversible(found: Acting) -> Blocking:
    """The effects that end with the concentration that makes them."""
    return tuple((drug, effect) for drug, effect in found if isinstance(effect, Inhibition))


def shared_enzymes(victim: Drug, present: Sequence[Drug]) -> tuple[str, ...]:
    """Enzymes by which a drug is cleared and on which a drug of the scenario acts.

    Parameters
    ----------
    victim : Drug
    present : sequence of Drug
        The molecules of the scenario; the victim may be one of them.

    Returns
    -------
    tuple of str
    """
    if victim.metabolism is None:
        return ()
    return tuple(
        enzyme
        for enzyme in victim.metabolism.enzymes
        if any(acting(present, enzyme, site, victim) for site in victim.metabolism.sites(enzyme))
    )


def phenotype(enzyme: str) -> Parameter:
    """Activity of an enzyme in a person, relative to a normal metabolizer."""
    relation = CovariatePower(
        PHENOTYPES[enzyme], f"{enzyme}.activity_score.reference", f"{enzyme}.activity_score.exponent"
    )
    words = f"activity of {enzyme}, relative to a normal metabolizer"
    return Parameter(f"{enzyme}.phenotype", NUMBER, words, covariates=(relation,))


def turnover(enzyme: str, site: Site) -> Parameter:
    """Half-life of an enzyme at a site."""
    return Parameter(f"{enzyme}.{site}.half_life", TIME_UNIT, f"half-life of {enzyme} in the {site}")


class _Exposure:
    """Unbound concentrations of drugs at a site, with what they are made of."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.parameters: dict[str, Parameter] = {}
        self.signals: dict[str, Signal] = {}

    def use(self, item: Parameter) -> Parameter:
        return self.parameters.setdefault(item.name, item)

    def of(self, drug: Drug, key: str, unit: str, words: str) -> Parameter:
        return self.use(parameter(drug, key, unit, f"{words} of {drug.name}"))

    def read(self, item: Signal) -> Signal:
        return self.signals.setdefault(item.name, item)

    def concentration(self, drug: Drug, effect: Effect) -> Expression:
        free = parameter(drug, "fu", NUMBER, f"unbound fraction of {drug.name} in plasma")
        name = {"liver": "liver.blood_flow", "gut": "gut.enterocyte_flow"}[self.site]
        flow = self.use(
            Parameter(name, CLEARANCE, f"blood flow of the {self.site} that dilutes what is absorbed")
        )
        circulating, coming = self.read(plasma(drug.name)), self.read(absorption(drug.name)) / flow
        if self.site == "gut":
            return self.use(free) * circulating + coming
        unbound = self.use(free) * (circulating + coming)
        if effect.uptake is None:
            return unbound
        return self.of(drug, effect.uptake, NUMBER, "unbound liver-to-plasma ratio") * unbound


def inhibition(enzyme: str, site: Site, found: Blocking) -> Module:
    """How strongly each reversible inhibitor of a scenario holds an enzyme.

    Parameters
    ----------
    enzyme : str
    site : {"liver", "gut"}
    found : tuple of (Drug, Inhibition)

    Returns
    -------
    Module
        Gives ``binding.<enzyme>.<site>.<drug>``.
    """
    exposure = _Exposure(site)
    outputs = []
    for drug, effect in found:
        ki = exposure.of(drug, effect.ki, CONCENTRATION, f"inhibition constant at {enzyme}")
        outputs.append(Output(strength(enzyme, site, drug.name), exposure.concentration(drug, effect) / ki))
    return Module(
        name=f"inhibition of {enzyme} in the {site}",
        description=f"reversible inhibition of {enzyme} in the {site}",
        parameters=tuple(exposure.parameters.values()),
        inputs=tuple(exposure.signals.values()),
        outputs=tuple(outputs),
    )


def turnover_module(signal: Signal, enzyme: str, site: Site, found: Acting, *, is_phenotyped: bool) -> Module:
    """Synthesis and loss of an enzyme under inducers and inactivators.

    Parameters
    ----------
    signal : Signal
        The amount that the module gives.
    enzyme : str
    site : {"liver", "gut"}
    found : tuple of (Drug, Effect)
        What acts on it; nothing where only people differ.
    is_phenotyped : bool
        Whether people differ in their own level.

    Returns
    -------
    Module
        With a state where something acts, and the person's own level otherwise.
    """
    exposure = _Exposure(site)
    level = exposure.use(phenotype(enzyme)).expression if is_phenotyped else constant(1.0)
    if not found:
        return Module(
            name=signal.description,
            description=f"{enzyme} by phenotype",
            parameters=tuple(exposure.parameters.values()),
            outputs=(Output(signal, level),),
        )
    state = State(f"{signal.name}.amount", NUMBER, signal.description, initial=level)
    loss = LN2 / exposure.use(turnover(enzyme, site))
    gains = total(_fold(exposure, drug, item) for drug, item in found if isinstance(item, Induction))
    losses = total(_loss(exposure, drug, item) for drug, item in found if isinstance(item, Inactivation))
    return Module(
        name=signal.description,
        description=f"synthesis and loss of {enzyme} in the {site}",
        states=(state,),
        parameters=tuple(exposure.parameters.values()),
        inputs=tuple(exposure.signals.values()),
        outputs=(Output(signal, state.expression),),
        changes=(Change(state, loss * (level * (1.0 + gains) - state) - losses * state),),
    )


def _fold(exposure: _Exposure, drug: Drug, effect: Induction) -> Expression:
    emax = exposure.of(drug, effect.emax, NUMBER, f"largest induction of {effect.enzyme}, fold minus 1,")
    ec50 = exposure.of(drug, effect.ec50, CONCENTRATION, "concentration of half the largest induction")
    reached = exposure.concentration(drug, effect)
    return emax * reached / (ec50 + reached)


def _loss(exposure: _Exposure, drug: Drug, effect: Inactivation) -> Expression:
    fastest = exposure.of(drug, effect.kinact, RATE, f"fastest inactivation of {effect.enzyme}")
    half = exposure.of(
        drug, effect.ki, CONCENTRATION, f"concentration of half the inactivation of {effect.enzyme}"
    )
    reached = exposure.concentration(drug, effect)
    return fastest * reached / (half + reached)


def levels(
    found: Mapping[Signal, tuple[str, Site, Acting]], phenotyped: frozenset[str]
) -> tuple[Module, ...]:
    """One turnover module for each amount of enzyme that is asked for."""
    return tuple(
        turnover_module(signal, enzyme, site, effects, is_phenotyped=enzyme in phenotyped)
        for signal, (enzyme, site, effects) in found.items()
    )
