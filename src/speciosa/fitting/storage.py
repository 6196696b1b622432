"""Fits on disk: two files in a folder."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from speciosa import __version__
from speciosa.errors import FitError
from speciosa.fitting.fit import Fit
from speciosa.fitting.problem import Problem
from speciosa.fitting.search import FitStatus
from speciosa.fitting.uncertainty import Uncertainty
from speciosa.results.files import write_atomically

FORMAT = "speciosa fit 1"
TEXTS, ARRAYS = "fit.json", "fit.npz"


def save(fit: Fit, folder: Path) -> Path:
    """See `Fit.save`."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"theta": fit.theta, "parts": fit.parts, "modes": fit.modes}
    sure = fit.uncertainty
    if sure is not None:
        arrays |= {"covariance": sure.covariance, "r": sure.r, "s": sure.s}
    texts = {
        "format": FORMAT,
        "version": __version__,
        "method": fit.method,
        "status": fit.status.value,
        "slope": fit.slope,
        "iterations": fit.iterations,
        "evaluations": fit.evaluations,
        "seconds": fit.seconds,
        "notes": fit.notes,
        "seed": fit.seed,
        "uncertainty": None if sure is None else {"kind": sure.kind, "note": sure.note},
        "problem": _identity(fit.problem),
        "sources": [source.key for source in fit.sources()],
        "estimates": {item.name: item.value for item in fit.estimates},
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(folder / ARRAYS, buffer.getvalue())
    write_atomically(folder / TEXTS, json.dumps(texts, indent=1, ensure_ascii=False) + "\n")
    return folder


def load(folder: Path, problem: Problem) -> Fit:
    """See `Fit.load`."""
    try:
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise FitError(
            f"no fit can be read ({error})", where=str(folder), expected=f"the files {ARRAYS} and {TEXTS}"
        ) from error
    if not isinstance(texts, dict) or texts.get("format") != FORMAT:
        raise FitError("the format is unknown", where=str(folder / TEXTS), expected=FORMAT)
    for name, value in _identity(problem).items():
        if texts["problem"].get(name) != value:
            raise FitError(
                f"{name} of the fit differ from those of the problem",
                where=str(folder),
                expected="the problem that the fit was made for",
            )
    sure = texts["uncertainty"]
    return Fit(
        problem,
        texts["method"],
        arrays["theta"],
        arrays["parts"],
        arrays["modes"],
        FitStatus(texts["status"]),
        texts["slope"],
        texts["iterations"],
        texts["evaluations"],
        texts["seconds"],
        Uncertainty(arrays["covariance"], sure["kind"], arrays["r"], arrays["s"], sure["note"])
        if sure
        else None,
        tuple(texts["notes"]),
        texts["seed"],
    )


def _identity(problem: Problem) -> dict[str, object]:
    """What a fit must share with a problem to belong to it."""
    return {
        "coordinates": list(problem.names),
        "people": list(problem.subjects.ids),
        "counts of observations": [len(item.person) for item in problem.measurements],
        "sums of observations": [float(np.sum(item.value)) for item in problem.measurements],
    }
