"""The shipped `derived` rows equal the output of the scripts that made them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from speciosa.evidence import load

FOLDER = Path(__file__).parents[2] / "calibration"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def compute(script: Path) -> dict[str, float]:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compute(load())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_rows_equal_the_script(script: Path) -> None:
    rows = load().rows
    found = {name: value for name, value in compute(script).items() if name in rows}
    assert found
    for name, value in found.items():
        assert rows[name].value == pytest.approx(value, abs=1e-9)
        assert rows[name].kind == "derived"
        assert script.name in rows[name].note
