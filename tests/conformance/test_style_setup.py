"""The set-up: versions are locked and complete; the wrong Python is answered in words."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import which

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from source_tree import ROOT

LOCK = ROOT / "requirements" / "lock.txt"
PYTHONS = ("3.11", "3.12", "3.13")


def locked() -> list[Requirement]:
    return [Requirement(line) for line in LOCK.read_text(encoding="utf-8").splitlines()]


def wanted() -> list[Requirement]:
    """What the package, its extras and its development ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    development = (ROOT / "requirements" / "development.in").read_text(encoding="utf-8").splitlines()
    lines = [*project["dependencies"], *(line for line in development if line and not line.startswith("#"))]
    for extra in project["optional-dependencies"].values():
        lines += extra
    return [Requirement(line) for line in lines]


def applies(requirement: Requirement, python: str | None = None) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0"} if python else None
    return requirement.marker is None or requirement.marker.evaluate(environment)


def find_python(name: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    shell = which("sh")
    assert shell
    return subprocess.run(
        [shell, "requirements/find-python.sh", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(path)} if path else None,
    )


def test_every_line_of_the_lock_pins_one_version() -> None:
    pins = [[item.operator for item in requirement.specifier] for requirement in locked()]
    assert pins == [["=="]] * len(pins)
    assert len(pins) > 20


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_meets_what_is_asked_for(python: str) -> None:
    pins = {
        canonicalize_name(item.name): str(next(iter(item.specifier)).version)
        for item in locked()
        if applies(item, python)
    }
    unmet = [
        str(item)
        for item in wanted()
        if applies(item, python) and not item.specifier.contains(pins.get(canonicalize_name(item.name), "0"))
    ]
    assert unmet == []


def test_this_python_is_found() -> None:
    assert find_python(sys.executable).stdout.strip() == sys.executable


def test_a_python_that_is_named_and_will_not_do(tmp_path: Path) -> None:
    old = tmp_path / "python3.10"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.13" && exit 0\nexit 1\n')
    old.chmod(0o755)
    run = find_python(str(old))
    assert run.returncode == 1
    assert run.stderr == f"speciosa needs Python 3.11, 3.12 or 3.13, but PYTHON={old} is: Python 3.10.13.\n"


def test_a_machine_without_a_python_that_will_do(tmp_path: Path) -> None:
    run = find_python("", tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith("speciosa needs Python 3.11, 3.12 or 3.13; python3 is: ")
    assert run.stderr.endswith("Install one of them, or name it: make PYTHON=python3.12 demo\n")


def test_the_pythons_are_the_same_everywhere() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert asked == f">={PYTHONS[0]},<3.{int(PYTHONS[-1].split('.')[1]) + 1}"
    script = (ROOT / "requirements" / "find-python.sh").read_text(encoding="utf-8")
    assert re.search(r"\(3, 11\) <= sys\.version_info\[:2\] <= \(3, 13\)", script)
    assert "Python 3.11, 3.12 or 3.13" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make --no-print-directory test" in script.read_text(encoding="utf-8").splitlines()[-1]
