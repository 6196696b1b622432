"""The rules of verdicts: strength of rows, verdict of parts and of claims."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speciosa.claims import Citation, Judgment, Part, Verdict, judge, strength
from speciosa.claims.verdict import overall
from speciosa.evidence import Evidence, Row, load

ROW = load().rows["kr-singh14-dep"]


def row(seen: str = "abstract", kind: str = "measured") -> Row:
    return replace(ROW, seen=seen, kind=kind)


def citation(
    design: str = "observed", bears: str = "directly", side: str = "for", of: str = ROW.id
) -> Citation:
    return Citation(of, side, design, bears, "as a test says")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("design", "bears", "seen", "kind", "wanted"),
    [
        ("review", "directly", "full-text", "measured", 3),
        ("trial", "directly", "abstract", "measured", 3),
        ("trial", "partly", "secondary", "measured", 1),
        ("observed", "directly", "abstract", "measured", 2),
        ("laboratory", "partly", "abstract", "measured", 1),
        ("reported", "directly", "abstract", "measured", 1),
        ("reported", "remotely", "secondary", "measured", 0),
        ("review", "directly", "memory", "measured", 0),
        ("trial", "directly", "full-text", "assumed", 0),
    ],
)
def test_strength_starts_with_the_design_and_loses_steps(
    design: str, bears: str, seen: str, kind: str, wanted: int
) -> None:
    assert strength(citation(design, bears), row(seen, kind)) == wanted


def evidence_of(**rows: Row) -> Evidence:
    return replace(load(), rows={**load().rows, **rows})


def part(*citations: Citation, is_core: bool = True) -> Part:
    return Part("a statement", "a study", citations, None, is_core)


@pytest.mark.parametrize(
    ("pro", "con", "wanted"),
    [
        ("review", "laboratory", Verdict.SUPPORTED),
        ("reported", "observed", Verdict.CONTRADICTED),
        ("laboratory", "observed", Verdict.PARTLY),
        ("reported", "reported", Verdict.UNKNOWN),
    ],
)
def test_the_stronger_side_decides_once_it_is_strong_enough(pro: str, con: str, wanted: Verdict) -> None:
    found = judge(part(citation(pro), citation(con, side="against")), load())
    assert found.verdict is wanted


def test_a_gap_counts_for_no_side() -> None:
    assert judge(part(citation("review", side="gap")), load()).verdict is Verdict.UNKNOWN


def test_a_part_without_rows_is_not_known() -> None:
    found = judge(part(), load())
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "no row that counts bears on it")


def judged(*verdicts: Verdict) -> list[Judgment]:
    return [Judgment(verdict, 0, 0, ()) for verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "cores", "wanted"),
    [
        ((Verdict.SUPPORTED, Verdict.CONTRADICTED), (True, True), Verdict.CONTRADICTED),
        ((Verdict.SUPPORTED, Verdict.CONTRADICTED), (True, False), Verdict.PARTLY),
        ((Verdict.SUPPORTED, Verdict.UNKNOWN), (True, True), Verdict.PARTLY),
        ((Verdict.SUPPORTED, Verdict.SUPPORTED), (True, True), Verdict.SUPPORTED),
        ((Verdict.UNKNOWN, Verdict.CONTRADICTED), (True, False), Verdict.UNKNOWN),
    ],
)
def test_a_claim_falls_with_a_core_part_and_is_partly_true_with_some_of_its_parts(
    verdicts: tuple[Verdict, ...], cores: tuple[bool, ...], wanted: Verdict
) -> None:
    parts = [part(is_core=is_core) for is_core in cores]
    assert overall(parts, judged(*verdicts)) is wanted
