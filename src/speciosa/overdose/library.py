"""What the published overdose model can be given: names and routes for the regimen grammar.

The model has pharmacokinetics of its own for each way of giving a drug, so that an item stands for a drug by
a route, or for a product where one route has two.
"""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.drugs import Catalog, Disposition, Drug, Input, Route

OPIOID, ANTAGONIST = "opioid agonist", "opioid antagonist"


@dataclass(frozen=True)
class Item:
    """Something that can be dosed in the published model.

    Parameters
    ----------
    name : str
    drug : str
    group : str
    routes : mapping of the grammar's route to the model's
    aliases : tuple of str
    """

    name: str
    drug: str
    group: str
    routes: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()

    def route(self, spoken: str | None) -> str:
        """The model's route for one of the grammar; the first if none is said."""
        return dict(self.routes).get(spoken or "", self.routes[0][1])

    @property
    def as_drug(self) -> Drug:
        """The item as the grammar reads it."""
        return Drug(
            name=self.name,
            aliases=self.aliases,
            group=self.group,
            routes=tuple(Route(spoken, (Input("bolus"),)) for spoken, _ in self.routes),
            disposition=Disposition(volumes=("V1",), clearances=("CL",)),
        )


ITEMS = (
    Item("fentanyl", "fentanyl", OPIOID, (("intravenous", "intravenous"),)),
    Item(
        "transmucosal fentanyl",
        "fentanyl",
        OPIOID,
        (("oral mucosa", "transmucosal"),),
        ("fentanyl lozenge", "fentanyl lozenges"),
    ),
    Item("carfentanil", "carfentanil", OPIOID, (("intravenous", "intravenous"),)),
    Item(
        "naloxone",
        "naloxone",
        ANTAGONIST,
        (("intranasal", "intranasal"), ("intramuscular", "intramuscular"), ("intravenous", "intravenous")),
        ("narcan",),
    ),
    Item(
        "dilute naloxone",
        "naloxone",
        ANTAGONIST,
        (("intramuscular", "intramuscular-dilute"),),
        ("naloxone 2 mg/2 mL", "generic naloxone"),
    ),
    Item("nalmefene", "nalmefene", ANTAGONIST, (("intranasal", "intranasal"),)),
)


def published_items() -> dict[str, Item]:
    """Items of the published model by name."""
    return {item.name: item for item in ITEMS}


def published_library() -> Catalog:
    """Items of the published model as the regimen grammar reads them.

    Examples
    --------
    >>> published_library().item("narcan").name
    'naloxone'
    """
    return Catalog({item.name: item.as_drug for item in ITEMS}, {})
