"""Where drugs meet: which enzyme one acts on and another is cleared by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speciosa.body.enzymes import acting, effects_of
from speciosa.drugs import Drug
from speciosa.drugs.interaction import Effect, Inactivation, Induction, Inhibition, Site

VERBS: tuple[tuple[type[Effect], str], ...] = (
    (Inhibition, "inhibits"),
    (Inactivation, "inactivates"),
    (Induction, "induces"),
)


def verb(effect: Effect) -> str:
    """What an effect does to its enzyme."""
    return next(word for kind, word in VERBS if isinstance(effect, kind))


@dataclass(frozen=True)
class Contact:
    """One enzyme at which a drug changes the clearance of another.

    Parameters
    ----------
    perpetrator, victim : str
    enzyme : str
    sites : tuple of {"liver", "gut"}
        Where both are concerned with it.
    action : str
        "inhibits", "inactivates" or "induces".
    """

    perpetrator: str
    victim: str
    enzyme: str
    sites: tuple[Site, ...]
    action: str

    @property
    def text(self) -> str:
        """One line."""
        places = " and ".join({"liver": "liver", "gut": "gut wall"}[site] for site in self.sites)
        return f"{self.perpetrator} {self.action} {self.enzyme} of the {places}, which clears {self.victim}"


def contacts(perpetrators: Iterable[Drug], victims: Sequence[Drug]) -> tuple[Contact, ...]:
    """Where drugs act on enzymes that clear others.

    Parameters
    ----------
    perpetrators : iterable of Drug
    victims : sequence of Drug
        A drug is no victim of itself.

    Returns
    -------
    tuple of Contact

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> drugs = catalog().drugs
    >>> contacts([drugs["ketoconazole"]], [drugs["midazolam"]])[0].text
    'ketoconazole inhibits CYP3A of the liver and gut wall, which clears midazolam'
    >>> contacts([drugs["midazolam"]], [drugs["ketoconazole"]])
    ()
    """
    found: dict[tuple[str, str, str, str], list[Site]] = {}
    for perpetrator in perpetrators:
        for victim in victims:
            if victim.metabolism is None or victim.name == perpetrator.name:
                continue
            for enzyme in victim.metabolism.enzymes:
                for site in victim.metabolism.sites(enzyme):
                    for _, effect in acting([perpetrator], enzyme, site):
                        key = (perpetrator.name, victim.name, enzyme, verb(effect))
                        found.setdefault(key, []).append(site)
    return tuple(
        Contact(perpetrator, victim, enzyme, tuple(dict.fromkeys(sites)), action)
        for (perpetrator, victim, enzyme, action), sites in found.items()
    )


@dataclass(frozen=True)
class Role:
    """What the library knows of a drug and enzymes.

    Parameters
    ----------
    drug : str
    cleared_by : tuple of str
        Enzymes; empty where the library has no share of any, and the drug keeps its empirical model.
    acts : tuple of str
        Such as "inhibits CYP3A".
    """

    drug: str
    cleared_by: tuple[str, ...]
    acts: tuple[str, ...]


def role(drug: Drug) -> Role:
    """What the library knows of a drug and enzymes.

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> role(catalog().drugs["quinidine"])
    Role(drug='quinidine', cleared_by=('CYP3A',), acts=('inhibits CYP2D6',))
    """
    effects = effects_of(drug)
    acts = tuple(
        f"{verb(item)} {item.enzyme}" + (f" of the {' and '.join(item.sites)}" if item.sites else "")
        for item in effects
    )
    return Role(drug.name, drug.metabolism.enzymes if drug.metabolism else (), tuple(dict.fromkeys(acts)))
