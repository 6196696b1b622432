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
    failures = list(target.fill(batch, values))
    slopes[...] = np.nan
    solved = np.setdiff1d(np.arange(batch.size), [item.person for item in failures])
    if not solved.size:
        return tuple(failures)
    part = batch.chosen(solved)
    order = np.argsort(part.schedules.of_person, kind="stable")
    base = np.empty((part.size, *values.shape[1:]))
    workspace = target.workspace()
    work, _ = target.work(part, order, base, workspace, is_merged=False)
    target.call(work, workspace)
    taped = work.with_tape(work.attempts)
    target.call(taped, workspace, "record")
    table = np.empty_like(base)
    for place, parameter in enumerate(which.tolist()):
        other, size = moved(part, parameter, STEP)
        again, broken = target.work(other, order, table, workspace, is_merged=False)
        again = replace(again, tape_first=taped.tape_first, tape=taped.tape)
        failed = [*target.call(again, workspace, "replay")]
        slopes[solved[order], :, :, place] = (table - base) / size[order, None, None]
        failures += [replace(item, person=int(solved[order[item.person]])) for item in failed]
        failures += [replace(item, person=int(solved[item.person])) for item in broken]
    return tuple({item.person: item for item in reversed(failures)}.values())
