"""What the first simulation of a process does without: labels and tables, and what was worked out before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from speciosa.drugs import catalog
from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, simulate

regimen = parse("kratom powder 2 g every 6 h for 2 days", catalog())
result = simulate(Scenario(regimen, population(load(), 3, 1), until=48.0))
assert not result.status.any()
print(*sorted({name.split(".")[0] for name in sys.modules} & {"pandas", "xarray", "pint", "pydantic"}))
print([float(values.sum()) for values in result.data.values()])
"""


def test_a_warm_start_does_without_tables_units_and_schemas(tmp_path: Path) -> None:
    pytest.importorskip("llvmlite")
    said = []
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True, text=True, check=False, timeout=300,
            env={"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        said.append(run.stdout.splitlines())
    (cold, first), (warm, second) = said
    assert cold == "pydantic"
    assert warm == ""
    assert first == second
