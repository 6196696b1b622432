"""The core works without the extras: every module imports where none of them is installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest
from source_tree import ROOT, modules

# Import names of the optional packages of pyproject.toml.
EXTRAS = {
    **{"llvmlite": "llvmlite", "matplotlib": "matplotlib", "jinja2": "jinja2", "pyarrow": "pyarrow"},
    **{"SALib": "SALib", "lifelines": "lifelines", "statsmodels": "statsmodels"},
    **{"dask": "dask", "distributed": "distributed"},
    **{"sqlalchemy": "sqlalchemy", "alembic": "alembic", "psycopg[binary]": "psycopg"},
    **{"starlette": "starlette", "uvicorn": "uvicorn"},
    **{"argon2-cffi": "argon2", "pyotp": "pyotp", "segno": "segno"},
}
# The monitor is an extra as a whole: its records and pages stand on the packages that they need.
EXTRA_ROOMS = ("speciosa.monitor",)

PROGRAM = """
import sys
from importlib import import_module

# The sign of the import system for a package that is not there.
sys.modules.update(dict.fromkeys({blocked}))
for name in {modules}:
    try:
        import_module(name)
    except ModuleNotFoundError as fault:
        print(f"{{name}} needs {{fault.name}}")
"""


def complaints(blocked: set[str], names: list[str]) -> list[str]:
    """Import modules in a fresh interpreter that lacks some packages."""
    program = PROGRAM.format(blocked=sorted(blocked), modules=names)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_every_module_imports_without_extras() -> None:
    names = [name for name in modules() if not name.endswith("__main__") and not name.startswith(EXTRA_ROOMS)]
    assert complaints(set(EXTRAS.values()), names) == []


def test_the_blocker_blocks() -> None:
    assert complaints({"numpy"}, ["speciosa.engine"]) == ["speciosa.engine needs numpy"]


def test_the_list_of_extras_is_complete() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        requirement.split(">=")[0]
        for group in project["optional-dependencies"].values()
        for requirement in group
    }
    assert named == set(EXTRAS)


@pytest.mark.parametrize("room", ["evidence", "units", "drugs"])
def test_a_room_of_data_starts_without_plotting_or_arrays(room: str) -> None:
    """`speciosa evidence` and `speciosa drugs` answer at once only if they load no numerical library."""
    assert complaints({"scipy", "xarray", "pandas", "pint", *EXTRAS.values()}, [f"speciosa.{room}"]) == []
