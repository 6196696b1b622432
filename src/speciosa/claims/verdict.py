"""The rules by which rows of evidence become a verdict.

**Strength of a row.** A review or a trial starts at 3, people observed and laboratory work at 2, reports
(surveys, poison centers, single cases) at 1. One step is lost if the number was quoted by a secondary source
(grade C), one if the row bears on the statement only partly, two if remotely. A row recalled from memory
(grade D), and an assumption, counts nothing. The program's own experiments count nothing either: they show
what the evidence implies and are no observation.

**Verdict of a part.** F is the strength of the strongest row for it, A of the strongest against it.

- *not known*: neither reaches 2;
- *supported*: F is the larger, *contradicted*: A is the larger;
- *partly supported*: they are equal.

**Verdict of a claim.** If a core part is contradicted, the claim is. If all its parts agree, that is the
verdict. If some part is supported at least partly, the claim is partly supported; otherwise it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from speciosa.claims.definition import Citation, Part
from speciosa.evidence import Evidence, Row

START = MappingProxyType({"review": 3, "trial": 3, "observed": 2, "laboratory": 2, "reported": 1})
LOST_BY_GRADE = MappingProxyType({"A": 0, "B": 0, "C": 1})
LOST_BY_BEARING = MappingProxyType({"directly": 0, "partly": 1, "remotely": 2})
ENOUGH = 2


class Verdict(StrEnum):
    """What can be said of a claim or a part of it."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    CONTRADICTED = "contradicted"
    UNKNOWN = "not known"


def strength(citation: Citation, row: Row) -> int:
    """How much a row counts, 0 to 3.

    Parameters
    ----------
    citation : Citation
    row : Row

    Returns
    -------
    int

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> row = load().rows["kr-singh14-dep"]
    >>> row.grade, strength(Citation(row.id, "against", "observed", "directly", "severe dependence"), row)
    ('B', 2)
    """
    if row.grade not in LOST_BY_GRADE or row.kind == "assumed":
        return 0
    found = START[citation.design] - LOST_BY_GRADE[row.grade] - LOST_BY_BEARING[citation.bears]
    return max(0, found)


@dataclass(frozen=True)
class Judgment:
    """Verdict of a part, and what it rests on.

    Parameters
    ----------
    verdict : Verdict
    strongest_for, strongest_against : int
        0 where there is nothing.
    deciding : tuple of str
        Ids of the rows of the decisive strength.
    """

    verdict: Verdict
    strongest_for: int
    strongest_against: int
    deciding: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The rule's words for the verdict."""
        pro, con = self.strongest_for, self.strongest_against
        if not pro and not con:
            return "no row that counts bears on it"
        if self.verdict is Verdict.UNKNOWN:
            size = max(pro, con)
            return f"nothing stronger than {size} of 3 speaks for or against it; a verdict needs {ENOUGH}"
        return f"strongest row for it {pro} of 3, against it {con} of 3"


def judge(part: Part, evidence: Evidence) -> Judgment:
    """Verdict of a part.

    Parameters
    ----------
    part : Part
    evidence : Evidence

    Returns
    -------
    Judgment
    """
    counted = [(item, strength(item, evidence.rows[item.row])) for item in part.citations]
    pro = max((size for item, size in counted if item.side == "for"), default=0)
    con = max((size for item, size in counted if item.side == "against"), default=0)
    if max(pro, con) < ENOUGH:
        return Judgment(Verdict.UNKNOWN, pro, con, ())
    sides: tuple[str, ...]
    if pro == con:
        verdict, sides = Verdict.PARTLY, ("for", "against")
    elif pro > con:
        verdict, sides = Verdict.SUPPORTED, ("for",)
    else:
        verdict, sides = Verdict.CONTRADICTED, ("against",)
    deciding = tuple(item.row for item, size in counted if size == max(pro, con) and item.side in sides)
    return Judgment(verdict, pro, con, deciding)


def overall(parts: Sequence[Part], judgments: Sequence[Judgment]) -> Verdict:
    """Verdict of a claim from those of its parts."""
    found = [judgment.verdict for judgment in judgments]
    core = [verdict for part, verdict in zip(parts, found, strict=True) if part.is_core]
    if Verdict.CONTRADICTED in core:
        return Verdict.CONTRADICTED
    if len(set(found)) == 1:
        return found[0]
    if {Verdict.SUPPORTED, Verdict.PARTLY} & set(found):
        return Verdict.PARTLY
    return Verdict.UNKNOWN
