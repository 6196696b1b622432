"""Long work in shards: whoever computes them and however often it is cut off, the numbers are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from speciosa.campaigns.folder import Arrays, Folder, Identity, shard_bytes
from speciosa.engine import Executor
from speciosa.errors import CampaignError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Piece:
    """What one shard gives.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Its summary.
    files : mapping of str to bytes
        Files of its own, by path in the folder.
    """

    arrays: Arrays
    files: Mapping[str, bytes] = field(default_factory=dict)


class Study(Protocol):
    """Work that can be split into shards."""

    @property
    def identity(self) -> Identity:
        """What is computed."""
        ...

    def shard(self, number: int) -> Piece:
        """What a shard gives; it depends on its number alone."""
        ...


@dataclass(frozen=True)
class _Work:
    """A study's shard as bytes, made where it is computed."""

    study: Study
    key: str

    def __call__(self, number: int) -> tuple[Mapping[str, bytes], bytes]:
        piece = self.study.shard(number)
        return piece.files, shard_bytes(piece.arrays, self.key)


@dataclass(frozen=True)
class Part:
    """One of several parts of the shards, for jobs that know nothing of each other.

    Parameters
    ----------
    number, of : int
        From 1 on: part 3 of 100 takes every hundredth shard from the third on.

    Raises
    ------
    CampaignError
        If there is no such part.

    Examples
    --------
    >>> Part(3, 4).chosen(10)
    (2, 6)
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise CampaignError(
                f"part {self.number} of {self.of}", expected="a number from 1 to the number of parts: 3/100"
            )

    @classmethod
    def read(cls, text: str) -> Part:
        """A part from text such as ``3/100``.

        Parameters
        ----------
        text : str

        Raises
        ------
        CampaignError
            If it is not of that form.
        """
        number, _, of = text.partition("/")
        if not (number.strip().isdigit() and of.strip().isdigit()):
            raise CampaignError(f"{text!r} is no part", where="--shard", expected="two numbers: 3/100")
        return cls(int(number), int(of))

    def chosen(self, shards: int) -> tuple[int, ...]:
        """Numbers of its shards, from 0 on.

        Parameters
        ----------
        shards : int
            How many there are in all.
        """
        return tuple(range(self.number - 1, shards, self.of))


def compute(
    study: Study,
    path: Path,
    executor: Executor,
    *,
    is_resumed: bool = False,
    part: Part | None = None,
    progress: Progress | None = None,
) -> Folder:
    """Compute the shards of a study that are not there yet.

    Parameters
    ----------
    study : Study
        Frozen; it travels to other processes where the executor has some.
    path : Path
        Folder.
    executor : Executor
        Who computes. The bytes of the folder do not depend on it.
    is_resumed : bool
        Whether a folder that holds shards already is gone on with.
    part : Part, optional
        The shards of one of several jobs that share the folder; all of them if left out.
    progress : callable, optional
        Called with the number of shards done and in all.

    Returns
    -------
    Folder

    Raises
    ------
    CampaignError
        If the folder does not fit the study.
    """
    identity = study.identity
    folder = Folder.opened(path, identity, is_resumed=is_resumed or part is not None)
    wanted = (part or Part()).chosen(identity.shards)
    done = folder.done()
    missing = [number for number in wanted if number not in done]
    count = len(wanted) - len(missing)
    if progress is not None:
        progress(count, len(wanted))
    work = _Work(study, identity.key)
    for place, (files, shard) in executor.completed(work, missing):
        folder.write(missing[place], files, shard)
        count += 1
        if progress is not None:
            progress(count, len(wanted))
    return folder
