"""Regimens to compare a plan with: approved treatment as studied, and a reduction of the kratom taken now.

They are examples with sources, each for `expect`; none is a proposal for anybody.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

from speciosa.drugs import Product
from speciosa.evidence import Evidence
from speciosa.forecasting.intake import last_day
from speciosa.forecasting.record import PersonRecord
from speciosa.simulation import DAY, Setting

REDUCTION = "kratom-reduction"
LEAF = "mitragynine"


@dataclass(frozen=True)
class Template:
    """One regimen to compare with.

    Parameters
    ----------
    id, title : str
    regimen : str
        From the moment on, in words that the grammar reads.
    rows : tuple of str
        What is known of it.
    is_approved : bool
        Whether it is an approved treatment.
    """

    id: str
    title: str
    regimen: str
    rows: tuple[str, ...]
    is_approved: bool


def templates(record: PersonRecord, setting: Setting | None = None) -> tuple[Template, ...]:
    """Approved treatment, and, for who takes kratom, a reduction of what was taken on the last day.

    Parameters
    ----------
    record : PersonRecord
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    tuple of Template

    Examples
    --------
    >>> [item.id for item in templates(PersonRecord("P-017"))]
    ['buprenorphine-maintenance', 'methadone-maintenance', 'buprenorphine-taper']
    """
    setting = setting or Setting()
    days = f"{setting.evidence.slot('template.days').value('d'):g}"
    text = files("speciosa.forecasting").joinpath("data", "templates.toml").read_text(encoding="utf-8")
    found = tuple(
        Template(name, table["title"], table["regimen"].format(days=days), tuple(table["rows"]), True)
        for name, table in tomllib.loads(text).items()
    )
    return (*found, *_reduction(record, setting))


def _reduction(record: PersonRecord, setting: Setting) -> tuple[Template, ...]:
    """What was taken of a kratom product on the last day, a step less every week."""
    mine = [item.dose for item in last_day(record) if _is_kratom(item.dose.item, setting)]
    if not mine:
        return ()
    counted = Counter(mine)
    dose, _ = counted.most_common(1)[0]
    evidence: Evidence = setting.evidence
    step = evidence.slot("template.reduction").value("%")
    days = evidence.slot("template.days").value("d")
    hours = DAY / len(mine)
    regimen = f"{dose.text} every {hours:.4g} h down by {step:g} % a week for {days:g} days"
    rows = ("template-reduction", "kr-vick20")
    return (Template(REDUCTION, f"{dose.item} as now, less every week", regimen, rows, False),)


def _is_kratom(name: str, setting: Setting) -> bool:
    item = setting.library.item(name)
    return isinstance(item, Product) and any(part.drug == LEAF for part in item.components)
