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
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    volumes: tuple[str, ...]
    clearances: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    rate: str | None = None
    vmax: str | None = None
    km: str | None = None

    def __post_init__(self) -> None:
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
    note : str
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    inputs: tuple[Input, ...]
    aliases: tuple[str, ...] = ()
    disposition: Disposition | None = None
    note: str = ""


@dataclass(frozen=True)
class Formation:
    """How a metabolite is formed from its parent.

    Parameters
    ----------
    drug : str
        The metabolite.
    kind : {"fraction", "gain"}
        ``fraction``: `systemic` names the parent's clearance (or share of elimination) that forms the
        metabolite. ``gain``: apparent formation per amount of parent, where only ratios are identifiable:
        `systemic` in 1/(L*h), `first_pass` in 1/L.
    systemic, first_pass : str, optional
        Slots.
    transits, ktr
        Delay chain between parent and metabolite.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    kind: FormationKind
    systemic: str | None = None
    first_pass: str | None = None
    transits: int = 0
    ktr: str | None = None

    def __post_init__(self) -> None:
        if self.kind == "fraction" and (self.systemic is None or self.first_pass is not None):
            raise DrugError(f"the formation of {self.drug} by fraction needs the slot systemic alone")
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
        Receptors at which the drug has an affinity and an intrinsic efficacy ("MOR").
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
    has_biophase_delay: bool = False
    variability: tuple[tuple[str, SpreadKind], ...] = ()
    covariates: tuple[Covariate, ...] = ()
    correlations: tuple[tuple[str, str, str], ...] = ()
    occasions: tuple[tuple[str, SpreadKind], ...] = ()
    note: str = ""
    metabolism: Metabolism | None = None
    inhibits: tuple[Inhibition, ...] = ()
    inactivates: tuple[Inactivation, ...] = ()
    induces: tuple[Induction, ...] = ()

    def __post_init__(self) -> None:
        self._check_metabolism()
        self._check_correlations()
        for item in self.metabolites:
            if item.kind == "fraction" and item.systemic not in self.disposition.clearances:
                raise DrugError(
                    f"{item.drug} is formed by {item.systemic!r}, which is no clearance of {self.name}",
                    expected=f"one of: {', '.join(self.disposition.clearances) or 'none'}",
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
    preparation : str, optional
        Slot with the factor on bioavailability of this preparation, relative to the drug's own route.
    preparation_spread : str, optional
        Slot with the spread of that factor between people.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drug: str
    content: str | None = None
    share: str | None = None
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
    note: str = ""
