"""A claim with the verdict on each of its parts, and what the verdict rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from speciosa.claims.definition import Citation, Claim, Part, Register, register
from speciosa.claims.experiments import EXPERIMENTS, Finding, run
from speciosa.claims.verdict import Judgment, Verdict, judge, overall, strength
from speciosa.evidence import Evidence, Row
from speciosa.simulation import Setting


@dataclass(frozen=True)
class Weighed:
    """A citation with its row and how much it counts."""

    citation: Citation
    row: Row
    strength: int


@dataclass(frozen=True)
class PartAssessment:
    """One part of a claim with its verdict."""

    part: Part
    judgment: Judgment
    weighed: tuple[Weighed, ...]

    def side(self, name: str) -> tuple[Weighed, ...]:
        """Citations for, against or of a gap, the strongest first."""
        chosen = [item for item in self.weighed if item.citation.side == name]
        return tuple(sorted(chosen, key=lambda item: -item.strength))


@dataclass(frozen=True)
class ClaimAssessment:
    """A claim with its verdict.

    Parameters
    ----------
    claim : Claim
    verdict : Verdict
    parts : tuple of PartAssessment
    beside : tuple of Row
        The approved treatments' own record.
    contrast : Claim or None
        A claim of the same story that says the opposite.
    findings : tuple of Finding
        What the program's own experiments found.
    """

    claim: Claim
    verdict: Verdict
    parts: tuple[PartAssessment, ...]
    beside: tuple[Row, ...]
    contrast: Claim | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Assessment:
    """All claims that were examined.

    Parameters
    ----------
    claims : tuple of ClaimAssessment
    evidence : Evidence
    findings : tuple of Finding
        Each experiment once.
    """

    claims: tuple[ClaimAssessment, ...]
    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources of all rows shown, sorted."""
        cited = [
            item.row.source_key for claim in self.claims for part in claim.parts for item in part.weighed
        ]
        beside = [row.source_key for claim in self.claims for row in claim.beside]
        return tuple(sorted({*cited, *beside}))


def assess(
    names: Sequence[str] = (),
    setting: Setting | None = None,
    *,
    claims: Register | None = None,
    experiments: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Assessment:
    """Hold claims against evidence, and run the experiments that belong to them.

    Parameters
    ----------
    names : sequence of str
        Ids of claims; all if left out.
    setting : Setting, optional
        The packaged evidence and library if left out.
    claims : Register, optional
        The packaged claims if left out.
    experiments : bool
        Whether to run experiments; the verdicts do not depend on them.
    progress : callable, optional
        Called with the number of experiments done and in all.

    Returns
    -------
    Assessment

    Raises
    ------
    UnknownNameError
        If there is no such claim, or a claim names a row or experiment that does not exist.

    Examples
    --------
    >>> found = assess(["no-addiction"], experiments=False)
    >>> found.claims[0].verdict.value
    'contradicted'
    """
    setting = setting or Setting()
    claims = claims or register()
    by_name = {experiment.name: experiment for experiment in EXPERIMENTS}
    claims.check(setting.evidence, tuple(by_name))
    chosen = [claims.claim(name) for name in names] or list(claims.claims)
    wanted = dict.fromkeys(
        part.experiment for claim in chosen for part in claim.parts if part.experiment is not None
    )
    findings: dict[str, Finding] = {}
    for count, name in enumerate(wanted if experiments else (), start=1):
        findings[name] = run(by_name[name], setting)
        if progress is not None:
            progress(count, len(wanted))
    return Assessment(
        tuple(_assessed(claim, claims, setting.evidence, findings) for claim in chosen),
        setting.evidence,
        tuple(findings.values()),
    )


def _assessed(
    claim: Claim, claims: Register, evidence: Evidence, findings: dict[str, Finding]
) -> ClaimAssessment:
    judgments = [judge(part, evidence) for part in claim.parts]
    parts = tuple(
        PartAssessment(part, judgment, tuple(_weighed(item, evidence) for item in part.citations))
        for part, judgment in zip(claim.parts, judgments, strict=True)
    )
    named = dict.fromkeys(part.experiment for part in claim.parts if part.experiment in findings)
    return ClaimAssessment(
        claim,
        overall(claim.parts, judgments),
        parts,
        tuple(evidence.rows[row] for row in claim.beside),
        claims.claim(claim.contrasts) if claim.contrasts else None,
        tuple(findings[name] for name in named if name is not None),
    )


def _weighed(citation: Citation, evidence: Evidence) -> Weighed:
    row = evidence.rows[citation.row]
    return Weighed(citation, row, strength(citation, row))
