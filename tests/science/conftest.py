"""Shared runs of the science tests: each scenario is simulated once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Result
from speciosa.simulation import Scenario, Setting, simulate

Run = Callable[..., Result]


@cache
def _run(text: str, until: float, size: int, outputs: tuple[str, ...] | None, every: float | None) -> Result:
    setting = Setting()
    scenario = Scenario(
        regimen=parse(text, setting.library),
        people=population(setting.evidence, size, seed=20261124),
        until=until,
        outputs=outputs,
        every=every,
    )
    return simulate(scenario, setting)


@pytest.fixture(scope="session")
def run() -> Run:
    """Simulate a regimen given as text."""

    def of(
        text: str,
        until: float,
        size: int = 1000,
        outputs: tuple[str, ...] | None = None,
        every: float | None = None,
    ) -> Result:
        return _run(text, until, size, outputs, every)

    return of
