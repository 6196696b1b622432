"""Running a protocol: people are enrolled, randomized, followed, measured and analyzed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from speciosa.engine import Executor, executor_named
from speciosa.simulation import Setting
from speciosa.trials.courses import Course, Road, road
from speciosa.trials.designs import DESIGNS
from speciosa.trials.enrolment import Entrance, entrance
from speciosa.trials.plan import Plan
from speciosa.trials.protocol import Protocol
from speciosa.trials.result import TrialResult

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trial:
    """A protocol made ready: what its plans need is composed and compiled once, for any number of runs.

    Parameters
    ----------
    protocol : Protocol
    setting : Setting
        With the alternatives that the protocol chose.
    entrance : Entrance
    alter : callable, optional
        What becomes of each plan before it is followed, such as other typical values.

    Examples
    --------
    >>> from speciosa.trials import read_protocol
    >>> trial = Trial.of(read_protocol("lofexidine-3200ug-against-placebo"))
    >>> list(trial.protocol.arms)
    ['placebo', 'lofexidine']
    """

    protocol: Protocol
    setting: Setting
    entrance: Entrance
    alter: Callable[[Road], Road] | None = field(default=None, repr=False, compare=False)
    _roads: dict[Plan, Road] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, protocol: Protocol, setting: Setting | None = None) -> Trial:
        """Make a protocol ready.

        Parameters
        ----------
        protocol : Protocol
        setting : Setting, optional
            The packaged evidence and library if left out.
        """
        chosen = (setting or Setting()).choosing(protocol.choose)
        return cls(protocol, chosen, entrance(protocol, chosen))

    def road(self, plan: Plan) -> Road:
        """What a plan needs, composed and compiled once."""
        if plan not in self._roads:
            self._roads[plan] = road(self.protocol, plan, self.setting)
        found = self._roads[plan]
        return found if self.alter is None else self.alter(found)

    def run(
        self, seed: int, *, executor: Executor | str = "serial", progress: Progress | None = None
    ) -> TrialResult:
        """Run the trial once; see `run_trial`."""
        conduct = DESIGNS[self.protocol.design]
        worker = executor_named(executor) if isinstance(executor, str) else executor
        return conduct(self, seed, worker, progress)


def run_trial(
    protocol: Protocol | Trial,
    *,
    seed: int,
    executor: Executor | str = "serial",
    progress: Progress | None = None,
    setting: Setting | None = None,
) -> TrialResult:
    """Run a trial.

    Everything random in it depends on the seed, on the person's number and on what is drawn, so that the same
    seed gives the same trial with any executor.

    Parameters
    ----------
    protocol : Protocol or Trial
        A `Trial` where several runs follow, so that nothing is compiled twice.
    seed : int
        Zero or above; `trial_seed` gives seeds for the trials of a series.
    executor : {"serial", "threads"} or Executor
        Who works on portions of the people. Many trials beside each other are a study of `speciosa.power`.
    progress : callable, optional
        Called with what is worked on, the number of persons done and in all.
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    TrialResult

    Raises
    ------
    SpeciosaError
        If the trial cannot be run as described.
    """
    trial = protocol if isinstance(protocol, Trial) else Trial.of(protocol, setting)
    return trial.run(seed, executor=executor, progress=progress)


def trial_seed(seed: int, number: int) -> int:
    """The seed of one trial of a series.

    Parameters
    ----------
    seed : int
        Of the series.
    number : int
        Of the trial, from 0.

    Examples
    --------
    >>> trial_seed(1, 0) != trial_seed(1, 1)
    True
    """
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)[0] >> 1)


__all__ = ["Course", "Trial", "run_trial", "trial_seed"]
