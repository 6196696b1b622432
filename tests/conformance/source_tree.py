"""What the style tests read: the files of the repository and the syntax trees of the package."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "speciosa"


def ignored_names() -> tuple[str, ...]:
    """Patterns of .gitignore; all of them are names of folders or files, wherever they lie."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return (".git", *(line.strip("/") for line in lines if not line.startswith("#")))


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that belongs to the repository."""
    patterns = ignored_names()

    def is_kept(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in patterns)

    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(filter(is_kept, folders))
        found += [Path(folder, name) for name in sorted(filter(is_kept, names))]
    return tuple(found)


@cache
def text_of(path: Path) -> str | None:
    """Text of a file; None for a picture or another binary."""
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8")


def texts() -> Iterator[tuple[str, str]]:
    """Path from the root, and text, of every text file of the repository."""
    for path in repository_files():
        text = text_of(path)
        if text is not None:
            yield path.relative_to(ROOT).as_posix(), text


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax tree of every module, by dotted name; a package by its own name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def room_of(module: str) -> str:
    """The part right below the package; "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]
