"""What a drug file says of enzymes: which of them clear the drug, and what the drug does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from speciosa.errors import DrugError

Site = Literal["liver", "gut"]
ENZYMES: Mapping[str, tuple[Site, ...]] = MappingProxyType(
    {
        "CYP3A": ("liver", "gut"),
        "CYP2D6": ("liver",),
        "CYP2B6": ("liver",),
        "UGT2B7": ("liver",),
        "AADAC": ("liver",),
    }
)
"""Enzymes that drug files may name, and where each of them clears drugs."""

PHENOTYPES: Mapping[str, str] = MappingProxyType({"CYP2D6": "cyp2d6_activity_score"})
"""Covariates by which people differ in an enzyme."""


def _check(enzyme: str, sites: tuple[Site, ...] = ()) -> None:
    if enzyme not in ENZYMES:
        raise DrugError(f"the enzyme {enzyme!r} is not known", expected=f"one of: {', '.join(ENZYMES)}")
    for site in sites:
        if site not in ENZYMES[enzyme]:
            raise DrugError(
                f"{enzyme} does not clear drugs in the {site}",
                expected=f"one of: {', '.join(ENZYMES[enzyme])}",
            )


@dataclass(frozen=True)
class Pathway:
    """One enzyme by which a drug is cleared.

    Parameters
    ----------
    enzyme : str
        A key of `ENZYMES`.
    fraction : str, optional
        Slot of the share of the hepatic intrinsic clearance (of `clearance`, where that is named) that this
        enzyme carries; the whole where it is left out.
    gut : str, optional
        Slot of the share of what is absorbed that escapes this enzyme in the gut wall.
    clearance : str, optional
        The clearance of the disposition that the pathway belongs to, where it does not belong to all.
    forms : str, optional
        A metabolite that this pathway makes.
    formed : str, optional
        Of a metabolite formed by gain, slot of the share of its formation that this pathway carries; the
        whole where it is left out. Of one formed by fraction, slot of the share of the clearance that it is,
        where that is not `fraction`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enzyme: str
    fraction: str | None = None
    gut: str | None = None
    clearance: str | None = None
    forms: str | None = None
    formed: str | None = None

    def __post_init__(self) -> None:
        _check(self.enzyme, ("gut",) if self.gut else ())
        if self.fraction is None and self.clearance is None:
            raise DrugError(
                f"the pathway by {self.enzyme} names no share",
                expected="fraction, or the clearance it makes up",
            )
        if self.formed and not self.forms:
            raise DrugError(
                f"the pathway by {self.enzyme} has a share of a formation, and forms nothing",
                expected="forms, the name of the metabolite",
            )


@dataclass(frozen=True)
class Metabolism:
    """How the liver and the gut wall clear a drug; used only where an interaction needs it.

    Parameters
    ----------
    extraction : str
        Slot of the share of a drug that the liver takes out of the blood that passes it.
    pathways : tuple of Pathway
    share : str, optional
        Slot of the share of the clearance that is hepatic; all of it where left out.
    hepatic : tuple of str
        The clearances of the disposition that are hepatic; all where left out.
    first_pass : tuple of str
        Routes whose absorbed drug passes the gut wall and the liver first.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    extraction: str
    pathways: tuple[Pathway, ...]
    share: str | None = None
    hepatic: tuple[str, ...] = ()
    first_pass: tuple[str, ...] = ("oral",)

    def __post_init__(self) -> None:
        if not self.pathways:
            raise DrugError("the metabolism names no pathway", expected="at least one enzyme")

    @property
    def enzymes(self) -> tuple[str, ...]:
        """Enzymes that clear the drug."""
        return tuple(dict.fromkeys(item.enzyme for item in self.pathways))

    def sites(self, enzyme: str) -> tuple[Site, ...]:
        """Where an enzyme clears the drug."""
        own = [item for item in self.pathways if item.enzyme == enzyme]
        gut: tuple[Site, ...] = ("gut",) if any(item.gut for item in own) else ()
        return ("liver", *gut) if own else ()


@dataclass(frozen=True)
class Inhibition:
    """Reversible inhibition, ``activity / (1 + C / Ki)`` with the unbound concentration C.

    Parameters
    ----------
    enzyme : str
    ki : str
        Slot.
    sites : tuple of {"liver", "gut"}
        Where it acts; everywhere where left out.
    is_self_acting : bool
        Whether the drug's own clearance changes too; False where its published kinetics contain that already.
    uptake : str, optional
        Slot of the unbound concentration in the liver over that in plasma; 1 where left out.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enzyme: str
    ki: str
    sites: tuple[Site, ...] = ()
    is_self_acting: bool = False
    uptake: str | None = None

    def __post_init__(self) -> None:
        _check(self.enzyme, self.sites)


@dataclass(frozen=True)
class Inactivation:
    """Time-dependent inhibition: the enzyme is lost at the rate ``kinact * C / (KI + C)``.

    Parameters
    ----------
    enzyme : str
    ki, kinact : str
        Slots.
    sites, is_self_acting, uptake
        As in `Inhibition`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enzyme: str
    ki: str
    kinact: str
    sites: tuple[Site, ...] = ()
    is_self_acting: bool = False
    uptake: str | None = None

    def __post_init__(self) -> None:
        _check(self.enzyme, self.sites)


@dataclass(frozen=True)
class Induction:
    """Induction: the enzyme is made at ``1 + Emax * C / (EC50 + C)`` times its usual rate.

    Parameters
    ----------
    enzyme : str
    emax, ec50 : str
        Slots; Emax is the fold minus 1.
    sites, is_self_acting, uptake
        As in `Inhibition`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enzyme: str
    emax: str
    ec50: str
    sites: tuple[Site, ...] = ()
    is_self_acting: bool = False
    uptake: str | None = None

    def __post_init__(self) -> None:
        _check(self.enzyme, self.sites)


Effect = Inhibition | Inactivation | Induction


def acts_at(effect: Effect, enzyme: str, site: Site) -> bool:
    """Whether an effect reaches an enzyme at a site.

    Examples
    --------
    >>> acts_at(Inhibition("CYP3A", "Ki.CYP3A", sites=("gut",)), "CYP3A", "liver")
    False
    """
    return effect.enzyme == enzyme and site in (effect.sites or ENZYMES[enzyme])
