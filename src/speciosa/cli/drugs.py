"""``speciosa drugs``: what is in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format, emit
from speciosa.cli.options import FormatOption, Out

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.drugs import Drug
    from speciosa.evidence import Evidence


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
    else:
        rows = [
            {"drug": part.drug, "content": part.content, "share": part.share, "preparation": part.preparation}
            for part in item.components
        ]
        import pandas as pd

        emit(pd.DataFrame(rows), form, out, title=f"{item.name}: {item.note}")


def _overview() -> pd.DataFrame:
    import pandas as pd

    from speciosa.drugs import catalog
    from speciosa.evidence import load, trust

    library, evidence = catalog(), load()
    rows = []
    for drug in library.drugs.values():
        slots = [slot for slot in evidence.slots.values() if slot.name.startswith(f"{drug.name}.")]
        weak = trust(slot.row for slot in slots).weak_share
        rows.append(
            {
                "name": drug.name,
                "kind": drug.group,
                "routes": ", ".join(route.name for route in drug.routes) or "formed only",
                "metabolites": ", ".join(item.drug for item in drug.metabolites),
                "rows from memory or assumed": f"{weak:.0%}",
                "note": drug.note,
            }
        )
    for product in library.products.values():
        rows.append(
            {
                "name": product.name,
                "kind": "product",
                "routes": ", ".join(product.routes),
                "metabolites": "",
                "rows from memory or assumed": "",
                "note": product.note,
            }
        )
    return pd.DataFrame(rows)


def _slots(drug: Drug, evidence: Evidence) -> pd.DataFrame:
    import pandas as pd

    found = [slot for slot in evidence.slots.values() if slot.name.startswith(f"{drug.name}.")]
    return pd.DataFrame(
        [
            {
                "parameter": slot.name,
                "value": slot.row.value,
                "unit": slot.row.unit,
                "row": slot.row.id,
                "seen": slot.row.seen,
                "kind": slot.row.kind,
            }
            for slot in found
        ]
    )
