"""The whole body for a scenario: which modules its drugs need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from speciosa.body.adaptation import adaptation
from speciosa.body.biophase import biophase
from speciosa.body.craving import craving
from speciosa.body.disposition import disposition
from speciosa.body.effects import effects
from speciosa.body.metabolism import interplay
from speciosa.body.receptors import RECEPTORS, receptor
from speciosa.body.safety import CHANNELS, channel_block
from speciosa.body.scores import SCALES, craving_score, score
from speciosa.body.severity import latent_severity
from speciosa.body.signal import receptor_signal
from speciosa.body.suppression import suppression
from speciosa.body.transmitters import dopamine, noradrenaline, stress
from speciosa.body.withdrawal import RELIEVING, autonomic_arm, withdrawal
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
        Disposition of each drug family, enzymes at which drugs meet, biophase of each ligand, competition and
        signal of each receptor that the drugs act on, effects, adaptation, withdrawal and its arms,
        transmitters, scores, channel block.
    """
    uses = tuple(dict.fromkeys(uses))
    families = _families(uses, library)
    molecules = tuple(dict.fromkeys(drug for family in families for drug in family))
    meeting = interplay(molecules, phenotyped)
    return (
        *(
            disposition(family, uses, library.products, meeting.victims, meeting.absorbed)
            for family in families
        ),
        *meeting.modules,
        *receptor_modules(molecules),
        *response_modules(molecules),
    )


def response_modules(molecules: Sequence[Drug]) -> tuple[Module, ...]:
    """What follows from the signals: effects, adaptation, withdrawal, transmitters, scores, channel block.

    Parameters
    ----------
    molecules : sequence of Drug

    Returns
    -------
    tuple of Module
    """
    blockers = {name: [drug for drug in molecules if name in drug.channels] for name in CHANNELS}
    is_relieved = any(RELIEVING in drug.receptors for drug in molecules)
    return (
        suppression(RECEPTOR),
        adaptation(RECEPTOR),
        effects(RECEPTOR),
        withdrawal(),
        autonomic_arm(is_relieved=is_relieved),
        craving(),
        noradrenaline(is_relieved=is_relieved),
        dopamine(RECEPTOR),
        stress(),
        latent_severity(),
        *(score(scale) for scale in SCALES),
        craving_score(),
        *(channel_block(name, drugs) for name, drugs in blockers.items() if drugs),
    )


def receptor_modules(molecules: Sequence[Drug]) -> tuple[Module, ...]:
    """Biophase of each ligand, competition and signal of each receptor that they act on.

    Parameters
    ----------
    molecules : sequence of Drug

    Returns
    -------
    tuple of Module
        The mu-opioid receptor is always there, since adaptation follows its signal.
    """
    ligands = {name: [drug for drug in molecules if name in drug.receptors] for name in RECEPTORS}
    used = {name: drugs for name, drugs in ligands.items() if drugs or name == RECEPTOR}
    return (
        *(biophase(drug) for drug in molecules if drug.receptors),
        *(receptor(name, drugs) for name, drugs in used.items()),
        *(receptor_signal(name, drugs) for name, drugs in used.items()),
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
