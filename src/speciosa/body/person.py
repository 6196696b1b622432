"""The whole body for a scenario: which modules its drugs need."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from speciosa.body.adaptation import adaptation
from speciosa.body.biophase import biophase
from speciosa.body.disposition import disposition
from speciosa.body.metabolism import interplay
from speciosa.body.receptors import receptor
from speciosa.body.scores import SCALES, score
from speciosa.body.signal import receptor_signal
from speciosa.body.withdrawal import withdrawal
from speciosa.drugs import Catalog, Drug, Use
from speciosa.model import Module

RECEPTOR = "MOR"


def modules_for(
    uses: Iterable[Use], library: Catalog, phenotyped: Collection[str] = ()
) -> tuple[Module, ...]:
    """The modules that a set of uses needs, and no others.

    Parameters
    ----------
    uses : iterable of Use
    library : Catalog
    phenotyped : collection of str
        Enzymes in which the people differ from normal metabolizers.

    Returns
    -------
    tuple of Module
        Disposition of each drug family, enzymes at which drugs meet, biophase of each ligand, receptor
        competition, signal, adaptation, withdrawal and scores.
    """
    uses = tuple(dict.fromkeys(uses))
    families = _families(uses, library)
    molecules = tuple(dict.fromkeys(drug for family in families for drug in family))
    ligands = tuple(drug for drug in molecules if RECEPTOR in drug.receptors)
    meeting = interplay(molecules, phenotyped)
    return (
        *(
            disposition(family, uses, library.products, meeting.victims, meeting.absorbed)
            for family in families
        ),
        *meeting.modules,
        *(biophase(drug) for drug in ligands),
        receptor(RECEPTOR, ligands),
        receptor_signal(RECEPTOR, ligands),
        adaptation(RECEPTOR),
        withdrawal(RECEPTOR),
        *(score(scale) for scale in SCALES),
    )


def is_linear(uses: Iterable[Use], library: Catalog) -> bool:
    """Whether the kinetics of a set of uses are linear, as their definitions declare.

    Saturable elimination is not, and neither is a drug that changes an enzyme which clears a drug of the set,
    be it another or itself.

    Parameters
    ----------
    uses : iterable of Use
    library : Catalog

    Returns
    -------
    bool

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> is_linear([Use("morphine", "oral")], catalog())
    True
    >>> is_linear([Use("midazolam", "oral"), Use("ketoconazole", "oral")], catalog())
    False
    """
    uses = tuple(dict.fromkeys(uses))
    molecules = tuple(dict.fromkeys(drug for family in _families(uses, library) for drug in family))
    is_saturable = any(drug.is_saturable for drug in molecules)
    return not is_saturable and not interplay(molecules).victims


def _families(uses: tuple[Use, ...], library: Catalog) -> list[tuple[Drug, ...]]:
    """Dosed drugs with their metabolites; drugs that share a metabolite are one family."""
    families: list[tuple[Drug, ...]] = []
    for name in dict.fromkeys(use.drug for use in uses):
        members = library.family(name)
        related = [family for family in families if any(drug in family for drug in members)]
        families = [family for family in families if family not in related]
        families.append(tuple(dict.fromkeys(drug for family in (*related, members) for drug in family)))
    return families
