"""Units that are known without the unit library: the file agrees with it, and holds all that models need.

``python tests/unit/units/test_units_known.py`` writes the file.
"""

import json
from pathlib import Path

import speciosa.units.registry
from speciosa.body import modules_for
from speciosa.drugs import Use, catalog
from speciosa.evidence import load
from speciosa.model import compose
from speciosa.regimens.vocabulary import MASS_UNITS, TIME_UNITS
from speciosa.units import LABELS
from speciosa.units.registry import known, read

FILE = Path(speciosa.units.registry.__file__).with_name("known.json")


def texts() -> set[str]:
    """Units of regimens, and of everything in the models of all drugs and in the rows behind them."""
    library, evidence = catalog(), load()
    found = {*MASS_UNITS.values(), *TIME_UNITS.values(), "", "g/mol", "mmHg", "L/min", "ng/mL"}
    for drug in library.drugs.values():
        if not drug.routes:
            continue
        model = compose(modules_for([Use(drug.name, route.name) for route in drug.routes], library), evidence)
        parts = [*model.states, *model.parameters, *(output.signal for output in model.outputs)]
        found |= {part.unit for part in parts} | {f"{state.unit}/h" for state in model.states if state.unit}
        found |= {evidence.slot(name).row.unit for name in model.slots}
    for product in library.products.values():
        keys = [product.batch, product.wear, *(item.content for item in product.components)]
        found |= {evidence.slot(key).row.unit for key in keys if key is not None}
    found |= {label.dimension_unit for label in LABELS.values() if label.dimension_unit is not None}
    return {*found, "nmol", "kg", "score", "L", "h", "1/h"} - set(LABELS)


def test_every_known_unit_is_as_the_library_reads_it() -> None:
    assert {unit: read(unit) for unit in known()} == known()


def test_units_of_models_and_regimens_are_known() -> None:
    assert texts() <= set(known()), "write the file again: python tests/unit/units/test_units_known.py"


if __name__ == "__main__":
    table = {}
    for text in sorted(texts()):
        unit = read(text)
        table[text] = [unit.powers, unit.bases, unit.factor]
    lines = ",\n".join(f"{json.dumps(text)}: {json.dumps(parts)}" for text, parts in table.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
