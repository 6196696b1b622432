"""The quantities of the targets: what is read from a curve, and what it is compared with.

A quantity without an entry here has no module yet; its targets are listed as not run, with that reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from speciosa.qualification.designs import Statistic

Metric = Literal["Cmax", "tmax", "AUC", "AUCinf", "t1/2", "Cav", "Cmin", "Clast", "time below", "absorbed"]
Against = (
    Literal["nothing", "no perpetrator", "other people", "intravenous"]
    | Literal["parent", "first dose", "parent and first dose", "first pass", "peak"]
)
Origin = Literal["last dose", "end of input"]
Dimension = Literal["concentration", "area", "time", "clearance", "number"]
_TO_BELOW = re.compile(r"time to <(?P<limit>\d+(?:\.\d+)?) ng/mL")


@dataclass(frozen=True)
class Quantity:
    """What a target's quantity means.

    Parameters
    ----------
    metric : str
        What is read from the curve of a person.
    dimension : str
        Of the answer.
    statistic : str
        What is taken over persons, where the design does not say.
    against : str
        What the reading is divided by.
    until : float, optional
        End of the window, h after its start, where the name of the quantity states it.
    origin : str
        Where the window starts.
    limit : float
        Concentration, ng/mL, for times below it.
    is_change : bool
        Whether the answer is a change in percent rather than a ratio.
    is_after_input : bool
        Whether the curve is followed after the last dose rather than over its interval.
    is_molar : bool
        Whether two molecules are compared by amount of substance rather than by mass.
    """

    metric: Metric
    dimension: Dimension
    statistic: Statistic = "mean"
    against: Against = "nothing"
    until: float | None = None
    origin: Origin = "last dose"
    limit: float = 0.0
    is_change: bool = False
    is_after_input: bool = False
    is_molar: bool = False


_CMAX = Quantity("Cmax", "concentration")
_AVERAGE = Quantity("Cav", "concentration")
_TMAX = Quantity("tmax", "time", "median")
_AREA = Quantity("AUC", "area")
_WHOLE = Quantity("AUCinf", "area", is_after_input=True)
_HALF_LIFE = Quantity("t1/2", "time", is_after_input=True)
_LAST = Quantity("Clast", "concentration")
_RATIO = Quantity("AUCinf", "number", "geometric mean", "no perpetrator", is_after_input=True)
_LEVELS = replace(_RATIO, metric="Cav", is_after_input=False)
_OTHERS = Quantity("AUCinf", "number", "geometric mean", "other people", is_after_input=True)
_SHARE = Quantity("AUCinf", "number", "mean", "intravenous", is_after_input=True)
_WASHOUT = Quantity("Clast", "number", "median", "peak", is_after_input=True)
ABSORBED = Quantity("absorbed", "number", "typical", "intravenous")
_DAY = 24.0

QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        **dict.fromkeys(("Cmax", "Cmax,ss", "Cmax morphine"), _CMAX),
        **dict.fromkeys(("Cav,ss", "Cavg", "Css", "serum concentration"), _AVERAGE),
        **dict.fromkeys(("Ctrough,ss", "C24h steady state"), _LAST),
        "Cmin": Quantity("Cmin", "concentration"),
        **dict.fromkeys(("tmax", "tmax median", "tmax IN"), _TMAX),
        **dict.fromkeys(("AUCinf", "AUCinf median", "AUC", "AUC 10 mg oral"), _WHOLE),
        "AUC0-24": replace(_AREA, until=_DAY),
        **dict.fromkeys(("AUC0-12,ss", "AUC0-12 median"), replace(_AREA, until=12.0)),
        **dict.fromkeys(("t1/2", "t1/2 terminal", "t1/2 (apparent)", "t1/2 steady state"), _HALF_LIFE),
        "t1/2 first dose": _HALF_LIFE,
        "t1/2 after removal": replace(_HALF_LIFE, origin="end of input"),
        "CL": Quantity("AUCinf", "clearance", is_after_input=True),
        **dict.fromkeys(
            ("F oral", "F inhaled (chasing)", "F TD", "F IN 20 mg/mL", "F IM", "F"), _SHARE
        ),
        **dict.fromkeys(("AUC ratio", "AUC ratio (GMR)"), _RATIO),
        **dict.fromkeys(("Cmax ratio", "Cmax ratio (GMR)"), replace(_RATIO, metric="Cmax")),
        **dict.fromkeys(("t1/2 ratio", "t1/2 ratio (GMR)"), replace(_RATIO, metric="t1/2")),
        "AUC0-48 ratio": replace(_RATIO, metric="AUC", until=48.0),
        "AUC0-18 ratio": replace(_RATIO, metric="AUC", until=18.0),
        **dict.fromkeys(("concentration ratio", "CDR ratio"), _LEVELS),
        **dict.fromkeys(("AUC ratio severe (C)", "AUC ratio moderate (B)"), _OTHERS),
        **dict.fromkeys(("AUC/dose ratio", "cirrhosis concentration (fold)"), _OTHERS),
        "CDR women": replace(_OTHERS, metric="Cav", is_change=True, is_after_input=False),
        "accumulation ratio (Cmax)": Quantity("Cmax", "number", "ratio of means", "first dose", until=_DAY),
        "metabolite:parent concentration ratio": Quantity("AUC", "number", "mean", "parent", until=_DAY),
        "quotient of metabolite:parent ratios": Quantity(
            "AUC", "number", "mean", "parent and first dose", until=_DAY
        ),
        "AUCinf ratio to mitragynine (molar)": Quantity(
            "AUCinf", "number", "median", "parent", is_after_input=True, is_molar=True
        ),
        "M6G formed first-pass": Quantity("AUCinf", "number", "mean", "first pass", is_after_input=True),
        "CV of Cmax": replace(_CMAX, dimension="number", statistic="CV"),
        "fraction absorbed": ABSORBED,
        "plasma at 7 d / steady-state peak": _WASHOUT,
    }
)  # fmt: skip

NO_MODULE: Mapping[str, str] = MappingProxyType(
    {
        "t1/2 acidic urine": "the library has no renal clearance that depends on the acidity of urine",
        "t1/2 alkaline urine": "the library has no renal clearance that depends on the acidity of urine",
        "MDPE": "the individual concentrations of the data set are not part of the package",
        "MDAPE": "the individual concentrations of the data set are not part of the package",
    }
)


def quantity_of(name: str) -> Quantity | None:
    """The meaning of a target's quantity; None where no module gives it.

    Examples
    --------
    >>> quantity_of("Cmax,ss").metric, quantity_of("time to <0.1 ng/mL").limit, quantity_of("peak COWS")
    ('Cmax', 0.1, None)
    """
    below = _TO_BELOW.fullmatch(name)
    if below is not None:
        return Quantity("time below", "time", "median", limit=float(below["limit"]), is_after_input=True)
    return QUANTITIES.get(name)
