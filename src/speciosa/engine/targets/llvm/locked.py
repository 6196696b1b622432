"""Derivatives by parameters with locked steps.

The adaptive method chooses its steps by the parameters; a difference of two such runs holds the noise of that
choice. Here the steps of one run are put on a tape and played back for parameters moved a little, each as its
share of what is left to the next stop: the difference is then that of one smooth function, and as exact as
the solution itself. One run more than parameters, and two of the base.

Source
------
Bock HG. Numerical treatment of inverse problems in chemical reaction kinetics. In: Ebert KH, Deuflhard P,
Jager W (eds). Modelling of Chemical Reaction Systems. Springer 1981:102-125 (internal numerical
differentiation).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch
from speciosa.engine.differences import moved
from speciosa.engine.solution import Failure

if TYPE_CHECKING:
    from speciosa.engine.targets.llvm.target import Vectorized

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
STEP = 1e-6


def slopes(
    target: Vectorized, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
) -> tuple[Failure, ...]:
    """Fill in outputs and their derivatives.

    Parameters
    ----------
    target : Vectorized
    batch : Batch
    which : (n_which,) int
        Parameters.
    values : (n, n_times, n_outputs) float
    slopes : (n, n_times, n_outputs, n_which) float

    Returns
    -------
    tuple of Failure
    """
    failures = target.fill(batch, values)
    slopes[...] = np.nan
    others = [moved(batch, item, STEP) for item in which.tolist()]
    tables = np.stack([batch.parameters, *(other.parameters for other, _ in others)], axis=1)
    locked = np.empty((batch.size, len(which) + 1, *values.shape[1:]))
    more = variants(target, batch, tables, locked)
    for place, (_, size) in enumerate(others):
        slopes[..., place] = (locked[:, place + 1] - locked[:, 0]) / size[:, None, None]
    return tuple({item.person: item for item in (*more, *failures)}.values())


def variants(target: Vectorized, batch: Batch, tables: FloatArray, values: FloatArray) -> tuple[Failure, ...]:
    """Outputs of people and of variants of them that take their steps.

    Parameters
    ----------
    target : Vectorized
    batch : Batch
    tables : (n, n_variants, n_parameters) float
        The first variant chooses the steps, by its parameters; the others take them.
    values : (n, n_variants, n_times, n_outputs) float
        Filled; NaN for people of whom any variant fails.

    Returns
    -------
    tuple of Failure
    """
    values[...] = np.nan
    batch = replace(batch, parameters=np.ascontiguousarray(tables[:, 0]))
    order = np.argsort(batch.schedules.of_person, kind="stable")
    base = np.empty((batch.size, *values.shape[2:]))
    workspace = target.workspace()
    work, broken = target.work(batch, order, base, workspace, is_merged=False)
    failures = {int(order[item.person]): item for item in target.call(work, workspace)}
    taped = work.with_tape(work.attempts)
    target.call(taped, workspace, "record")
    values[order, 0] = base
    failures.update((item.person, item) for item in broken)
    for place in range(1, tables.shape[1]):
        other = replace(batch, parameters=np.ascontiguousarray(tables[:, place]))
        found = np.empty_like(base)
        again, broken = target.work(other, order, found, workspace, is_merged=False)
        again = replace(again, tape_first=taped.tape_first, tape=taped.tape)
        failed = {int(order[item.person]): item for item in target.call(again, workspace, "replay")}
        values[order, place] = found
        for known in (failed, {item.person: item for item in broken}):
            failures.update((person, item) for person, item in known.items() if person not in failures)
    for person in failures:
        values[person] = np.nan
    return tuple(replace(item, person=person) for person, item in sorted(failures.items()))
