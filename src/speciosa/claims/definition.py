"""What is claimed, and which rows of evidence bear on it: read from ``data/claims.toml``.

A claim as people tell it says several things at once. Each is a part of its own, with the rows that speak
for and against it, how each of them was observed and how directly it bears. The verdict follows from these
by rule (`speciosa.claims.verdict`); none is written down here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar, Literal

from pydantic import TypeAdapter, ValidationError

from speciosa.errors import ClaimError, UnknownNameError
from speciosa.evidence import Evidence

Side = Literal["for", "against", "gap"]
Design = Literal["review", "trial", "observed", "laboratory", "reported"]
Bearing = Literal["directly", "partly", "remotely"]
FILE = "claims.toml"


@dataclass(frozen=True)
class Citation:
    """A row of evidence and what it says of a part of a claim.

    Parameters
    ----------
    row : str
        Id of the row.
    side : {"for", "against", "gap"}
        ``gap``: the row records that something was looked for and not found; it counts for neither side.
    design : {"review", "trial", "observed", "laboratory", "reported"}
        Systematic review or meta-analysis; randomized or controlled trial; people observed or examined;
        animals or assays; surveys, calls to poison centers and single cases.
    bears : {"directly", "partly", "remotely"}
        ``partly``: other people, doses, durations or outcomes than the claim's. ``remotely``: another
        substance, or a step of reasoning further.
    why : str
        What the row says on this part, and what it cannot say.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    row: str
    side: Side
    design: Design
    bears: Bearing
    why: str


@dataclass(frozen=True)
class Part:
    """One statement that can be true or false by itself.

    Parameters
    ----------
    text : str
        The statement.
    settle : str
        What study would settle it.
    citations : tuple of Citation
        Rows that bear on it; there may be none.
    experiment : str, optional
        Name of the program's own experiment on it.
    is_core : bool
        Whether the claim as a whole falls with this part.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    text: str
    settle: str
    citations: tuple[Citation, ...] = ()
    experiment: str | None = None
    is_core: bool = True


@dataclass(frozen=True)
class Claim:
    """A claim of the popular story.

    Parameters
    ----------
    id : str
    text : str
        The claim in plain words.
    parts : tuple of Part
    contrasts : str, optional
        Id of a claim of the same story that says the opposite.
    beside : tuple of str
        Ids of rows of the approved treatments' own record, set beside the verdict.

    Raises
    ------
    ClaimError
        If it has no part, or no core part.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    text: str
    parts: tuple[Part, ...]
    contrasts: str | None = None
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not any(part.is_core for part in self.parts):
            raise ClaimError(f"claim {self.id!r} has no core part", expected="at least one part with is_core")


@dataclass(frozen=True)
class Register:
    """All claims.

    Parameters
    ----------
    claims : tuple of Claim
        In the order of the story.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    claims: tuple[Claim, ...]

    def claim(self, name: str) -> Claim:
        """The claim of an id.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        found = {claim.id: claim for claim in self.claims}
        if name not in found:
            raise UnknownNameError("claim", name, found)
        return found[name]

    def check(self, evidence: Evidence, experiments: tuple[str, ...]) -> None:
        """See that every row, experiment and contrast exists.

        Raises
        ------
        UnknownNameError
            Naming the claim that is wrong.
        """
        ids = [claim.id for claim in self.claims]
        if len(set(ids)) != len(ids):
            raise ClaimError("two claims have one id", where=FILE)
        for claim in self.claims:
            where = f"{FILE}, claim {claim.id}"
            cited = [citation.row for part in claim.parts for citation in part.citations]
            for row in (*cited, *claim.beside):
                if row not in evidence.rows:
                    raise UnknownNameError("evidence row", row, evidence.rows, where=where)
            for part in claim.parts:
                if part.experiment is not None and part.experiment not in experiments:
                    raise UnknownNameError("experiment", part.experiment, experiments, where=where)
            if claim.contrasts is not None and claim.contrasts not in ids:
                raise UnknownNameError("claim", claim.contrasts, ids, where=where)


def read(text: str, where: str = FILE) -> Register:
    """Claims from TOML text.

    Raises
    ------
    ClaimError
        Naming the key that is wrong and what was expected.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ClaimError(f"not valid TOML: {fault}", where=where) from fault
    try:
        return TypeAdapter(Register).validate_python(table)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ClaimError(
            f"{first['msg']} (given: {first['input']!r})", where=f"{where}, key {place}"
        ) from fault


@cache
def register() -> Register:
    """The claims that the program examines.

    Examples
    --------
    >>> [claim.id for claim in register().claims][:3]
    ['relief', 'mechanism', 'alkaloids']
    """
    return read(files("speciosa.claims").joinpath("data", FILE).read_text(encoding="utf-8"))
