"""What is kept on disk between processes, so that the next one need not make it again.

An entry is named by a digest of everything that its content depends on, so that what is out of date is never
found. It begins with a digest of itself: what is damaged does not agree and is made again. It is written
under another name and then renamed, so that nobody reads half of it, and who comes second writes the same.
A folder that cannot be read or written costs only time.

Only what the user's own processes wrote is read. Entries are machine code, which runs as it is, and pickled
objects of this program; who could write here could run code either way, so that pickles add no risk.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")

_DIGEST = 32  # bytes


def folder() -> Path:
    """Where entries lie: ``XDG_CACHE_HOME/speciosa``, or ``~/.cache/speciosa``."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "speciosa"


def kept(name: str) -> bytes | None:
    """Content of an entry; None where there is none, or none that is whole and the user's own.

    Parameters
    ----------
    name : str
        File name.
    """
    try:
        with (folder() / name).open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            digest, content = file.read(_DIGEST), file.read()
    except (OSError, RuntimeError):  # the latter where there is no home
        return None
    return content if content and hashlib.sha256(content).digest() == digest else None


def keep(name: str, content: bytes) -> None:
    """Put content under a name at once, or not at all.

    Parameters
    ----------
    name : str
        File name.
    content : bytes
    """
    with suppress(OSError, RuntimeError):
        folder().mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=folder(), prefix=name[:16], suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(part).replace(folder() / name)
        except OSError:
            Path(part).unlink(missing_ok=True)


def remembered(key: str, make: Callable[[], Item]) -> Item:
    """What something makes, or made in an earlier process.

    Parameters
    ----------
    key : str
        Digest of everything that it depends on, as `digest_of` gives it.
    make : callable
        What it raises is not kept.

    Returns
    -------
    Whatever `make` returns; plain data or objects of this program.
    """
    name = f"{key}.pickle"
    content = kept(name)
    if content is not None:
        # An entry that is whole but cannot be read was written by other versions of libraries.
        with suppress(Exception):
            return pickle.loads(content)  # type: ignore[no-any-return]
    made = make()
    keep(name, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
    return made


def digest_of(parts: Iterable[str], rooms: Iterable[str] = ()) -> str:
    """Digest that names an entry.

    Parameters
    ----------
    parts : iterable of str
        What the entry depends on, in order.
    rooms : iterable of str
        Packages on whose files, code and data, the entry depends.

    Returns
    -------
    str
        The version of Python goes in as well.
    """
    digest = hashlib.sha256(sys.version.encode())
    for part in (*parts, *map(_room_digest, rooms)):
        digest.update(f"{len(part)}\0{part}".encode())
    return digest.hexdigest()


@cache
def _room_digest(room: str) -> str:
    # Once a process: the code that runs is that of its start, whatever the files become meanwhile.
    return folder_digest(resources.files(room))


def folder_digest(place: Traversable) -> str:
    """Digest of the names and contents of all files below a folder.

    Parameters
    ----------
    place : Traversable
        Compiled code in it does not count.

    Returns
    -------
    str
    """
    digest = hashlib.sha256()
    for name, content in _files(place, ""):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(place: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of files, sorted by name in each folder."""
    for entry in sorted(place.iterdir(), key=lambda item: item.name):
        name = f"{prefix}/{entry.name}"
        if not entry.is_dir():
            yield name, entry.read_bytes()
        elif entry.name != "__pycache__":
            yield from _files(entry, name)
