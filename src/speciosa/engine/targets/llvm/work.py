"""What the compiled loop is given, as flat arrays, and what it leaves in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch
from speciosa.engine.halts import Halts
from speciosa.engine.targets.llvm.lanes import ARGUMENTS
from speciosa.engine.targets.llvm.plan import Plan

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
STEP_LIMIT = 1_000_000


@dataclass(frozen=True)
class Work:
    """People in a row, their plans, and the arrays that the loop fills.

    Parameters
    ----------
    parameters : (n, n_parameters) float
    row_first : (n,) int
        First time at which outputs of a person are wanted.
    plan : Plan
    times : (n_times,) or (n, n_times) float
    is_before : bool
    values : (n, n_times, n_outputs) float
        Filled.
    status : (n,) int8
        Filled.
    time : (n,) float
        Filled for who fails.
    error : (n, n_states) float
        Filled for who fails.
    attempts : (n,) int
        Filled: steps tried.
    tape_first : (n,) int
        Where each person's steps begin on the tape.
    tape : (n_steps,) float
        Filled, or read.
    halts : Halts
        Filled, of a model that halts.
    """

    parameters: FloatArray
    row_first: IntArray
    plan: Plan
    times: FloatArray
    is_before: bool
    values: FloatArray
    status: npt.NDArray[np.int8]
    time: FloatArray
    error: FloatArray
    attempts: IntArray
    tape_first: IntArray
    tape: FloatArray
    halts: Halts

    @classmethod
    def of(cls, batch: Batch, plan: Plan, values: FloatArray, n_states: int) -> Work:
        """For people in order, with room for what is filled."""
        n = batch.size
        whole = np.zeros(n, dtype=np.int64)
        halts = batch.halts or Halts.of(np.empty((n, 0)), batch.ends, 0)
        room = (np.zeros(n, dtype=np.int8), np.zeros(n), np.zeros((n, n_states)))
        return cls(
            np.ascontiguousarray(batch.parameters), batch.first_rows, plan, np.ascontiguousarray(batch.times),
            batch.is_before, values, *room, whole, whole.copy(), np.zeros(1), halts,
        )  # fmt: skip

    def with_tape(self, attempts: IntArray) -> Work:
        """With room for as many steps of each person."""
        ends = np.cumsum(attempts)
        return replace(self, tape_first=ends - attempts, tape=np.zeros(int(ends[-1]) + 1))

    def call(self, run: Callable[[int, int], None], workspace: FloatArray) -> None:
        """Let the loop work on everybody."""
        plan = self.plan
        given: dict[str, npt.NDArray[np.generic] | int] = {
            "person": 0, "end": len(self.parameters), "parameters": self.parameters,
            "times": self.times, "n_times": self.values.shape[1], "row_first": self.row_first,
            "times_stride": self.times.shape[1] if self.times.ndim == 2 else 0,  # noqa: PLR2004
            "stop_first": plan.stop_first, "stop_time": plan.stop_time,
            "action_first": plan.action_first, "action_code": plan.action_code,
            "action_value": plan.action_value, "values": self.values, "status": self.status,
            "failure_time": self.time, "failure_error": self.error, "attempts": self.attempts,
            "step_limit": STEP_LIMIT, "is_before": int(self.is_before),
            "tape_first": self.tape_first, "tape": self.tape, "levels": self.halts.levels,
            "halt_time": self.halts.time, "halt_which": self.halts.which,
            "halt_states": self.halts.states, "halt_seen": self.halts.seen,
        }  # fmt: skip
        words = [
            item if isinstance(item, int) else item.ctypes.data
            for item in (given[name] for name in ARGUMENTS)
        ]
        arguments = np.array(words, dtype=np.int64)
        run(workspace.ctypes.data, arguments.ctypes.data)
