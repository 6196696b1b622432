"""Many trials of one protocol, split into shards: what each analysis finds with more and more people.

A trial is run once with the most people asked for; what it would have found with fewer is the analysis of
those who came first. Numbers of people and looks on the way differ by nothing but the people who are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from speciosa import __version__
from speciosa.campaigns import Identity, Piece
from speciosa.engine import Serial
from speciosa.errors import TrialError, UnknownNameError
from speciosa.power.boundaries import Looks
from speciosa.power.drawing import Unknown
from speciosa.simulation import Setting
from speciosa.trials import Protocol, Trial, TrialResult, trial_seed
from speciosa.trials.analyses import Data, analyzed
from speciosa.uncertainty import Samples, Uncertainty

FloatArray = npt.NDArray[np.float64]
Kind = Literal["power", "assurance"]
Better = Literal["either", "lower", "higher"]
NUMBERS = ("estimate", "low", "high", "p", "n")
NAMES = ("endpoint", "method", "comparison", "unit")
WITHOUT_TEST = ("Kaplan-Meier", "regime means")
WITHOUT_DIRECTION = ("log-rank",)
"""Analyses that give no p, and those whose estimate has no direction."""
TRIALS_A_SHARD = 10
"""Trials of one shard, unless it is said."""
_LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "lifelines")
_FEWEST = 4


@dataclass(frozen=True)
class Variant:
    """A protocol, and what was put into it in place of what.

    Parameters
    ----------
    protocol : Protocol
    label : mapping of str to str
        Text of the file to the text in its place; empty for the protocol as it is.
    """

    protocol: Protocol
    label: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The label in a line."""
        return ", ".join(self.label.values()) or "as written"


@dataclass(frozen=True)
class PowerStudy:
    """Trials of a protocol, or of variants of it.

    Parameters
    ----------
    variants : tuple of Variant
    trials : int
        Of each variant.
    seed : int
        Trial k has the same seed in every variant.
    sizes : tuple of int
        Numbers of people at which power is asked for; quarters of the protocol's if empty.
    analysis : str, optional
        Method of the analysis that is asked, or its endpoint; the first that tests something if left out.
    kinds : tuple of {"power", "assurance"}
        With the typical values in use, and with values drawn for each trial from what is known of them.
    looks : Looks, optional
        Of a trial with the most people.
    samples : Samples, optional
        Joint samples for the assurance.
    shard_size : int
        Trials of one shard.
    setting : Setting

    Raises
    ------
    TrialError
        If the numbers cannot be used, or the protocol compares nothing.
    """

    variants: tuple[Variant, ...]
    trials: int = 1000
    seed: int = 1
    sizes: tuple[int, ...] = ()
    analysis: str | None = None
    kinds: tuple[Kind, ...] = ("power",)
    looks: Looks | None = None
    samples: Samples | None = None
    shard_size: int = TRIALS_A_SHARD
    setting: Setting = field(default_factory=Setting)

    def __post_init__(self) -> None:
        for number, name in ((self.trials, "trials"), (self.shard_size, "trials in a shard")):
            if number < 1:
                raise TrialError(f"{number} {name} are asked for", expected="1 or more")
        if self.sizes and min(self.sizes) < _FEWEST:
            raise TrialError(f"{min(self.sizes)} people are asked for", expected=f"{_FEWEST} or more")
        if not self.sizes and len({item.protocol.people.size for item in self.variants}) > 1:
            raise TrialError(
                "the variants have different numbers of people",
                expected="numbers at which power is asked for, which all variants share",
                advice="State them: --people 40 --people 80.",
            )
        for variant in self.variants:
            self.asked(variant.protocol)

    def __reduce__(self) -> tuple[type[PowerStudy], tuple[Any, ...]]:
        return PowerStudy, (
            self.variants, self.trials, self.seed, self.sizes, self.analysis, self.kinds, self.looks,
            self.samples, self.shard_size, self.setting,
        )  # fmt: skip

    def asked(self, protocol: Protocol) -> Protocol:
        """A protocol with the most people, and with the analyses that are asked for.

        Parameters
        ----------
        protocol : Protocol

        Raises
        ------
        SpeciosaError
            If it compares nothing, or has no such analysis.
        """
        if protocol.design == "escalation":
            raise TrialError(
                "a dose escalation compares nothing", where="design", expected="arms that are compared"
            )
        tested = [item for item in protocol.analyses if item.method not in WITHOUT_TEST]
        if not tested:
            raise TrialError(
                "no analysis of this protocol tests anything",
                where="analyses",
                expected="one that compares arms, such as a difference of means",
            )
        chosen = tested[:1]
        if self.analysis is not None:
            chosen = [item for item in tested if self.analysis in (item.method, item.endpoint)]
            if not chosen:
                names = [name for item in tested for name in (item.method, item.endpoint)]
                raise UnknownNameError("analysis", self.analysis, names)
        people = protocol.people.model_copy(update={"size": self.asked_sizes[-1]})
        return protocol.model_copy(update={"people": people, "analyses": chosen})

    @cached_property
    def asked_sizes(self) -> tuple[int, ...]:
        """Numbers of people at which power is asked for."""
        if self.sizes:
            return tuple(sorted(set(self.sizes)))
        most = self.variants[0].protocol.people.size
        return tuple(sorted({max(_FEWEST, ceil(most * part / 4)) for part in (1, 2, 3, 4)}))

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        """Numbers of people at which trials are analyzed: those asked for, and those of the looks."""
        most = self.asked_sizes[-1]
        times = self.looks.times if self.looks is not None else ()
        return tuple(sorted({*self.asked_sizes, *(self.people_at(time) for time in times), most}))

    def people_at(self, time: float) -> int:
        """Number of people at a look."""
        return max(_FEWEST, round(time * self.asked_sizes[-1]))

    @property
    def blocks(self) -> int:
        """Shards of each variant and kind."""
        return -(-self.trials // self.shard_size)

    def place(self, number: int) -> tuple[int, Kind, range]:
        """Variant, kind and trials of a shard.

        Parameters
        ----------
        number : int
        """
        group, block = divmod(number, self.blocks)
        variant, kind = divmod(group, len(self.kinds))
        first = block * self.shard_size
        return variant, self.kinds[kind], range(first, min(first + self.shard_size, self.trials))

    @cached_property
    def identity(self) -> Identity:
        """What the numbers depend on."""
        facts = {
            "program": f"speciosa {__version__}",
            "libraries": {name: _version(name) for name in _LIBRARIES},
            "evidence": self.setting.evidence.digest,
            "protocols": [self.asked(item.protocol).resolved() for item in self.variants],
            "labels": [dict(item.label) for item in self.variants],
            "trials": self.trials,
            "seed": self.seed,
            "people": list(self.cuts),
            "kinds": list(self.kinds),
            "samples": None
            if self.samples is None
            else repr((self.samples.names, self.samples.values.tolist())),
            "shard size": self.shard_size,
        }
        return Identity("power", facts, len(self.variants) * len(self.kinds) * self.blocks)

    @cached_property
    def _made(self) -> dict[int, Trial]:
        return {}

    @cached_property
    def _unknown(self) -> Unknown:
        return Unknown(Uncertainty(self.trials, self.seed, self.samples))

    def trial(self, variant: int) -> Trial:
        """The trial of a variant, compiled once.

        Parameters
        ----------
        variant : int
        """
        if variant not in self._made:
            self._made[variant] = Trial.of(self.asked(self.variants[variant].protocol), self.setting)
        return self._made[variant]

    def shard(self, number: int) -> Piece:
        """What the trials of a shard found.

        Parameters
        ----------
        number : int

        Returns
        -------
        Piece
        """
        variant, kind, trials = self.place(number)
        base = self.trial(variant)
        found: list[tuple[FloatArray, pd.DataFrame, FloatArray] | None] = []
        faults: list[TrialError] = []
        for k in trials:
            trial = base if kind == "power" else self._unknown.trial(base, k)
            try:
                found.append(self._answers(trial.run(trial_seed(self.seed, k), executor=Serial())))
            except TrialError as fault:
                # A trial that finds too few people is one without an answer, unless all of them are.
                found.append(None)
                faults.append(fault)
        told = [item for item in found if item is not None]
        if not told:
            raise faults[0]
        nothing = np.full_like(told[0][0], np.nan)
        safe = np.full_like(told[0][2], np.nan)
        return Piece(
            {
                "numbers": np.stack([nothing if item is None else item[0] for item in found]),
                "names": told[0][1].to_numpy(dtype=np.str_),
                "stopped": np.stack([safe if item is None else item[2] for item in found]),
            }
        )

    def _answers(self, result: TrialResult) -> tuple[FloatArray, pd.DataFrame, FloatArray]:
        """Numbers of each analysis at each cut, what they are, and when safety stopped each arm."""
        order = np.unique(result.endpoints.index)
        parts = []
        for cut in self.cuts:
            if cut >= len(order):
                parts.append(result.analyses)
                continue
            last = order[cut - 1]
            ratings = result.ratings[result.ratings["person"] <= last]
            parts.append(
                analyzed(Data(result.protocol, result.endpoints[result.endpoints.index <= last], ratings))
            )
        numbers = np.stack([part[list(NUMBERS)].to_numpy(dtype=np.float64) for part in parts])
        return numbers, parts[-1][list(NAMES)], _stops(result)


def _stops(result: TrialResult) -> FloatArray:
    """For each arm, how many of it had been treated when safety stopped it; NaN where it did not."""
    found = np.full(len(result.protocol.arms), np.nan)
    table = result.decisions
    if "decision" not in table or "people" not in table:
        return found
    for place, arm in enumerate(result.protocol.arms):
        mine = table[(table["arm"] == arm) & (table["decision"] == "stop")]
        if len(mine):
            found[place] = float(mine["people"].min())
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
