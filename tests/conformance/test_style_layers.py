"""Imports point one way: the graph that the syntax trees state obeys the layers of the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from source_tree import modules, room_of

# From the bottom up; a room may import every room of an earlier line.
LAYERS = (
    ("cache", "errors", "late"),
    ("evidence", "units"),
    ("model",),
    ("body", "drugs", "engine"),
    ("people", "regimens"),
    ("uncertainty",),
    ("results",),
    ("simulation",),
    ("studies",),
    ("interactions", "overdose", "sensitivity"),
    ("fitting",),
    ("forecasting",),
    ("trials",),
    ("claims", "qualification"),
    ("monitor",),
    ("cli",),
)
# Rooms of one line that meet all the same, and a lower room that is out of reach.
ALSO = {("evidence", "units"), ("body", "drugs")}
NEVER = {("engine", "evidence")}
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def imported(tree: ast.AST, module: str) -> Iterator[str]:
    """Modules of the package that a tree imports, type-only and late imports included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: relative import; write speciosa.ROOM"
            # `from speciosa import units` names a room, `from speciosa import __version__` does not.
            base = node.module or ""
            names = [f"speciosa.{alias.name}" for alias in node.names] if base == "speciosa" else [base]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [item.value for item in node.args if isinstance(item, ast.Constant)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "speciosa")


def violation(room: str, target: str) -> str | None:
    """Why a room may not import another one; None if it may."""
    if target in ("", "__version__", room):
        return None
    for name in (room, target):
        if name not in LEVEL:
            return f"{name!r} has no layer: add it to LAYERS and to docs/explanation/architecture.md"
    if (room, target) in NEVER:
        return f"{room} must not know {target}"
    if LEVEL[target] < LEVEL[room] or (room, target) in ALSO:
        return None
    return f"{room} (layer {LEVEL[room]}) imports {target} (layer {LEVEL[target]})"


@pytest.mark.parametrize("module", [name for name in modules() if room_of(name)])
def test_imports_point_one_way(module: str) -> None:
    found = {violation(room_of(module), room_of(name)) for name in imported(modules()[module], module)}
    assert found <= {None}


def test_the_package_itself_imports_no_room() -> None:
    """Importing one room runs the package's own file: it must not pull in the others."""
    eager = [node for node in modules()["speciosa"].body if isinstance(node, ast.Import | ast.ImportFrom)]
    rooms = [name for node in eager for name in imported(node, "speciosa")]
    assert rooms == []


@pytest.mark.parametrize(
    ("source", "room", "is_fine"),
    [
        ("from speciosa.units import convert", "evidence", True),
        ("from speciosa.evidence import load", "units", False),
        ("from speciosa.drugs import Drug", "body", True),
        ("from speciosa.body.person import modules_for", "drugs", False),
        ("from speciosa.model import Model", "engine", True),
        ("from speciosa.evidence import load", "engine", False),
        ("from speciosa import evidence", "engine", False),
        ("import speciosa.body.scores", "engine", False),
        ("from speciosa import __version__", "results", True),
        ("def late():\n    from speciosa.simulation import simulate", "results", False),
        ("if TYPE_CHECKING:\n    from speciosa.simulation import Scenario", "results", False),
        ("import_module('speciosa.cli.app')", "monitor", False),
        ("from speciosa.attic import box", "cli", False),
    ],
)
def test_the_rule_itself(source: str, room: str, is_fine: bool) -> None:
    found = {violation(room, room_of(name)) for name in imported(ast.parse(source), room)}
    assert (found <= {None}) is is_fine


def test_relative_imports_are_refused() -> None:
    with pytest.raises(AssertionError, match=r"line 1: relative import; write speciosa\.ROOM"):
        list(imported(ast.parse("from . import near"), "somewhere"))
