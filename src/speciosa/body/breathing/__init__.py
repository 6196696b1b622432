"""Breathing: gas exchange, blood flow, chemoreflexes, collapse, and what opioids take from it."""

from speciosa.body.breathing.blood_flow import blood_flow
from speciosa.body.breathing.chemoreflexes import chemoreflexes
from speciosa.body.breathing.collapse import collapse
from speciosa.body.breathing.drive import TOLERANCES, published_drive, signal_drive
from speciosa.body.breathing.gas_exchange import gas_exchange
from speciosa.body.breathing.metabolism import metabolism
from speciosa.body.breathing.ventilation import ventilation
from speciosa.body.breathing.watch import watch
from speciosa.model import Module

__all__ = ["TOLERANCES", "breathing", "published_drive", "signal_drive"]


def breathing(*, is_hyperoxia_bounded: bool = False) -> tuple[Module, ...]:
    """Every module of breathing but the drive, which says what opioids take.

    Parameters
    ----------
    is_hyperoxia_bounded : bool
        False as published; True for oxygen therapy.

    Returns
    -------
    tuple of Module
        Together they read ``breathing.wakefulness_lost`` and ``breathing.chemoreflex_left``.

    Examples
    --------
    >>> [module.name for module in breathing()][:3]
    ['gas exchange', 'blood flow', 'metabolism']
    """
    return (
        gas_exchange(),
        blood_flow(),
        metabolism(),
        chemoreflexes(is_hyperoxia_bounded=is_hyperoxia_bounded),
        ventilation(),
        collapse(),
        watch(),
    )
