"""numbalsoda: LSODA in C, called for each dose interval of each person from a loop that numba compiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import cfunc, njit
from numbalsoda import lsoda, lsoda_sig
from workloads.problem import Problem
from workloads.text import compiled, function

from engines.task import Solve, Task

MOST_STEPS = 1_000_000


def prepare(task: Task) -> Solve:
    """Compile, solve two people, and give the function that solves all."""
    return _written_out(task) if task.problem else _small(task)


def _small(task: Task) -> Solve:
    workload, rtol, atol = task.text, task.rtol, task.atol
    rates = function(workload, "rates(t, y, d, p)", workload.rates, "d[{index}] = {text}")
    read = function(workload, "outputs(y, p)", workload.outputs, "return ({all},)")
    pointer = cfunc(lsoda_sig)(compiled(rates, {})["rates"]).address
    outputs = njit(compiled(read, {})["outputs"])
    states, times, count = len(workload.rates), len(workload.times), len(workload.outputs)
    events = [*workload.events, (float(workload.end), 0, 0.0)]
    when, where, amount = (np.array(column) for column in zip(*events, strict=True))

    @njit
    def run(people):
        found = np.zeros((len(people), times, count))
        for person in range(len(people)):
            p = people[person].copy()
            y = np.zeros(states)
            for turn in range(len(when) - 1):
                y[where[turn]] += amount[turn]
                first, last = int(when[turn]), int(when[turn + 1])
                if first == last:
                    continue
                u, is_good = lsoda(pointer, y, np.arange(first, last + 1) * 1.0, p, rtol, atol, MOST_STEPS)
                for hour in range(first + 1, last + 1):
                    item = outputs(u[hour - first], p)
                    for index in range(count):
                        found[person, hour, index] = item[index] if is_good else np.nan
                y = u[last - first].copy()
        return found

    people = task.drawn
    run(people[:2])
    return lambda: run(people)


def _written_out(task: Task) -> Solve:
    """States as multiples of their scale, since LSODA takes one absolute tolerance for all here."""
    given, rtol, atol = Problem.read(Path(task.problem)), task.rtol, task.atol
    names = {"empty": np.empty, "zeros": np.zeros, "exp": np.exp, "log": np.log}
    made = compiled(given.source, names)
    pointer = cfunc(lsoda_sig, error_model="numpy")(made["scaled_rates"]).address
    prologue, outputs = (njit(error_model="numpy")(made[name]) for name in ("prologue", "outputs"))
    times, scale = given.times, given.scale

    @njit
    def run(parameters, initial, dose_time, dose_state, dose_amount):
        people, doses = dose_time.shape
        found = []
        for person in range(people):
            p = parameters[person].copy()
            q = prologue(p)
            data = np.concatenate((p, q))
            y = initial[person] / scale
            table = []
            now, row, turn = times[0], 0, 0
            while row < len(times):
                while turn < doses and dose_time[person, turn] <= now:
                    y[dose_state[person, turn]] += dose_amount[person, turn] / scale[dose_state[person, turn]]
                    turn += 1
                if times[row] <= now:
                    table.append(outputs(now, y * scale, p, q))
                    row += 1
                    continue
                stop = times[-1] if turn == doses else min(dose_time[person, turn], times[-1])
                beyond = row
                while beyond < len(times) and times[beyond] < stop:
                    beyond += 1
                asked = np.concatenate((np.array([now]), times[row:beyond], np.array([stop])))
                u, is_good = lsoda(pointer, y, asked, data, rtol, atol, MOST_STEPS)
                for index in range(1, len(asked) - 1):
                    table.append(outputs(asked[index], u[index] * scale, p, q))
                y = u[-1].copy() if is_good else u[-1] * np.nan
                row, now = beyond, stop
            found.append(table)
        values = np.empty((people, len(times), len(found[0][0])))
        for person in range(people):
            for index in range(len(times)):
                values[person, index] = found[person][index]
        return values

    arrays = (given.parameters, given.initial, given.dose_time, given.dose_state, given.dose_amount)
    run(*(item[:2] for item in arrays))
    return lambda: run(*arrays)
