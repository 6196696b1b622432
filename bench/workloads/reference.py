"""Answers that the engines are held against: closed form for W1, SciPy's DOP853 at 1e-12 for W2 and W2S.

DOP853 is started anew at every hour, so that no number is interpolated. The people of the reference are
solved as one system; what is found is kept in ``bench/.cache``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from workloads.definition import FloatArray, Workload
from workloads.small import W1, exact
from workloads.text import compiled, function

CACHE = Path(__file__).resolve().parents[1] / ".cache"
RTOL, ATOL = 1e-12, 1e-15
Progress = Callable[[int, int], None]
Function = Callable[..., tuple[FloatArray, ...]]


def reference(workload: Workload, rows: np.ndarray, progress: Progress | None = None) -> FloatArray:
    """Outputs of people of a small workload, people by times by outputs.

    Parameters
    ----------
    workload : Workload
    rows : (n,) int
        Among those that the reference holds.
    progress : callable, optional
        Called with the hours done and in all, while something is worked out.
    """
    if workload.name == W1.name:
        return exact(workload.table[rows], workload.times)
    place = np.searchsorted(workload.checked, rows)
    return kept(workload, progress)[place]


def kept(workload: Workload, progress: Progress | None = None) -> FloatArray:
    """The reference of all checked people, from the cache if it lies there."""
    given = {item.name: getattr(workload, item.name) for item in fields(workload) if item.name != "title"}
    key = hashlib.sha256(f"{given} {RTOL} {ATOL}".encode()).hexdigest()[:16]
    path = CACHE / f"{workload.name}-{key}.npy"
    if path.exists():
        return np.load(path)
    found = solved(workload, workload.checked, workload.end, progress)
    CACHE.mkdir(exist_ok=True)
    np.save(path, found)
    return found


def solved(workload: Workload, rows: np.ndarray, end: int, progress: Progress | None = None) -> FloatArray:
    """Outputs of people at 0, 1, ..., end h; doses must come at whole hours."""
    people, states = workload.table[rows], len(workload.rates)
    rate = _vectorized(workload, "rates(y, p)", workload.rates)
    read = _vectorized(workload, "outputs(y, p)", workload.outputs)
    drawn = people.T
    y = np.zeros((states, len(people)))
    found = np.empty((len(people), end + 1, len(workload.outputs)))
    doses = workload.events

    def slope(_: float, flat: FloatArray) -> FloatArray:
        return np.concatenate(rate(flat.reshape(y.shape), drawn))

    for hour in range(end + 1):
        if hour:
            ended = solve_ivp(slope, (hour - 1.0, hour), y.ravel(), "DOP853", rtol=RTOL, atol=ATOL)
            if not ended.success:
                raise RuntimeError(f"{workload.name}: no reference after {hour - 1} h: {ended.message}")
            y = ended.y[:, -1].reshape(y.shape)
        for _, state, amount in (item for item in doses if item[0] == hour):
            y[state] += amount
        found[:, hour] = np.stack(np.broadcast_arrays(*read(y, drawn)), axis=-1)
        if progress is not None:
            progress(hour, end)
    return found


def _vectorized(workload: Workload, head: str, results: Mapping[str, str]) -> Function:
    source = function(workload, head, results, "return ({all},)")
    return compiled(source, {})[head.partition("(")[0]]  # type: ignore[return-value]
