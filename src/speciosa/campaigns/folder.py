"""The folder of a campaign: a manifest that says what is computed, and one file a shard.

A file appears whole or not at all, so that whoever is killed loses the shards that were being computed and
nothing else. Every shard carries the key of its study, and a folder takes none of another study.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speciosa.errors import CampaignError
from speciosa.results import write_atomically

Arrays = Mapping[str, npt.NDArray[Any]]
MANIFEST = "manifest.json"
SHARDS = "shards"
_SHOWN = 8


@dataclass(frozen=True)
class Identity:
    """What a campaign computes, down to everything that its numbers depend on.

    Parameters
    ----------
    kind : str
        Such as ``population``.
    facts : mapping of str to object
        Plain values, as JSON holds them.
    shards : int
        Into how many the work is split.

    Examples
    --------
    >>> Identity("population", {"seed": 1}, 4).key == Identity("population", {"seed": 2}, 4).key
    False
    """

    kind: str
    facts: Mapping[str, Any]
    shards: int

    @property
    def content(self) -> dict[str, Any]:
        """The manifest, without its key."""
        facts: dict[str, Any] = json.loads(json.dumps(dict(self.facts), sort_keys=True))
        return {"kind": self.kind, "shards": self.shards, "facts": facts}

    @property
    def key(self) -> str:
        """Fingerprint of the content."""
        return sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Folder:
    """The files of one campaign.

    Parameters
    ----------
    path : Path
    identity : Identity
    """

    path: Path
    identity: Identity

    @classmethod
    def opened(cls, path: Path, identity: Identity, *, is_resumed: bool) -> Folder:
        """The folder of a campaign, made if it is not there.

        Parameters
        ----------
        path : Path
        identity : Identity
        is_resumed : bool
            Whether a folder that holds shards already is gone on with.

        Returns
        -------
        Folder

        Raises
        ------
        CampaignError
            If the folder is that of another study, or holds shards and is not to be gone on with.
        """
        folder = cls(path, identity)
        try:
            (path / SHARDS).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise CampaignError(
                f"cannot make the folder ({fault.strerror or fault})",
                where=str(path),
                expected="a folder to write to",
            ) from fault
        _write_once(
            path / MANIFEST, json.dumps({**identity.content, "key": identity.key}, indent=1, sort_keys=True)
        )
        folder._must_fit()
        done = len(folder.done())
        if done and not is_resumed:
            raise CampaignError(
                f"the folder holds {done} of {identity.shards} shards of this study",
                where=str(path),
                advice="Go on with it by --resume, or name another folder.",
            )
        return folder

    def _must_fit(self) -> None:
        where = str(self.path / MANIFEST)
        try:
            there = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
            is_same = there["key"] == self.identity.key
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise CampaignError(
                "the manifest cannot be read", where=where, advice="Name another folder."
            ) from fault
        if not is_same:
            raise CampaignError(
                f"the folder holds another study: {_difference(there, self.identity.content)}",
                where=where,
                advice="Name another folder, or ask for the study that this one holds.",
            )

    def shard_path(self, number: int) -> Path:
        """The file of a shard, counted from 0."""
        return self.path / SHARDS / f"{number:06d}.npz"

    def done(self) -> frozenset[int]:
        """Numbers of the shards whose files are there and whole."""
        found = {int(path.stem) for path in (self.path / SHARDS).glob("[0-9]*.npz") if path.stem.isdigit()}
        return frozenset(
            number
            for number in found
            if number < self.identity.shards and zipfile.is_zipfile(self.shard_path(number))
        )

    def missing(self) -> tuple[int, ...]:
        """Numbers of the shards that are not done."""
        done = self.done()
        return tuple(number for number in range(self.identity.shards) if number not in done)

    def write(self, number: int, files: Mapping[str, bytes], shard: bytes) -> None:
        """Write what a shard gave: other files first, since the shard's own says that it is done.

        Parameters
        ----------
        number : int
        files : mapping of str to bytes
            By path in the folder.
        shard : bytes
        """
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        write_atomically(self.shard_path(number), shard)

    def shards(self) -> Iterator[Arrays]:
        """What the shards hold, in their order, one at a time.

        Yields
        ------
        mapping of str to ndarray

        Raises
        ------
        CampaignError
            If a shard is missing, cannot be read or is of another study.
        """
        missing = self.missing()
        if missing:
            raise CampaignError(
                f"{len(missing)} of {self.identity.shards} shards are missing ({_named(missing)})",
                where=str(self.path),
                advice="Compute them by --resume, then merge.",
            )
        for number in range(self.identity.shards):
            yield self._read(number)

    def _read(self, number: int) -> Arrays:
        path = self.shard_path(number)
        try:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
            raise CampaignError(
                f"the shard cannot be read ({fault})",
                where=str(path),
                advice="Delete this file and resume; the others stay.",
            ) from fault
        if str(arrays.pop("key", "")) != self.identity.key:
            raise CampaignError(
                "the shard belongs to another study",
                where=str(path),
                advice="Delete this file and resume; the others stay.",
            )
        return arrays


def shard_bytes(arrays: Arrays, key: str) -> bytes:
    """The file of a shard.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    key : str
        Of the study.

    Returns
    -------
    bytes
        The same for the same arrays.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, key=np.array(key), **arrays)
    return buffer.getvalue()


def _write_once(path: Path, content: str) -> None:
    """Write a file unless it is there; of several who try at once, one writes."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    write_atomically(temporary, content + "\n")
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without links: two who begin one study at once write the same bytes.
        if not path.exists():
            write_atomically(path, content + "\n")
    finally:
        temporary.unlink(missing_ok=True)


def _difference(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    for name in ("kind", "shards"):
        if there.get(name) != wanted[name]:
            return f"{name} is {there.get(name)!r} there and {wanted[name]!r} here"
    old, new = there.get("facts", {}), wanted["facts"]
    for name in (*new, *old):
        if old.get(name) != new.get(name):
            return f"{name} is {_short(old.get(name))} there and {_short(new.get(name))} here"
    return "its key differs"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004


def _named(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number + 1) for number in numbers[:_SHOWN])
    return f"{shown}, ..." if len(numbers) > _SHOWN else shown
