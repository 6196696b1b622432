"""Who may open which page: the table `access.csv`, read and held against the pages that there are."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from speciosa.errors import RecordError

ANONYMOUS, PENDING = "anonymous", "pending"
ROLES = ("administrator", "clinician", "observer", "person")
STANDINGS = (ANONYMOUS, PENDING, *ROLES)
"""Nobody yet; somebody whose password was right and whose second factor is open; and the roles."""

Key = tuple[str, str]


@cache
def access() -> Mapping[Key, frozenset[str]]:
    """Standings that may use a method on a path.

    Examples
    --------
    >>> sorted(access()["POST", "/persons/{person}/doses/new"])
    ['clinician']
    """
    text = files("speciosa.monitor.web").joinpath("access.csv").read_text(encoding="utf-8")
    return {
        (row["method"], row["path"]): frozenset(name for name in STANDINGS if row[name] == "yes")
        for row in csv.DictReader(text.splitlines())
    }


def check_complete(pages: Iterable[Key]) -> None:
    """Refuse to start where a page has no line in the table, or a line no page.

    Parameters
    ----------
    pages : iterable of (method, path)

    Raises
    ------
    RecordError
    """
    apart = sorted(set(pages) ^ set(access()))
    if apart:
        raise RecordError(
            f"pages and table of access differ in {', '.join(' '.join(key) for key in apart)}",
            where="access.csv",
            expected="one line for each page",
        )
