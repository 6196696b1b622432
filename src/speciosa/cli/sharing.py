"""Options of verbs whose work is split into shards: who computes, where they are kept, and which of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import long_progress, say
from speciosa.errors import CampaignError

if TYPE_CHECKING:
    from speciosa.campaigns import Folder, Study
    from speciosa.engine import Executor

ExecutorName = Annotated[
    str | None,
    typer.Option("--executor", help="Who computes: serial, threads, processes or dask."),
]
Workers = Annotated[int | None, typer.Option(help="How many at once; one a processor if left out.")]
Cluster = Annotated[
    str | None,
    typer.Option(help="Scheduler of a dask cluster, tcp://host:8786; implies --executor dask."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a folder that holds shards.")]
Shard = Annotated[
    str | None,
    typer.Option("--shard", help="Compute one part of the shards only, for an array of jobs: 3/100."),
]
Merge = Annotated[bool, typer.Option("--merge", help="Compute nothing; merge the shards that are there.")]


@dataclass(frozen=True)
class Sharing:
    """How shards are computed.

    Parameters
    ----------
    executor : str, optional
    workers : int, optional
    cluster : str, optional
    is_resumed : bool
    shard : str, optional
    is_merge : bool

    Raises
    ------
    CampaignError
        If a part and a merge are asked for at once.
    """

    executor: str | None
    workers: int | None
    cluster: str | None
    is_resumed: bool
    shard: str | None
    is_merge: bool

    def __post_init__(self) -> None:
        if self.is_merge and self.shard is not None:
            raise CampaignError(
                "a part is to be computed and all to be merged",
                where="--shard, --merge",
                expected="one of the two",
                advice="Merge when all parts are done.",
            )

    def folder(
        self, study: Study, path: Path, label: str, scale: Callable[[int], int], *, is_quiet: bool
    ) -> Folder | None:
        """Compute what is asked for.

        Parameters
        ----------
        study : Study
        path : Path
        label : str
            What is counted, for the progress.
        scale : callable
            From a number of shards to what is counted.
        is_quiet : bool

        Returns
        -------
        Folder or None
            None where only a part was asked for, so that there is nothing to merge yet.
        """
        from speciosa.campaigns import Folder, Part, compute

        if self.is_merge:
            return Folder.opened(path, study.identity, is_resumed=True)
        executor = self._executor()
        part = Part.read(self.shard) if self.shard is not None else None
        with long_progress(label, is_quiet=is_quiet) as advance:
            tell = None if advance is None else lambda done, total: advance(scale(done), scale(total))
            folder = compute(study, path, executor, is_resumed=self.is_resumed, part=part, progress=tell)
        if part is None:
            return folder
        done = len(folder.done())
        say(f"Part {part.number} of {part.of} is done; {done} of {study.identity.shards} shards are there.")
        return None

    def _executor(self) -> Executor:
        from speciosa.engine import executor_named

        name = self.executor or ("dask" if self.cluster is not None else "threads")
        return executor_named(name, self.workers, self.cluster)
