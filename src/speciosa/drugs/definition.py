"""What a drug file and a product file say: names, routes, structure and slots, never a number.

A slot is written short in the file (``CL/F``) and belongs to the drug (``mitragynine.CL/F``); the selection
in the evidence room says which row fills it. A slot with a leading slash (``/allometry.volume``) is shared
by several drugs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from speciosa.drugs.interaction import Inactivation, Induction, Inhibition, Metabolism
from speciosa.errors import DrugError

InputKind = Literal["bolus", "first-order", "zero-order", "transit"]
FormationKind = Literal["fraction", "gain"]
CautionKind = Literal["conflicting", "weak", "speculative"]
SpreadKind = Literal["log-normal", "logit-normal"]
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"bolus": (), "first-order": ("ka",), "zero-order": ("duration",), "transit": ("transits", "ktr")}
)
_COMPARTMENTS = 3


@dataclass(frozen=True)
class Input:
    """One way by which a dose of a route enters the body; a route may have several in parallel.

    Parameters
    ----------
    kind : {"bolus", "first-order", "zero-order", "transit"}
        ``bolus`` enters the central compartment at once (or over the stated infusion time), ``first-order``
        through a depot with rate constant `ka`, ``zero-order`` over `duration` (into the depot if `ka` is
        given, else into the central compartment), ``transit`` through `transits` compartments with rate
        constant `ktr` and then `ka`.
    fractions : tuple of str
        Slots whose product is the share of the dose that takes this way.
    complements : tuple of str
        Slots whose complement (1 - value) also multiplies the share.
    ka, ktr, lag, duration : str, optional
        Slots.
    transits : int
        Number of transit compartments.
    dose_reference, dose_exponent : str, optional
        Slots of ``(dose / reference) ** exponent``, a dose-dependent bioavailability.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: InputKind
    fractions: tuple[str, ...] = ()
    complements: tuple[str, ...] = ()
    ka: str | None = None
    ktr: str | None = None
    lag: str | None = None
    duration: str | None = None
    transits: int = 0
    dose_reference: str | None = None
    dose_exponent: str | None = None

    def __post_init__(self) -> None:
        for key in _NEEDED[self.kind]:
            if not getattr(self, key):
                raise DrugError(f"a {self.kind} input has no {key}")
        if self.transits and self.kind != "transit":
            raise DrugError(f"a {self.kind} input has transits", expected='kind = "transit"')
        if (self.dose_reference is None) != (self.dose_exponent is None):
            raise DrugError(
                "a dose-dependent input names one slot", expected="dose_reference and dose_exponent"
            )


@dataclass(frozen=True)
class Covariate:
    """How a covariate acts on a slot, in one of three forms; all but `covariate` and the levels are slots.

    Parameters
    ----------
    slot : str
        What it acts on.
    covariate : str
        Name of the covariate.
    reference : str, optional
        Value of the covariate at which the slot holds.
    exponent : str, optional
        Power form: ``slot * (covariate / reference) ** exponent``.
    coefficient : str, optional
        Exponential form: ``slot * exp(coefficient * (covariate - reference))``.
    factors : tuple of (level, slot)
        Category form: ``slot * factor`` at the levels named, the slot itself at all others.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    slot: str
    covariate: str
    reference: str | None = None
    exponent: str | None = None
    coefficient: str | None = None
    factors: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        forms = [bool(self.exponent), bool(self.coefficient), bool(self.factors)]
        if sum(forms) != 1 or bool(self.reference) == bool(self.factors):
            raise DrugError(
                f"the effect of {self.covariate} on {self.slot} has no clear form",
                expected="reference and exponent, or reference and coefficient, or factors alone",
            )


@dataclass(frozen=True)
class Disposition:
    """One to three compartments by clearance and volumes; slots of the drug.

    Parameters
    ----------
    clearances : tuple of str
        Slots whose sum is the elimination clearance of the central compartment.
    volumes : tuple of str
        Central volume first.
    flows : tuple of str
        Intercompartmental clearances, one fewer than volumes.
    rate : str, optional
        Elimination rate constant, given instead of clearances.
    vmax, km : str, optional
        Saturable elimination ``vmax * C / (km + C)``, in place of clearances or beside them.
    multipliers : tuple of str
        Slots that multiply every clearance: what treatment or disease does to it (autoinduction).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    volumes: tuple[str, ...]
    clearances: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    rate: str | None = None
    vmax: str | None = None
    km: str | None = None
    multipliers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.multipliers and not self.clearances:
            raise DrugError("a disposition has multipliers and no clearances")
        if not 1 <= len(self.volumes) <= _COMPARTMENTS:
            raise DrugError(
                f"a disposition has {len(self.volumes)} volumes", expected=f"1 to {_COMPARTMENTS}"
            )
        if len(self.flows) != len(self.volumes) - 1:
            raise DrugError(
                f"a disposition has {len(self.volumes)} volumes and {len(self.flows)} flows",
                expected="one flow fewer than volumes",
            )
        if (self.vmax is None) != (self.km is None):
            raise DrugError("a saturable elimination names one slot", expected="vmax and km")
        if bool(self.clearances or self.vmax) == bool(self.rate):
            raise DrugError("a disposition needs clearances or a rate", expected="one of the two")


@dataclass(frozen=True)
class Caution:
    """Why the numbers of a drug or of one of its routes need care; every result that contains it says so.

    Parameters
    ----------
    kind : {"conflicting", "weak", "speculative"}
        ``conflicting``: published values differ so much that the choice decides the answer. ``weak``: only
        recalled or indirect numbers. ``speculative``: no data in people at all; figures and tables are
        marked as well.
    text : str
        One sentence.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: CautionKind
    text: str


@dataclass(frozen=True)
class Formed:
    """Own disposition of a metabolite where it is formed of doses by one route."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    disposition: Disposition


@dataclass(frozen=True)
class Route:
    """A route of administration and its inputs.

    Parameters
    ----------
    name : str
    inputs : tuple of Input
        In parallel; each receives the whole dose and takes its share.
    aliases : tuple of str
    disposition : Disposition, optional
        Own disposition, for routes whose published models are apparent (per F) and cannot be joined with
        the others; the plasma concentration is the sum over the dispositions.
    formed : tuple of Formed
        Metabolites that have an own disposition too, where they come of this route's doses.
    site : str
        Where it is given, in the words of the regimens ("subcutaneous"), for a route named otherwise (a
        depot): a product is found by either.
    note : str
    caution : Caution, optional
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    inputs: tuple[Input, ...]
    aliases: tuple[str, ...] = ()
    disposition: Disposition | None = None
    formed: tuple[Formed, ...] = ()
    site: str = ""
    note: str = ""
    caution: Caution | None = None

    def __post_init__(self) -> None:
        if self.formed and self.disposition is None:
            raise DrugError(
                f"route {self.name} gives {self.formed[0].drug} an own disposition and has none itself"
            )

    def disposition_of(self, drug: str) -> Disposition | None:
        """Own disposition of a metabolite formed of this route's doses."""
        return next((item.disposition for item in self.formed if item.drug == drug), None)


@dataclass(frozen=True)
class Formation:
    """How a metabolite is formed from its parent.

    Parameters
    ----------
    drug : str
        The metabolite.
    kind : {"fraction", "gain"}
        ``fraction``: `systemic` names the parent's clearance that forms the metabolite, `shares` the part of
        it that does, and `first_pass` the share that becomes metabolite of what is absorbed and lost on the
        way to the circulation (1 less the `fractions` of the input). ``gain``: apparent formation per amount
        of parent, where only ratios are identifiable: `systemic` in 1/(L*h), `first_pass` in 1/L.
    systemic, first_pass : str, optional
        Slots.
    shares : tuple of str
        Slots whose product is the part of the clearance that appears as the metabolite; the rest of the
        clearance is eliminated.
    routes : tuple of str
        Routes with a first pass; all that absorb by `ka` where it is left out.
    transits, ktr
        Delay chain between parent and metabolite.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    kind: FormationKind
    systemic: str | None = None
    first_pass: str | None = None
    shares: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    transits: int = 0
    ktr: str | None = None

    def passes(self, route: str) -> bool:
        """Whether a dose by a route forms the metabolite on its way to the circulation."""
        return self.first_pass is not None and (not self.routes or route in self.routes)

    def __post_init__(self) -> None:
        if self.shares and self.systemic is None:
            raise DrugError(f"the formation of {self.drug} has shares and no slot systemic")
        if self.kind == "gain" and self.shares:
            raise DrugError(
                f"the formation of {self.drug} by gain has shares", expected='kind = "fraction" with shares'
            )
        if self.routes and self.first_pass is None:
            raise DrugError(f"the formation of {self.drug} names routes and no slot first_pass")
        if self.systemic is None and self.first_pass is None:
            raise DrugError(f"the formation of {self.drug} names no slot", expected="systemic or first_pass")
        if bool(self.transits) != bool(self.ktr):
            raise DrugError(f"the formation of {self.drug} needs both transits and ktr, or neither")


@dataclass(frozen=True)
class Drug:
    """One molecule: names, routes, disposition, metabolites, receptors and which slots vary between people.

    Parameters
    ----------
    name : str
        Canonical lower-case name.
    aliases : tuple of str
    group : str
        Class shown in lists: "kratom alkaloid", "opioid agonist", "opioid antagonist".
    routes : tuple of Route
        The first is the default. Empty for a molecule that is only formed in the body.
    disposition : Disposition
    metabolites : tuple of Formation
    receptors : tuple of str
        Receptors at which the drug has an affinity and an intrinsic efficacy ("MOR"): slots ``Ki.MOR``,
        ``in_vivo.MOR`` and ``efficacy.MOR``.
    kinetics : tuple of str
        Those of `receptors` at which binding takes time that matters; slot ``koff.MOR``. At the others the
        drug is at equilibrium.
    bridges : tuple of str
        Those of `receptors` whose inhibition constant stands on the scale of another laboratory; the shared
        slot ``bridge.MOR`` carries it to the scale of the other drugs.
    channels : tuple of str
        Ion channels that the drug blocks ("hERG"); slot ``IC50.hERG``.
    has_biophase_delay : bool
        Whether the slot ``ke0`` exists; otherwise the biophase follows plasma at once.
    variability : tuple of (slot, kind)
        Slots that vary between people; kind is "log-normal" or "logit-normal"; the size is in slot
        ``IIV_<slot>``.
    covariates : tuple of Covariate
    correlations : tuple of (slot, slot, slot)
        Two slots that vary together between people, and the slot of the correlation of their deviates.
    occasions : tuple of (slot, kind)
        Slots that also vary within a person from occasion to occasion; the size is in slot ``IOV_<slot>``.
    note : str
        Shown by ``speciosa drugs``.
    caution : Caution, optional
    metabolism : Metabolism, optional
        Enzymes that clear the drug; used where an interaction needs it.
    inhibits : tuple of Inhibition
    inactivates : tuple of Inactivation
    induces : tuple of Induction
        What the drug does to enzymes; each asks for the slot ``fu``.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    aliases: tuple[str, ...]
    group: str
    routes: tuple[Route, ...]
    disposition: Disposition
    metabolites: tuple[Formation, ...] = ()
    receptors: tuple[str, ...] = ()
    kinetics: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    has_biophase_delay: bool = False
    variability: tuple[tuple[str, SpreadKind], ...] = ()
    covariates: tuple[Covariate, ...] = ()
    correlations: tuple[tuple[str, str, str], ...] = ()
    occasions: tuple[tuple[str, SpreadKind], ...] = ()
    note: str = ""
    caution: Caution | None = None
    metabolism: Metabolism | None = None
    inhibits: tuple[Inhibition, ...] = ()
    inactivates: tuple[Inactivation, ...] = ()
    induces: tuple[Induction, ...] = ()

    def __post_init__(self) -> None:
        self._check_receptors()
        self._check_metabolism()
        self._check_correlations()
        self._check_formation()

    @property
    def dispositions(self) -> tuple[Disposition, ...]:
        """The drug's own disposition and those of its routes."""
        own = (route.disposition for route in self.routes if route.disposition is not None)
        return (self.disposition, *own)

    def _check_receptors(self) -> None:
        """What is slow or bridged must be a receptor of the file."""
        for key in ("kinetics", "bridges"):
            for name in getattr(self, key):
                if name not in self.receptors:
                    raise DrugError(
                        f"{key} names {name!r}, which is no receptor of {self.name}",
                        expected=f"one of: {', '.join(self.receptors) or 'none'}",
                    )

    def _check_formation(self) -> None:
        """What forms a metabolite must be in the file."""
        clearances = dict.fromkeys(key for item in self.dispositions for key in item.clearances)
        known = [route.name for route in self.routes]
        for item in self.metabolites:
            if item.kind == "fraction" and item.systemic and item.systemic not in clearances:
                raise DrugError(
                    f"{item.drug} is formed by {item.systemic!r}, which is no clearance of {self.name}",
                    expected=f"one of: {', '.join(clearances) or 'none'}",
                )
            beside = [other for other in self.metabolites if other.systemic == item.systemic]
            if item.kind == "fraction" and item.systemic and len(beside) > 1 and not item.shares:
                raise DrugError(
                    f"several metabolites are formed by {item.systemic} and {item.drug} names no shares"
                )
            if item.kind == "fraction" and any(
                len(route.inputs) > 1 and item.passes(route.name) for route in self.routes
            ):
                raise DrugError(
                    f"the first pass to {item.drug} is that of a route with parallel inputs",
                    expected="one input, whose fractions are the bioavailability",
                )
            if not set(item.routes) <= set(known):
                raise DrugError(
                    f"the first pass to {item.drug} names a route that {self.name} does not have",
                    expected=f"some of: {', '.join(known) or 'none'}",
                )

    def _check_metabolism(self) -> None:
        """What the metabolism names must be in the file."""
        if self.metabolism is None:
            return
        named = {item.clearance for item in self.metabolism.pathways if item.clearance}
        for key in (*self.metabolism.hepatic, *named):
            if key not in self.disposition.clearances:
                raise DrugError(
                    f"the metabolism names {key!r}, which is no clearance of {self.name}",
                    expected=f"one of: {', '.join(self.disposition.clearances) or 'none'}",
                )
        formed = {item.drug for item in self.metabolites}
        for pathway in self.metabolism.pathways:
            if pathway.forms and pathway.forms not in formed:
                raise DrugError(f"a pathway forms {pathway.forms!r}, which is no metabolite of {self.name}")

    @property
    def is_saturable(self) -> bool:
        """Whether a disposition of the drug eliminates it by Michaelis and Menten."""
        kinetics = (self.disposition, *(route.disposition for route in self.routes))
        return any(item is not None and item.vmax is not None for item in kinetics)

    def _check_correlations(self) -> None:
        varying = [key for key, _ in self.variability]
        for first, second, _ in self.correlations:
            for key in (first, second):
                if key not in varying:
                    raise DrugError(
                        f"{key!r} is correlated and does not vary between people",
                        expected=f"one of: {', '.join(varying) or 'none'}",
                    )

    def slot(self, key: str) -> str:
        """Full name of a slot; a key with a leading slash is already full, for what drugs share.

        Examples
        --------
        >>> morphine = Drug("morphine", (), "opioid agonist", (), Disposition(("V1",), ("CL",)))
        >>> morphine.slot("CL"), morphine.slot("/allometry.volume")
        ('morphine.CL', 'allometry.volume')
        """
        return key[1:] if key.startswith("/") else f"{self.name}.{key}"

    def route(self, name: str | None) -> Route | None:
        """The route of that name or alias, the default route for None, None where there is no such route."""
        if name is None:
            return self.routes[0] if self.routes else None
        wanted = name.lower()
        for route in self.routes:
            if wanted == route.name or wanted in route.aliases:
                return route
        return None


@dataclass(frozen=True)
class Component:
    """One molecule in a product.

    Parameters
    ----------
    drug : str
        Canonical drug name.
    content : str, optional
        Slot with the content (mg/g); None where the product states none and the user must.
    share : str, optional
        Slot with the share of the product's dose, for products dosed in mg (a racemate).
    salt : str, optional
        Slot with the mass of free base in a mass of the salt that the dose counts; left out where doses are
        labeled as base.
    preparation : str, optional
        Slot with the factor on bioavailability of this preparation, relative to the drug's own route.
    preparation_spread : str, optional
        Slot with the spread of that factor between people.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    content: str | None = None
    share: str | None = None
    salt: str | None = None
    preparation: str | None = None
    preparation_spread: str | None = None


@dataclass(frozen=True)
class Use:
    """How a molecule reaches a person in a scenario: by which route, from which product.

    Parameters
    ----------
    drug : str
    route : str
    product : str, optional
        Canonical product name; None for the molecule itself or for an amount measured in what was taken.
    is_content_stated : bool
        True where the user gave the content, so that batches do not vary.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    route: str
    product: str | None = None
    is_content_stated: bool = True

    @property
    def group(self) -> str:
        """Name of the group of inlets that a dose of this use enters by."""
        batch = "" if self.is_content_stated else "/default content"
        return "/".join([self.drug, self.route, *([self.product] if self.product else [])]) + batch


@dataclass(frozen=True)
class Product:
    """What people take: leaf powder, tea, extract, a racemate.

    Parameters
    ----------
    name, aliases
        Canonical name and other spellings.
    preparation : str
        Short name used in model names ("tea").
    main : str
        The component whose content a user may state; the others scale with it.
    components : tuple of Component
    routes : tuple of str
        Routes that the product may be taken by, the first is the default.
    is_weighed : bool
        True where doses are grams of product (kratom), False where they are mg of drug (a racemate).
    batch : str, optional
        Slot with the spread of content between batches.
    wear : str, optional
        Slot with the hours for which a patch releases what its label states an hour; such products are dosed
        by that rate ("100 ug/h").
    note : str
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    aliases: tuple[str, ...]
    preparation: str
    main: str
    components: tuple[Component, ...]
    routes: tuple[str, ...] = ("oral",)
    is_weighed: bool = True
    batch: str | None = None
    wear: str | None = None
    note: str = ""
