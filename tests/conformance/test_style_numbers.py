"""No scientific constant stands as a literal in the body or in the drugs: numbers come from evidence rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from source_tree import modules, room_of

ROOMS = ("body", "drugs")
# Identities of addition and multiplication, and a change of sign.
NEUTRAL = (0.0, 1.0)
# Module-level names that may hold another number, each with the reason.
SCALES = {
    (
        "speciosa.body.disposition",
        "AMOUNT_SCALE",
    ): "natural size of an amount (nmol), for tolerances of the solver",
    ("speciosa.body.adaptation", "LN2"): "logarithm of two, from half-life to rate",
    ("speciosa.body.breathing.signals", "SMALLEST"): "smallest base of a power, for finite slopes at 0",
    ("speciosa.body.kinetics", "SMALLEST_RATIO"): "smallest base of a power, for finite slopes at 0",
    ("speciosa.body.breathing.gas_exchange", "PRESSURE_SCALE"): "natural size of a pressure (mmHg)",
    ("speciosa.body.breathing.gas_exchange", "CONTENT_SCALE"): "natural size of an oxygen content (L/L)",
    ("speciosa.body.breathing.chemoreflexes", "DRIVE_SCALE"): "natural size of a ventilation (L/h)",
    ("speciosa.body.breathing.watch", "RESTING_SCALE"): "natural size of a ventilation (L/h)",
    ("speciosa.body.breathing.collapse", "CLOCK_SCALE"): "size of a clock (h), for its tolerance",
    ("speciosa.body.published.parts", "AMOUNT_SCALE"): "natural size of an amount (nmol)",
}


def assigned(node: ast.stmt) -> list[str]:
    """Names that a statement of a module assigns."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def literals(module: str, tree: ast.Module) -> Iterator[str]:
    """Float literals that neither are neutral nor stand under an allowed name."""
    for statement in tree.body:
        if any((module, name) in SCALES for name in assigned(statement)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in NEUTRAL:
                yield f"{module}, line {node.lineno}: {node.value}"


@pytest.mark.parametrize("module", [name for name in modules() if room_of(name) in ROOMS])
def test_no_number_of_science_in_code(module: str) -> None:
    assert list(literals(module, modules()[module])) == []


@pytest.mark.parametrize(("module", "name"), SCALES)
def test_every_allowed_name_is_in_use(module: str, name: str) -> None:
    assert name in {target for statement in modules()[module].body for target in assigned(statement)}


def test_the_rule_itself() -> None:
    source = "LN2 = log(2.0)\nKI = 7.24\ndef rate(x):\n    return 0.693 * x + 1.0 - -1.0 + 0.0\n"
    assert list(literals("speciosa.body.adaptation", ast.parse(source))) == [
        "speciosa.body.adaptation, line 2: 7.24",
        "speciosa.body.adaptation, line 4: 0.693",
    ]
