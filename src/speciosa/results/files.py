"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from speciosa.errors import ResultError


def write_atomically(path: str | Path, content: str | bytes) -> Path:
    """Write a file through a temporary one in the same folder and a rename.

    Parameters
    ----------
    path : path
        The folder must exist.
    content : str or bytes
        Text is written as UTF-8, line ends as given.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    ResultError
        Where the folder is missing or cannot be written; nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "a.txt", "text").read_text()
    'text'
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
        temporary.replace(path)
    except OSError as error:
        raise ResultError(
            f"cannot write ({error.strerror or error})",
            where=str(path),
            expected="a path in a folder that exists and can be written",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
