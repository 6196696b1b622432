"""A result on disk: arrays in ``result.npz``, everything else in ``result.json``."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speciosa.errors import ResultError
from speciosa.late import xr
from speciosa.results.courses import PersonalCourses
from speciosa.results.description import ScenarioDescription
from speciosa.results.files import write_atomically

if TYPE_CHECKING:
    from speciosa.results.result import Result

FORMAT = 1
ARRAYS, TEXTS = "result.npz", "result.json"


def save(result: Result, folder: Path) -> Path:
    """See `Result.save`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(
            f"cannot make the folder ({error.strerror or error})",
            where=str(folder),
            expected="a folder to write to",
        ) from error
    arrays = {"status": np.asarray(result.status)}
    texts: dict[str, Any] = {
        "format": FORMAT,
        "description": result.description.to_dict(),
        "reasons": list(result.reasons),
        "slots": list(result.slots),
        "row_ids": list(result.row_ids),
        "methods": list(result.methods),
        "courses": result.courses.to_dict(),
    }
    for part, dataset in (("data", result.data), ("persons", result.persons)):
        texts[part] = _describe(part, dataset, arrays)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomically(folder / ARRAYS, buffer.getvalue())
    write_atomically(folder / TEXTS, json.dumps(texts, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return folder


def _describe(part: str, dataset: xr.Dataset, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Collect the labels of a dataset; arrays get numbered keys, since names may hold any character."""
    variables: dict[str, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        key = f"{part}{len(variables)}"
        values = variable.values
        arrays[key] = values.astype(np.str_) if values.dtype == object else values
        variables[str(name)] = {
            "array": key,
            "dims": list(variable.dims),
            "attrs": {k: _plain(v, f"{name}: attribute {k}") for k, v in variable.attrs.items()},
            "is_coordinate": name in dataset.coords,
        }
    attrs = {str(key): _plain(value, f"attribute {key}") for key, value in dataset.attrs.items()}
    return {"variables": variables, "order": list(variables), "attrs": attrs}


def _plain(value: Any, where: str) -> Any:
    """Return a value that JSON gives back as it was; tuples come back as lists."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(item, where) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ResultError(
        f"a value of type {type(value).__name__} cannot be saved",
        where=where,
        expected="text, numbers or lists of them",
    )


def load(folder: Path) -> Result:
    """See `Result.load`."""
    from speciosa.results.result import Result

    try:
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except FileNotFoundError as error:
        raise ResultError(
            "the folder holds no complete result",
            where=str(folder),
            expected=f"the files {ARRAYS} and {TEXTS}",
            advice="Result.save writes both.",
        ) from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ResultError(f"the files cannot be read ({error})", where=str(folder)) from error
    if not isinstance(texts, dict) or texts.get("format") != FORMAT:
        given = texts.get("format") if isinstance(texts, dict) else None
        raise ResultError(
            f"format {given!r} is unknown", where=str(folder / TEXTS), expected=f"format {FORMAT}"
        )
    try:
        return Result(
            data=_restore(texts["data"], arrays),
            persons=_restore(texts["persons"], arrays),
            description=ScenarioDescription.from_dict(texts["description"]),
            status=arrays["status"],
            reasons=tuple(texts["reasons"]),
            slots=tuple(texts["slots"]),
            row_ids=tuple(texts["row_ids"]),
            methods=tuple(texts["methods"]),
            courses=PersonalCourses.from_dict(texts["courses"]) if "courses" in texts else PersonalCourses(),
        )
    except KeyError as error:
        raise ResultError(f"the entry {error} is missing", where=str(folder)) from error


def _restore(labels: dict[str, Any], arrays: dict[str, np.ndarray[Any, Any]]) -> xr.Dataset:
    def build(is_coordinate: bool) -> dict[str, tuple[list[str], np.ndarray[Any, Any], dict[str, Any]]]:
        return {
            name: (entry["dims"], arrays[entry["array"]], entry["attrs"])
            for name in labels["order"]
            if (entry := labels["variables"][name])["is_coordinate"] == is_coordinate
        }

    dataset = xr.Dataset(build(False), coords=build(True), attrs=labels["attrs"])
    for variable in dataset.variables.values():
        if "bands" in variable.attrs:
            variable.attrs["bands"] = [tuple(band) for band in variable.attrs["bands"]]
    return dataset
