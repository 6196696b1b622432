"""The whole body for a scenario: which modules its drugs need."""

from __future__ import annotations

from collections.abc import Iterable

from speciosa.body.adaptation import adaptation
from speciosa.body.biophase import biophase
from speciosa.body.disposition import disposition
from speciosa.body.receptors import receptor
from speciosa.body.scores import SCALES, score
from speciosa.body.signal import receptor_signal
from speciosa.body.withdrawal import withdrawal
from speciosa.drugs import Catalog, Drug, Use
from speciosa.model import Module

RECEPTOR = "MOR"


def modules_for(uses: Iterable[Use], library: Catalog) -> tuple[Module, ...]:
    """The modules that a set of uses needs, and no others.

    Parameters
    ----------
    uses : iterable of Use
    library : Catalog

    Returns
    -------
    tuple of Module
        Disposition of each drug family, biophase of each ligand, receptor competition, signal, adaptation,
        withdrawal and scores.
    """
    uses = tuple(dict.fromkeys(uses))
    families = _families(uses, library)
    molecules = tuple(dict.fromkeys(drug for family in families for drug in family))
    ligands = tuple(drug for drug in molecules if RECEPTOR in drug.receptors)
    return (
        *(disposition(family, uses, library.products) for family in families),
        *(biophase(drug) for drug in ligands),
        receptor(RECEPTOR, ligands),
        receptor_signal(RECEPTOR, ligands),
        adaptation(RECEPTOR),
        withdrawal(RECEPTOR),
        *(score(scale) for scale in SCALES),
    )


def _families(uses: tuple[Use, ...], library: Catalog) -> list[tuple[Drug, ...]]:
    """Dosed drugs with their metabolites; a drug that another one forms stays in that family."""
    dosed = list(dict.fromkeys(use.drug for use in uses))
    formed = {member.name for name in dosed for member in library.family(name)[1:]}
    return [library.family(name) for name in dosed if name not in formed]
