"""Machine code is found by the model that it was made of, without the model's equations being lowered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_models import ORAL, one_compartment

from speciosa.engine import Events, Schedules, compile_model
from speciosa.model import Model

pytest.importorskip("llvmlite")
from speciosa.engine.targets.llvm import equations, source
from speciosa.engine.targets.llvm.source import Source, written_out

TIMES = np.arange(0.0, 25.0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "speciosa"


def answer(method: str = "rosenbrock") -> np.ndarray:
    model = one_compartment()
    table = np.array([[item.value for item in model.parameters]])
    schedules = Schedules.shared(Events.boluses(np.array([0.0]), np.array([ORAL]), 100.0), 1)
    return compile_model(model, target="llvm", method=method).run(table, schedules, TIMES).values


def name(model: Model) -> str:
    return Source(model, model.outputs).name


@pytest.mark.parametrize("method", ["rosenbrock", "exponential"])
def test_the_second_kernel_needs_no_equations(
    place: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    first = answer(method)

    def lowered(*_: object, **__: object) -> None:
        raise AssertionError("the equations were lowered again")

    monkeypatch.setattr(source, "Equations", lowered)
    assert (answer(method) == first).all()


def test_damaged_code_is_compiled_again(place: Path) -> None:
    first = answer()
    (code,) = place.glob("*.o")
    whole = code.read_bytes()
    code.write_bytes(whole[:-100])
    assert (answer() == first).all()
    assert code.read_bytes() == whole


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (answer() == answer()).all()


def test_everything_that_code_depends_on_is_in_the_name(place: Path) -> None:
    model = one_compartment()
    changed = [
        replace(model, derivatives=(2.0 * model.derivatives[0], *model.derivatives[1:])),
        replace(model, parameters=tuple(reversed(model.parameters))),
        replace(model, states=(replace(model.states[0], initial=1.0), *model.states[1:])),
        replace(model, inlets=(replace(model.inlets[0], lag=2.0 * model.inlets[0].lag), *model.inlets[1:])),
        replace(model, inlets=model.inlets[:-1]),
    ]
    outputs = replace(model.outputs[0], value=2.0 * model.outputs[0].value)
    names = {name(item) for item in (model, *changed)} | {Source(model, [outputs]).name}
    names |= {Source(model, model.outputs, is_exact=True).name, Source(model, model.outputs, watched=()).name}
    assert len(names) == len(changed) + 4
    assert name(one_compartment()) == name(model)


def test_typical_values_and_words_are_not(place: Path) -> None:
    model = one_compartment()
    other = replace(model.with_values({"CL": 7.0}), name="another")
    assert list(written_out(other, other.outputs, None)) == list(written_out(model, model.outputs, None))


def test_the_shape_is_that_of_the_equations(place: Path) -> None:
    model = one_compartment()
    for _ in range(2):
        shape, whole = Source(model, model.outputs).shape, equations.Equations(model, model.outputs)
        assert (shape.n, shape.kept, shape.looks_back) == (whole.n, 0, False)
        assert shape.is_linear
        assert not shape.is_halting
        assert shape.layout.start == whole.layout.start
        assert shape.layout.size == whole.layout.size
