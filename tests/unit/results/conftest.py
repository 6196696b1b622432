"""Synthetic results: curves with the shapes of real ones, made from formulas, not from the model."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from speciosa.evidence import Row, Source
from speciosa.results import DoseMark, Override, Result, ScenarioDescription

BANDS = [("none", 0.0), ("mild", 5.0), ("moderate", 13.0), ("moderately severe", 25.0), ("severe", 37.0)]

Maker = Callable[..., Result]


def _score(time: np.ndarray, height: np.ndarray, delay: float) -> np.ndarray:
    """Rise to a peak at `delay` h and a slow fall."""
    shape = (time / delay) * np.exp(1.0 - time / delay)
    return 1.0 + height[:, None] * shape[None, :] ** 0.7


def make_result(
    *,
    persons: int = 40,
    days: float = 28.0,
    step: float = 3.0,
    title: str = "Nothing after morphine",
    height: float = 16.0,
    doses: int = 0,
    failed: tuple[int, ...] = (),
    seed: int = 7,
) -> Result:
    random = np.random.default_rng(seed)
    time = np.arange(0.0, days * 24.0 + step / 2, step)
    vary = np.exp(random.normal(0.0, 0.35, persons))
    rate = 0.04 * np.exp(random.normal(0.0, 0.2, persons))
    plasma = 250.0 * vary[:, None] * (np.exp(-rate[:, None] * time) - np.exp(-1.2 * time))
    metabolite = 0.2 * plasma
    signal = 0.35 * plasma / (plasma + 120.0)
    dependence = 0.6 * np.exp(-time / 200.0)[None, :] * vary[:, None] ** 0.2
    variables = {
        "plasma.mitragynine": (plasma, "nmol/L", "concentration", "mitragynine in plasma"),
        "plasma.7-hydroxymitragynine": (
            metabolite,
            "nmol/L",
            "concentration",
            "7-hydroxymitragynine in plasma",
        ),
        "occupancy.MOR": (
            plasma / (plasma + 100.0),
            "dimensionless",
            "occupancy",
            "MOR occupied by all drugs",
        ),
        "signal.MOR": (signal, "dimensionless", "signal", "net MOR signal"),
        "dependence": (dependence, "dimensionless", "state", "dependence"),
        "COWS": (_score(time, height * vary, 40.0), "score", "score", "COWS total"),
    }
    arrays = {
        name: (("person", "time"), values, {"unit": unit, "kind": kind, "long_name": words})
        for name, (values, unit, kind, words) in variables.items()
    }
    data = xr.Dataset(
        arrays, coords={"person": np.arange(1, persons + 1), "time": ("time", time, {"unit": "h"})}
    )
    data["plasma.mitragynine"].attrs |= {"molar_mass": 398.5, "drug": "mitragynine"}
    data["plasma.7-hydroxymitragynine"].attrs |= {"molar_mass": 414.5, "drug": "7-hydroxymitragynine"}
    data["COWS"].attrs["bands"] = list(BANDS)
    status = np.zeros(persons, dtype=np.int64)
    status[list(failed)] = 3
    description = ScenarioDescription(
        title=title,
        regimen="kratom powder 2 g by mouth every 6 h for 28 days" if doses else "nothing",
        history="after morphine 30 mg SC every 6 h for 60 days",
        until=days * 24.0,
        persons=persons,
        seed=seed,
        versions={"speciosa": "0.1.0", "numpy": "2.4"},
        evidence_digest="0123456789abcdef",
        overrides=(Override("morphine.fu", 0.6, "dimensionless", "range of the assumption"),),
        doses=tuple(DoseMark(6.0 * k, "kratom powder", "2 g kratom powder by mouth") for k in range(doses)),
    )
    return Result(
        data=data,
        description=description,
        persons=xr.Dataset(
            {"weight": ("person", random.normal(75.0, 9.0, persons), {"unit": "kg"})},
            coords={"person": data["person"]},
        ),
        status=status,
        reasons=tuple("step size too small" if code else "" for code in status),
        slots=("mitragynine.CL/F", "morphine.fu", "dependence.gain"),
        row_ids=("cows-bands",),
        methods=("method1999",),
    )


@pytest.fixture
def make() -> Maker:
    return make_result


@pytest.fixture
def population() -> Result:
    return make_result(doses=8)


@pytest.fixture
def arms() -> dict[str, Result]:
    return {
        "nothing": make_result(persons=30),
        "kratom powder": make_result(persons=30, title="Kratom powder", height=9.0, doses=112),
        "buprenorphine": make_result(persons=30, title="Buprenorphine", height=4.0, failed=(3,)),
        "methadone": make_result(persons=30, title="Methadone", height=3.0),
    }


def _row(row_id: str, **given: object) -> Row:
    fields: dict[str, object] = {
        "id": row_id,
        "drug": "none",
        "quantity": "CL/F",
        "condition": "",
        "value": 36.0,
        "unit": "L/h",
        "spread_type": "CV%",
        "spread": "30",
        "n": 12,
        "source_key": "first2020",
        "locator": "Table 2",
        "seen": "full-text",
        "note": "",
        "kind": "measured",
        "file": "rows.csv",
        "line": 2,
    }
    return Row(**(fields | given))  # type: ignore[arg-type]


def _source(key: str, **given: object) -> Source:
    fields: dict[str, object] = {
        "key": key,
        "authors": "Author A, Author B",
        "year": 2020,
        "title": f"Title of {key} <with> markup & more",
        "journal": "Journal 1:2",
        "doi": f"10.1000/{key}",
        "pmid": "PMID:1",
        "seen": "full-text",
        "note": "",
        "file": "sources.csv",
        "line": 2,
    }
    return Source(**(fields | given))  # type: ignore[arg-type]


class FakeEvidence:
    """Three rows, of which one is a guess and one is overridden by the scenario."""

    def __init__(self) -> None:
        self.rows = {
            row.id: row
            for row in (
                _row("clf"),
                _row("fu-morphine", source_key="unused1990"),
                _row(
                    "gain", value=1.0, unit="dimensionless", seen="memory", kind="assumed", source_key="own"
                ),
                _row("cows-bands", value=5.0, unit="score", seen="abstract", source_key="scale2003"),
            )
        }
        keys = ("first2020", "unused1990", "own", "scale2003", "method1999", "never2001")
        self.sources = {key: _source(key) for key in keys}
        self.slots = {
            name: SimpleNamespace(name=name, row=self.rows[row_id], why=f"chosen for {name}")
            for name, row_id in (
                ("mitragynine.CL/F", "clf"),
                ("morphine.fu", "fu-morphine"),
                ("dependence.gain", "gain"),
            )
        }

    def slot(self, name: str) -> SimpleNamespace:
        return self.slots[name]


@pytest.fixture
def evidence() -> FakeEvidence:
    return FakeEvidence()
