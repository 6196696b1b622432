"""Targets made up for the tests, beside the evidence of the package."""

from __future__ import annotations

import pytest

from speciosa.evidence import Target, load
from speciosa.simulation import Setting


@pytest.fixture(scope="session")
def setting() -> Setting:
    return Setting()


@pytest.fixture(scope="session")
def targets():
    return load().targets


@pytest.fixture
def target():
    """Make a target; what is not said is a plain one."""

    def of(
        regimen: str = "drug=morphine;dose=10;unit=mg;route=iv;n_doses=1",
        quantity: str = "AUCinf",
        observed: float | None = 100.0,
        unit: str = "ng*h/mL",
        tolerance: tuple[float, float] = (80.0, 125.0),
        name: str = "t-pk-made-up",
        topic: str = "morphine",
    ) -> Target:
        return Target(
            name,
            topic,
            "made up",
            regimen,
            quantity,
            observed,
            unit,
            *tolerance,
            (),
            "validate",
            "",
            "t.csv",
            7,
        )

    return of
