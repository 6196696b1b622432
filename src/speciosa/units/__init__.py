"""Units: reading, dimensions and checked conversion; nothing else in the package does unit arithmetic.

The unit library (pint) is loaded at the first use, so that importing this room costs nothing.
"""

from speciosa.units.conversion import coherent_unit, convert, is_coherent, is_comparable
from speciosa.units.dimension import DIMENSIONLESS, Dimension, dimension, is_known
from speciosa.units.labels import LABELS, Label
from speciosa.units.variability import omega

__all__ = [
    "DIMENSIONLESS",
    "LABELS",
    "Dimension",
    "Label",
    "coherent_unit",
    "convert",
    "dimension",
    "is_coherent",
    "is_comparable",
    "is_known",
    "omega",
]
