"""Evidence: the numbers of the literature, one fact a row, and which row is in use for which parameter.

The data lie beside this package in ``data/``: rows, sources, targets, scales, time courses and the selection.
"""

from speciosa.evidence.explain import Explanation, explain, row_as_dict, show
from speciosa.evidence.export import bibtex, csl_json
from speciosa.evidence.fault import Fault
from speciosa.evidence.loader import check_folder, load
from speciosa.evidence.row import (
    GRADE_MEANINGS,
    GRADES,
    KINDS,
    Row,
    ScaleItem,
    Slot,
    Source,
    Target,
    TimeCourse,
    TimePoint,
    UnitEntry,
)
from speciosa.evidence.store import Evidence
from speciosa.evidence.trust import TrustSummary, trust

__all__ = [
    "GRADES",
    "GRADE_MEANINGS",
    "KINDS",
    "Evidence",
    "Explanation",
    "Fault",
    "Row",
    "ScaleItem",
    "Slot",
    "Source",
    "Target",
    "TimeCourse",
    "TimePoint",
    "TrustSummary",
    "UnitEntry",
    "bibtex",
    "check_folder",
    "csl_json",
    "explain",
    "load",
    "row_as_dict",
    "show",
    "trust",
]
