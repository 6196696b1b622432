"""An assessment and the page of guidance as HTML, Markdown and JSON."""

from __future__ import annotations

import json
from typing import Any

from speciosa import __version__
from speciosa.claims.assessment import Assessment, ClaimAssessment, PartAssessment, Weighed
from speciosa.claims.experiments import Finding, Number
from speciosa.claims.guidance import Guidance
from speciosa.claims.verdict import Verdict
from speciosa.evidence import Evidence, Row
from speciosa.results.numbers import interval, shown
from speciosa.results.pages import render_page, resource
from speciosa.results.report import INTENDED_USE

SIDES = (("for", "speaks for it"), ("against", "speaks against it"), ("gap", "looked for and not found"))
LEAD = (
    "What a popular story says, what is known of it, and what is not. A verdict follows by rule from rows of"
    " evidence; the program's own experiments show what evidence and assumptions imply and decide nothing."
)
RULES = (
    "A review or trial counts 3, people observed and laboratory work 2, reports 1; less one if quoted"
    " second-hand, or if it bears on the statement only partly, less two if remotely; nothing if recalled"
    " from memory."
    " A statement is not known unless something reaches 2; then the stronger side decides."
)


def value_of(row: Row) -> str:
    """The number of a row, or what its note says instead."""
    if row.value is None:
        return row.note.removeprefix("qualitative:").strip() or row.quantity
    unit = "" if row.unit in ("dimensionless", "count") else f" {row.unit}"
    spread = f" ({row.spread_type} {row.spread})" if row.spread else ""
    people = f", n = {row.n}" if row.n else ""
    return f"{row.quantity}: {shown(row.value)}{unit}{spread}{people}; {row.condition}"


def _weighed(item: Weighed) -> dict[str, Any]:
    row = item.row
    return {
        "row": row.id,
        "says": item.citation.why,
        "value": value_of(row),
        "strength": item.strength,
        "weight": "" if item.citation.side == "gap" else f"{item.strength} of 3, ",
        "design": item.citation.design,
        "bears": item.citation.bears,
        "grade": row.grade,
        "kind": row.kind,
        "source": row.source_key,
    }


def _part(found: PartAssessment) -> dict[str, Any]:
    sides = {name: [_weighed(item) for item in found.side(name)] for name, _ in SIDES}
    return {
        "text": found.part.text,
        "is_core": found.part.is_core,
        "verdict": found.judgment.verdict.value,
        "reason": found.judgment.reason,
        "deciding": list(found.judgment.deciding),
        "evidence": sides,
        "has_rows": any(sides.values()),
        "settle": found.part.settle,
    }


def _number(number: Number) -> dict[str, Any]:
    unit = f" {number.unit}" if number.unit else ""
    reach = ""
    if number.least is not None and number.most is not None and shown(number.least) != shown(number.most):
        reach = f"{shown(number.least)} to {shown(number.most)}{unit}"
    return {
        "arm": number.arm,
        "measure": number.measure,
        "people": interval(number.median, number.low, number.high) + unit,
        "assumptions": reach,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    experiment = finding.experiment
    return {
        "name": experiment.name,
        "question": experiment.question,
        "history": experiment.history,
        "arms": dict(experiment.arms),
        "people": experiment.people,
        "seed": experiment.seed,
        "hours": experiment.until,
        "varied": experiment.varied,
        "numbers": [_number(number) for number in finding.numbers],
    }


def _claim(found: ClaimAssessment) -> dict[str, Any]:
    return {
        "id": found.claim.id,
        "claim": found.claim.text,
        "verdict": found.verdict.value,
        "parts": [_part(part) for part in found.parts],
        "contrast": None
        if found.contrast is None
        else {"id": found.contrast.id, "text": found.contrast.text},
        "beside": [
            {
                "row": row.id,
                "drug": row.drug,
                "value": value_of(row),
                "grade": row.grade,
                "source": row.source_key,
            }
            for row in found.beside
        ],
        "experiments": [finding.experiment.name for finding in found.findings],
    }


def content(found: Assessment) -> dict[str, Any]:
    """Everything of an assessment, as data for JSON.

    Parameters
    ----------
    found : Assessment

    Returns
    -------
    dict
    """
    sources = found.evidence.sources
    return {
        "version": __version__,
        "evidence": found.evidence.digest,
        "intended_use": INTENDED_USE,
        "rules": RULES,
        "claims": [_claim(claim) for claim in found.claims],
        "experiments": [_finding(finding) for finding in found.findings],
        "sources": [{"key": key, "reference": sources[key].reference} for key in found.sources],
    }


def as_json(found: Assessment) -> str:
    """An assessment as JSON."""
    return json.dumps(content(found), indent=1, ensure_ascii=False) + "\n"


def as_html(found: Assessment) -> str:
    """An assessment as one self-contained page."""
    page = {**content(found), "lead": LEAD, "sides": SIDES, "verdicts": [item.value for item in Verdict]}
    return render_page(resource("speciosa.claims", "claims.html"), page)


def as_markdown(found: Assessment) -> str:
    """An assessment as Markdown."""
    data = content(found)
    lines = ["# Popular claims of kratom in opioid withdrawal", "", LEAD, "", RULES, ""]
    lines += ["| claim | verdict |", "| --- | --- |"]
    lines += [f"| {claim['claim']} | **{claim['verdict']}** |" for claim in data["claims"]]
    for claim in data["claims"]:
        lines += ["", f"## {claim['id']}: {claim['verdict']}", "", f"> {claim['claim']}", ""]
        if claim["contrast"]:
            lines += [
                f"The same story also says: *{claim['contrast']['text']}* ({claim['contrast']['id']})",
                "",
            ]
        for part in claim["parts"]:
            lines += _part_lines(part)
        if claim["beside"]:
            lines += ["Approved treatments, their own record:", ""]
            lines += [f"- {row['drug']}: {row['value']} [{row['source']}]" for row in claim["beside"]]
            lines.append("")
        if claim["experiments"]:
            lines += [f"Experiments: {', '.join(claim['experiments'])}", ""]
    for experiment in data["experiments"]:
        lines += _experiment_lines(experiment)
    lines += ["", "## Sources", ""]
    lines += [f"- `{source['key']}` {source['reference']}" for source in data["sources"]]
    return "\n".join([*lines, "", f"This page is for {INTENDED_USE}."]) + "\n"


def _part_lines(part: dict[str, Any]) -> list[str]:
    lines = [f"**{part['text']}** {part['verdict'].capitalize()}: {part['reason']}.", ""]
    for name, words in SIDES:
        lines += [
            f"- {words} ({item['weight']}{item['design']}, grade {item['grade']}): {item['says']}"
            f" [{item['source']}: {item['row']}]"
            for item in part["evidence"][name]
        ]
    if not part["has_rows"]:
        lines.append("- No row of evidence bears on it.")
    return [*lines, "", f"What would settle it: {part['settle']}", ""]


def _experiment_lines(experiment: dict[str, Any]) -> list[str]:
    lines = ["", f"## Experiment: {experiment['name']}", "", experiment["question"], ""]
    lines += [f"- {arm}: {regimen}" for arm, regimen in experiment["arms"].items()]
    if experiment["history"]:
        lines.append(f"- before, in all arms: {experiment['history']}")
    lines += ["", f"{experiment['people']} people, seed {experiment['seed']}.", ""]
    lines += ["| arm | measure | median [5th to 95th percentile] | typical adult over what nobody knows |"]
    lines += ["| --- | --- | --- | --- |"]
    lines += [
        f"| {item['arm']} | {item['measure']} | {item['people']} | {item['assumptions']} |"
        for item in experiment["numbers"]
    ]
    return lines


def guidance_html(page: Guidance, evidence: Evidence) -> str:
    """The page of guidance as HTML."""
    return render_page(resource("speciosa.claims", "guidance.html"), _guidance(page, evidence))


def guidance_markdown(page: Guidance, evidence: Evidence) -> str:
    """The page of guidance as Markdown."""
    data = _guidance(page, evidence)
    lines = [f"# {page.title}"]
    for section in data["sections"]:
        lines += ["", f"## {section['heading']}", ""]
        lines += [f"- {item['text']} [{', '.join(item['sources'])}]" for item in section["sentences"]]
    lines += ["", "## Sources", ""]
    lines += [f"- `{source['key']}` {source['reference']}" for source in data["sources"]]
    return "\n".join(lines) + "\n"


def _guidance(page: Guidance, evidence: Evidence) -> dict[str, Any]:
    page.check(evidence)
    return {
        "title": page.title,
        "version": __version__,
        "intended_use": INTENDED_USE,
        "sections": [
            {
                "heading": section.heading,
                "sentences": [
                    {"text": item.text, "sources": item.sources(evidence)} for item in section.sentences
                ],
            }
            for section in page.sections
        ],
        "sources": [
            {"key": key, "reference": evidence.sources[key].reference} for key in page.sources(evidence)
        ],
    }
