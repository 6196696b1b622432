"""Files: none too long, none that names a place elsewhere, an address of a person or a package host."""

from __future__ import annotations

import re

import pytest
from source_tree import PACKAGE, ROOT, modules, repository_files, text_of, texts

CEILING = 600
WRITTEN = {".py", ".md", ".toml", ".html", ".css", ".sh"}
# Needles are put together here, so that this file does not hold them itself.
ABSOLUTE = re.compile(
    r"(?<![\w./:~-])/(?:home|root|tmp|usr|opt|work|mnt|srv|var|private|Users|Volumes)/\w|(?<!\w)[A-Z]:\\(?:Users|Windows|Program)"
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
HOSTS = re.compile("|".join(re.escape(".".join(parts)) for parts in [
    ("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"), ("npmjs", "org"), ("npmjs", "com"),
    ("crates", "io"), ("debian", "org"), ("ubuntu", "com"), ("rubygems", "org"), ("golang", "org"),
]))  # fmt: skip
NEIGHBOR = re.compile(r"(?<![\w-])shared" + "/")
SHEBANG = "#!"
# Rooms and folders of the architecture that stand today.
ROOMS = (
    *("errors", "evidence", "units", "model", "body", "drugs", "regimens", "people", "engine"),
    *("simulation", "results", "cli"),
)
FILES = (
    *("Makefile", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff"),
    *("pyproject.toml", "requirements/lock.txt", ".ci/run"),
    *("src/speciosa/py.typed", "src/speciosa/evidence/data/sources.csv"),
    *("src/speciosa/engine/targets", "calibration", "tests/unit", "tests/conformance", "tests/science"),
    *("tests/properties", "tests/docs", "docs/howto", "docs/reference", "docs/explanation"),
)


def hits(pattern: re.Pattern[str]) -> list[str]:
    """Path and line of everything that a pattern finds."""
    return [
        f"{path}:{number}: {match[0]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if not line.startswith(SHEBANG) and (match := pattern.search(line))
    ]


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): (text_of(path) or "").count("\n")
        for path in repository_files()
        if path.suffix in WRITTEN
    }
    assert {path: length for path, length in lengths.items() if length > CEILING} == {}


def test_no_absolute_path() -> None:
    assert hits(ABSOLUTE) == []


def test_no_address_of_a_person() -> None:
    assert hits(ADDRESS) == []


def test_no_host_of_a_package_index() -> None:
    assert hits(HOSTS) == []


def test_nothing_points_beside_the_repository() -> None:
    assert [hit for hit in hits(NEIGHBOR) if not hit.startswith(".gitignore:")] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (ABSOLUTE, "see /" + "home/anna/data.csv"),
        (ABSOLUTE, "C:" + r"\Users"),
        (ADDRESS, "write to anna" + "@example.org"),
        (HOSTS, "https://files.pythonhosted" + ".org/x"),
        (NEIGHBOR, "in shared" + "/notes.md"),
    ],
)
def test_the_needles_are_sharp(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text", ["L/h", "dose/usr/x", "@dataclass(frozen=True)", "/allometry.volume", "1:/home"]
)
def test_the_needles_spare_the_rest(text: str) -> None:
    assert not any(pattern.search(text) for pattern in (ABSOLUTE, ADDRESS, HOSTS, NEIGHBOR))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_architecture_stands(room: str) -> None:
    assert f"speciosa.{room}" in sorted(modules())
    assert (PACKAGE / room / "__init__.py").is_file() or (PACKAGE / f"{room}.py").is_file()


@pytest.mark.parametrize("path", FILES)
def test_a_file_of_the_architecture_stands(path: str) -> None:
    assert (ROOT / path).exists()
