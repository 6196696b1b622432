"""diffrax on the processor: people beside each other by ``vmap``, dose intervals in turn by ``scan``."""

from __future__ import annotations

from math import gcd

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from workloads.text import compiled, function

from engines.task import Solve, Task

MOST_STEPS = 1_000_000
PORTION = 2_000  # people in one call


def prepare(task: Task) -> Solve:
    """Compile for the shape of the people by solving a portion, and give the function that solves all."""
    jax.config.update("jax_enable_x64", True)
    workload = task.text
    ending = "return stack([{all}])"
    source = function(workload, "rates(t, y, p)", workload.rates, ending)
    source += function(workload, "read(y, p)", workload.outputs, ending)
    made = compiled(source, {"stack": jnp.stack})
    rates, read = made["rates"], made["read"]
    hours = gcd(workload.end, *(int(time) for time, _, _ in workload.events))
    doses = np.zeros((workload.end // hours, len(workload.rates)))
    for time, state, amount in workload.events:
        doses[int(time) // hours, state] += amount
    solver = getattr(diffrax, task.option)()
    control = diffrax.PIDController(rtol=task.rtol, atol=task.atol)
    asked = diffrax.SaveAt(ts=jnp.arange(1.0, hours + 0.5))

    def person(p):
        def interval(y, dose):
            found = diffrax.diffeqsolve(
                diffrax.ODETerm(rates), solver, 0.0, float(hours), None, y + dose, args=p, saveat=asked,
                stepsize_controller=control, max_steps=MOST_STEPS,
            )  # fmt: skip
            return found.ys[-1], jax.vmap(read, (0, None))(found.ys, p)

        _, found = jax.lax.scan(interval, jnp.zeros(len(workload.rates)), jnp.asarray(doses))
        found = found.reshape(workload.end, -1)
        return jnp.concatenate([jnp.zeros((1, found.shape[1])), found])

    run = jax.jit(jax.vmap(person))
    people = task.drawn
    size = min(PORTION, len(people))
    portions = [jnp.asarray(people[first : first + size]) for first in range(0, len(people), size)]
    for portion in {len(item): item for item in portions}.values():
        np.asarray(run(portion))
    return lambda: np.concatenate([np.asarray(run(portion)) for portion in portions])
