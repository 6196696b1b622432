"""Every public name says what it is, names its parameters as they are, and its examples run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from source_tree import ROOT, modules

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)


def public(name: str, tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """A module with its public classes, functions and methods."""
    yield name, tree
    waiting: list[tuple[str, Documented]] = [(name, tree)]
    while waiting:
        path, holder = waiting.pop()
        for node in holder.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_") or is_overload(node) or is_override(node):
                continue
            yield f"{path}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                waiting.append((f"{path}.{node.name}", node))


def decorators(node: Documented) -> list[str]:
    return [] if isinstance(node, ast.Module) else [ast.unparse(item) for item in node.decorator_list]


def is_overload(node: Documented) -> bool:
    """A typing overload: the implementation carries the text."""
    return "overload" in decorators(node)


def is_override(node: Documented) -> bool:
    """A setter of a property: the getter carries the text."""
    return any(item.endswith(".setter") for item in decorators(node))


def section(text: str, title: str) -> str | None:
    """Body of one section of a NumPy docstring."""
    found = list(_SECTION.finditer(text))
    for index, match in enumerate(found):
        if match["title"] == title:
            end = found[index + 1].start() if index + 1 < len(found) else len(text)
            return text[match.end() : end]
    return None


def documented_parameters(text: str) -> list[str] | None:
    """Names of the section Parameters; None where there is none."""
    body = section(text, "Parameters")
    if body is None:
        return None
    heads = [line.split(" : ")[0] for line in body.splitlines() if line and not line[0].isspace()]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def names_of(node: Documented) -> set[str]:
    """Parameters of a function, or the fields and constructor parameters of a class."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        given = node.args
        extra = [item for item in (given.vararg, given.kwarg) if item]
        return {item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs, *extra)}
    fields = {
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name in ("__init__", "__new__"):
            fields |= names_of(item)
    return fields


PUBLIC = [pair for name, tree in modules().items() for pair in public(name, tree)]


def test_every_public_name_has_a_docstring() -> None:
    assert [name for name, node in PUBLIC if not ast.get_docstring(node)] == []


def test_documented_parameters_exist() -> None:
    wrong = {}
    for name, node in PUBLIC:
        given = documented_parameters(ast.get_docstring(node) or "")
        inherits = isinstance(node, ast.ClassDef) and node.bases and not names_of(node)
        if given is not None and not isinstance(node, ast.Module) and not inherits:
            unknown = [item for item in given if item not in names_of(node)]
            wrong.update({name: unknown} if unknown else {})
    assert wrong == {}


def test_the_examples_of_the_docstrings_run_in_make_test() -> None:
    """Collecting them is the job of pytest; here stands that it is asked to, and finds some."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"pytest .*--doctest-modules src tests", recipe)
    assert sum(">>> " in (ast.get_docstring(node) or "") for _, node in PUBLIC) > 20


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ('"""M."""\ndef f():\n    pass', ["m.f"]),
        (
            '"""M."""\nclass C:\n    """C."""\n    def g(self):\n        pass\n    def _h(self): ...',
            ["m.C.g"],
        ),
        ("def _hidden():\n    pass", ["m"]),
        ('"""M."""\n@overload\ndef f(): ...\ndef f():\n    """F."""', []),
    ],
)
def test_the_rule_itself(source: str, missing: list[str]) -> None:
    assert [name for name, node in public("m", ast.parse(source)) if not ast.get_docstring(node)] == missing


def test_parameters_are_read() -> None:
    text = (
        "F.\n\nParameters\n----------\na, b : float\n    Two.\n*rest\n    More.\n\nReturns\n-------\nfloat\n"
    )
    assert documented_parameters(text) == ["a", "b", "rest"]
