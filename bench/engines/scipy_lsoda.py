"""SciPy's LSODA with rates and Jacobian compiled by numba, called anew after each dose.

``solve_ivp(method="LSODA")`` is SciPy's present interface and takes each step from Python; ``odeint`` is the
older one, which stays in Fortran from dose to dose.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import njit
from scipy.integrate import odeint, solve_ivp
from workloads.problem import Problem
from workloads.text import compiled

from engines.task import Solve, Task

MOST_STEPS = 1_000_000


def prepare(task: Task) -> Solve:
    """Compile, solve one person, and give the function that solves all."""
    given = Problem.read(Path(task.problem))
    names = {"empty": np.empty, "zeros": np.zeros, "exp": np.exp, "log": np.log}
    made = compiled(given.source, names)
    prologue, rates, matrix, outputs = (
        njit(error_model="numpy")(made[name]) for name in ("prologue", "rates", "jacobian", "outputs")
    )
    atol, times = task.atol * given.scale, given.times

    def by_odeint(y, asked, p, q):
        return odeint(
            rates, y, asked, (p, q), Dfun=matrix, tfirst=True, rtol=task.rtol, atol=atol, mxstep=MOST_STEPS
        )

    def by_solve_ivp(y, asked, p, q):
        return solve_ivp(
            rates, (asked[0], asked[-1]), y, "LSODA", asked, args=(p, q), jac=matrix,
            rtol=task.rtol, atol=atol,
        ).y.T  # fmt: skip

    cross = by_odeint if task.option == "odeint" else by_solve_ivp

    def one(person):
        p = given.parameters[person]
        q = prologue(p)
        when, states, amounts = given.dose_time[person], given.dose_state[person], given.dose_amount[person]
        y = given.initial[person].copy()
        found = np.empty((len(times), len(y)))
        inside = when[(when > times[0]) & (when < times[-1])]
        stops = np.unique(np.concatenate([times[:1], inside, times[-1:]]))
        for left, right in zip(stops, [*stops[1:], stops[-1]], strict=True):
            for dose in np.flatnonzero(when == left):
                y[states[dose]] += amounts[dose]
            low, high = np.searchsorted(times, left), np.searchsorted(times, right)
            if left == right:
                found[low] = y
                break
            asked = np.concatenate([[left], times[low:high][times[low:high] > left], [right]])
            u = cross(y, asked, p, q)
            if times[low] == left:
                found[low] = y
                found[low + 1 : high] = u[1:-1]
            else:
                found[low:high] = u[1:-1]
            y = u[-1]
        return np.stack([outputs(t, state, p, q) for t, state in zip(times, found, strict=True)])

    one(0)
    return lambda: np.stack([one(person) for person in range(len(given.parameters))])
