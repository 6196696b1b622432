"""What the documentation tests read: pages, their code blocks and their commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = "sh"


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Parameters
    ----------
    page : str
        Path from the root.
    line : int
        Of the first line inside.
    language : str
    body : str
    """

    page: str
    line: int
    language: str
    body: str

    @property
    def place(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"


@cache
def pages() -> dict[str, str]:
    """Text of every page, by path from the root."""
    paths = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    paths += sorted((ROOT / "docs").rglob("*.md"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def blocks(language: str) -> list[Block]:
    """The blocks in one language, of all pages."""
    return [
        Block(page, text.count("\n", 0, match.start("body")) + 1, language, match["body"])
        for page, text in pages().items()
        for match in _BLOCK.finditer(text)
        if match["language"] == language
    ]


def lines(language: str) -> list[tuple[str, str]]:
    """Place and content of every line of the blocks in one language."""
    return [
        (f"{block.page}:{block.line + offset}", line.strip())
        for block in blocks(language)
        for offset, line in enumerate(block.body.splitlines())
        if line.strip() and not line.startswith("#")
    ]


def commands() -> list[tuple[str, list[str]]]:
    """Place and words of every command."""
    return [(place, shlex.split(line)) for place, line in lines(SHELL)]
