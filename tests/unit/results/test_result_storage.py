"""Saving and loading, exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from speciosa.errors import ResultError
from speciosa.results import Result, ScenarioDescription, write_atomically


def test_round_trip_is_exact(make: Callable[..., Result], tmp_path: Path) -> None:
    result = make(persons=6, failed=(2,), doses=3)
    loaded = Result.load(result.save(tmp_path / "run"))
    assert loaded.data.identical(result.data)
    assert loaded.persons.identical(result.persons)
    assert loaded.description == result.description
    assert np.array_equal(loaded.status, result.status)
    for name in ("reasons", "slots", "row_ids", "methods"):
        assert getattr(loaded, name) == getattr(result, name)
    assert loaded.summary().equals(result.summary())


def test_text_ids_survive(make: Callable[..., Result], tmp_path: Path) -> None:
    made = make(persons=2)
    data = made.data.assign_coords(person=np.array(["A-1", "B-22"], dtype=object))
    loaded = Result.load(Result(data, made.description).save(tmp_path))
    assert loaded.data["person"].values.tolist() == ["A-1", "B-22"]


def test_same_result_same_bytes(make: Callable[..., Result], tmp_path: Path) -> None:
    for name in ("first", "second"):
        make(persons=4).save(tmp_path / name)
    for file in ("result.npz", "result.json"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_nothing_but_the_two_files_is_left(make: Callable[..., Result], tmp_path: Path) -> None:
    make(persons=2).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.json", "result.npz"]


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError) as caught:
        Result.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the folder holds no complete result; expected the files result.npz and result.json. "
        "Result.save writes both."
    )


def test_damaged_files_are_refused(make: Callable[..., Result], tmp_path: Path) -> None:
    make(persons=2).save(tmp_path)
    (tmp_path / "result.npz").write_bytes(b"PK damaged")
    with pytest.raises(ResultError, match="the files cannot be read"):
        Result.load(tmp_path)


def test_another_format_is_refused(make: Callable[..., Result], tmp_path: Path) -> None:
    make(persons=2).save(tmp_path)
    texts = json.loads((tmp_path / "result.json").read_text())
    (tmp_path / "result.json").write_text(json.dumps(texts | {"format": 99}))
    with pytest.raises(ResultError, match=r"format 99 is unknown; expected format 1\."):
        Result.load(tmp_path)


def test_missing_entries_are_named(make: Callable[..., Result], tmp_path: Path) -> None:
    make(persons=2).save(tmp_path)
    texts = json.loads((tmp_path / "result.json").read_text())
    del texts["slots"]
    (tmp_path / "result.json").write_text(json.dumps(texts))
    with pytest.raises(ResultError, match="the entry 'slots' is missing"):
        Result.load(tmp_path)


def test_values_that_cannot_be_saved_are_named(tmp_path: Path) -> None:
    attributes = {"unit": "score", "kind": "score", "bands": {"mild": 5.0}}
    data = xr.Dataset(
        {"COWS": (("person", "time"), np.ones((1, 2)), attributes)},
        coords={"person": [1], "time": [0.0, 1.0]},
    )
    result = Result(data, ScenarioDescription("x", "nothing", until=1.0, persons=1))
    with pytest.raises(ResultError, match="COWS: attribute bands: a value of type dict cannot be saved"):
        result.save(tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


def test_description_of_another_version_is_refused() -> None:
    with pytest.raises(ResultError, match="Was the file written by another version of speciosa"):
        ScenarioDescription.from_dict({"title": "x", "dosing": "y"})


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.mkdir()
    with pytest.raises(ResultError, match="cannot write"):
        write_atomically(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError) as caught:
        write_atomically(tmp_path / "no" / "a.txt", "new")
    assert str(caught.value) == (
        f"{tmp_path / 'no' / 'a.txt'}: cannot write (No such file or directory); expected a path in a folder "
        "that exists and can be written."
    )
