"""``speciosa drugs``: what is in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format, emit, say
from speciosa.cli.options import FormatOption, Out

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.drugs import Catalog, Caution, Drug, Route
    from speciosa.evidence import Evidence, Row, Slot


def drugs(
    name: Annotated[str | None, typer.Argument(help="One drug or product, in detail.")] = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
) -> None:
    """List drugs and products with routes and how far their numbers can be trusted."""
    from speciosa.drugs import Drug, catalog
    from speciosa.evidence import load

    library, evidence = catalog(), load()
    if name is None:
        emit(_overview(), form, out, title=f"{len(library.drugs)} drugs and {len(library.products)} products")
        return
    item = library.item(name)
    if isinstance(item, Drug):
        emit(_slots(item, evidence), form, out, title=f"{item.name}: {item.note}")
        for remark in _remarks(item, evidence):
            say(remark)
    else:
        rows = [
            {
                "drug": part.drug,
                "content": part.content,
                "share": part.share,
                "salt": part.salt,
                "preparation": part.preparation,
            }
            for part in item.components
        ]
        import pandas as pd

        emit(pd.DataFrame(rows), form, out, title=f"{item.name}: {item.note}")


def _overview() -> pd.DataFrame:
    import pandas as pd

    from speciosa.drugs import catalog
    from speciosa.evidence import load

    library, evidence = catalog(), load()
    rows = []
    for drug in library.drugs.values():
        found = [slot.row for slot in _own(drug, evidence)]
        rows.append(
            {
                "name": drug.name,
                "kind": drug.group,
                "routes": ", ".join(map(_route, drug.routes)) or "formed only",
                "products": ", ".join(_products(drug.name, library)),
                "metabolites": ", ".join(dict.fromkeys(item.drug for item in drug.metabolites)),
                "trust": _trust(drug.caution, found),
                "rows by grade": _grades(found),
                "note": drug.note,
            }
        )
    for product in library.products.values():
        rows.append(
            {
                "name": product.name,
                "kind": "product",
                "routes": ", ".join(product.routes),
                "products": "",
                "metabolites": "",
                "trust": "",
                "rows by grade": "",
                "note": product.note,
            }
        )
    return pd.DataFrame(rows)


def _own(drug: Drug, evidence: Evidence) -> list[Slot]:
    return [slot for slot in evidence.slots.values() if slot.name.startswith(f"{drug.name}.")]


def _products(drug: str, library: Catalog) -> list[str]:
    return [
        product.name
        for product in library.products.values()
        if drug in [part.drug for part in product.components]
    ]


def _route(route: Route) -> str:
    return f"{route.name} ({route.caution.kind})" if route.caution else route.name


def _trust(caution: Caution | None, rows: list[Row]) -> str:
    """Median grade of the rows in use, and what else the drug's file warns of."""
    from statistics import median_high

    grade = median_high(row.grade for row in rows)
    return f"{grade}, {caution.kind}" if caution else grade


def _grades(rows: list[Row]) -> str:
    from collections import Counter

    counts = Counter(row.grade for row in rows)
    return " ".join(f"{grade}{counts[grade]}" for grade in sorted(counts))


def _slots(drug: Drug, evidence: Evidence) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "parameter": slot.name,
                "value": slot.row.value,
                "unit": slot.row.unit,
                "row": slot.row.id,
                "seen": slot.row.seen,
                "kind": slot.row.kind,
                "choice": slot.choice,
                "alternatives": "; ".join(
                    f"{item.name}: {item.row.value:g} {item.row.unit}" for item in slot.alternatives
                ),
            }
            for slot in _own(drug, evidence)
        ]
    )


def _remarks(drug: Drug, evidence: Evidence) -> list[str]:
    """What needs care, and what may be chosen."""
    cautions = [(drug.name, drug.caution), *((route.name, route.caution) for route in drug.routes)]
    found = [f"{name}: {item.kind} evidence. {item.text}" for name, item in cautions if item]
    names = dict.fromkeys(name for slot in _own(drug, evidence) for name in slot.choices[1:])
    return [*found, *(f"Alternative: --choose {drug.name}={name}" for name in names)]
