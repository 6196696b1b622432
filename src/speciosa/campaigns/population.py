"""A population of any size in shards: percentiles of outputs and of everybody's metrics, without the curves.

A person's numbers depend on the seed and on the person's own number alone, and the sketches that shards write
hold whole numbers only, so that neither the size of the shards nor who computes them shows in a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from speciosa import __version__
from speciosa.campaigns.campaign import Piece
from speciosa.campaigns.folder import Identity
from speciosa.campaigns.sketch import FloatArray, Sketch
from speciosa.engine import Serial
from speciosa.errors import CampaignError
from speciosa.model.rendering import model_text
from speciosa.people import Population
from speciosa.regimens import to_dict
from speciosa.results import Result, metrics, to_parquet
from speciosa.simulation import Prepared, Scenario, Setting, prepare

SHARD = 10_000
"""People of one shard, unless it is said."""
CURVE_BITS, METRIC_BITS = 7, 12
# Numbers that are held at once while a shard is computed, 32 MB.
NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class PopulationStudy:
    """A scenario in a large population, of which summaries are kept.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting
    unit : str
        Unit of concentrations.
    tail : (start, end), optional
        Hours in which the terminal slope is taken.
    shard_size : int
        People of one shard.
    keeps_people : bool
        Whether everybody's metrics are written too, as one Parquet file a shard.

    Raises
    ------
    CampaignError
        If a shard would have no people.
    """

    scenario: Scenario
    setting: Setting = field(default_factory=Setting)
    unit: str = "ng/mL"
    tail: tuple[float, float] | None = None
    shard_size: int = SHARD
    keeps_people: bool = False

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise CampaignError(f"a shard has {self.shard_size} people", expected="1 or more")

    def __reduce__(self) -> tuple[type[PopulationStudy], tuple[Any, ...]]:
        # What is compiled stays: whoever receives the study compiles it for their own machine.
        return PopulationStudy, (
            self.scenario, self.setting, self.unit, self.tail, self.shard_size, self.keeps_people
        )  # fmt: skip

    @cached_property
    def ready(self) -> Prepared:
        """The scenario, compiled for all of its people."""
        return prepare(self.scenario, self.setting)

    @cached_property
    def example(self) -> Result:
        """The first person alone, whose result names and explains everything."""
        return _solved(self.ready.part(0, 1))

    @cached_property
    def identity(self) -> Identity:
        """What the numbers depend on."""
        scenario, model = self.scenario, self.ready.model
        parameters = [(item.name, item.value) for item in model.parameters]
        facts = {
            "program": f"speciosa {__version__}",
            "evidence": self.setting.evidence.digest,
            "model": _digest(repr((parameters, model_text(model), self.ready.start)).encode()),
            "target": self.ready.kernel.target,
            "regimen": to_dict(scenario.regimen),
            "until": scenario.until,
            "times": _digest(scenario.grid.tobytes()),
            "outputs": [item.name for item in self.ready.recorded],
            "values": dict(scenario.values),
            "choices": dict(scenario.choices),
            "batches": scenario.batches,
            "occasion": scenario.occasion,
            "habits": _digest(repr(scenario.habits).encode()),
            "seed": scenario.people.seed,
            "people": scenario.people.size,
            "who": _who(scenario.people),
            "unit": self.unit,
            "tail": None if self.tail is None else list(self.tail),
            "shard size": self.shard_size,
            "keeps people": self.keeps_people,
        }
        return Identity("population", facts, -(-scenario.people.size // self.shard_size))

    def shard(self, number: int) -> Piece:
        """The summary of one shard's people.

        Parameters
        ----------
        number : int
            From 0 on.

        Returns
        -------
        Piece
        """
        curves: list[Sketch] = []
        ends: list[Sketch] = []
        failures: list[pd.DataFrame] = []
        people: list[pd.DataFrame] = []
        for result in self._results(number):
            curves.append(Sketch.of(_curves(result), CURVE_BITS))
            table = _table(metrics(result, self.unit, self.tail))
            ends.append(Sketch.of(table.to_numpy(dtype=np.float64), METRIC_BITS))
            failures.append(result.failures)
            people.append(table.assign(status=np.asarray(result.status)))
        failed = pd.concat(failures, ignore_index=True)
        arrays = {
            **curves[0].merged(*curves[1:]).arrays("curves"),
            **ends[0].merged(*ends[1:]).arrays("metrics"),
            "failed.person": failed["person"].to_numpy(dtype=np.int64),
            "failed.reason": failed["reason"].to_numpy(dtype=np.str_),
        }
        if not self.keeps_people:
            return Piece(arrays)
        frame = pd.concat(people).reset_index()
        return Piece(arrays, {f"people/part-{number:06d}.parquet": to_parquet(frame)})

    def _results(self, number: int) -> Iterator[Result]:
        """A shard's people, as many at a time as memory should hold."""
        first = number * self.shard_size
        last = min(first + self.shard_size, self.scenario.people.size)
        each = len(self.scenario.grid) * len(self.ready.recorded)
        count = max(1, NUMBERS_AT_ONCE // each)
        for begin in range(first, last, count):
            yield _solved(self.ready.part(begin, min(begin + count, last)))


def _solved(ready: Prepared) -> Result:
    return ready.result(ready.solve(executor=Serial()))


def _curves(result: Result) -> FloatArray:
    """Curves of all outputs, people by outputs and times."""
    stacked = np.stack([np.asarray(result.output(name).values) for name in result.outputs()], axis=1)
    found: FloatArray = stacked.reshape(len(stacked), -1)
    return found


def _table(found: list[xr.Dataset]) -> pd.DataFrame:
    """Metrics of everybody, one column each, named by output, metric and unit."""
    columns = {
        f"{part.attrs['output']} {name} [{variable.attrs.get('unit', '')}]": np.asarray(variable.values)
        for part in found
        for name, variable in part.data_vars.items()
    }
    return pd.DataFrame(columns, index=pd.Index(found[0]["person"].values, name="person"))


def _who(people: Population) -> str:
    """Fingerprint of everybody's covariates and history."""
    digest = sha256(repr((asdict(people.typical), people.is_varied)).encode() + people.ids.tobytes())
    for name, values in sorted(people.covariates.items()):
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    for name, levels in sorted(people.levels.items()):
        kinds, places = np.unique(levels, return_inverse=True)
        digest.update(repr((name, kinds.tolist())).encode() + places.astype(np.int64).tobytes())
    histories: dict[object, int] = {}
    for history in people.histories:
        histories.setdefault(history, len(histories))
    numbers = np.array([histories[item] for item in people.histories], dtype=np.int64)
    digest.update(repr(list(histories)).encode() + numbers.tobytes())
    return digest.hexdigest()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
