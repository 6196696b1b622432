"""The claims of the story: verdicts follow from rows, and change with them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from speciosa.claims import EXPERIMENTS, Verdict, assess, register
from speciosa.claims.definition import read
from speciosa.claims.experiments import run
from speciosa.claims.writing import as_html, as_json, as_markdown
from speciosa.errors import ClaimError, UnknownNameError
from speciosa.evidence import load
from speciosa.simulation import Setting

STORY = (
    "relief",
    "mechanism",
    "alkaloids",
    "transmitters",
    "no-addiction",
    "gentler",
    "low-and-slow",
    "individual",
    "long-term",
    "monitoring",
    "complement",
    "more-studies",
)


def verdicts(setting: Setting | None = None) -> dict[str, Verdict]:
    found = assess(setting=setting, experiments=False)
    return {claim.claim.id: claim.verdict for claim in found.claims}


def test_all_twelve_claims_get_a_verdict() -> None:
    assert tuple(verdicts()) == STORY


def test_every_verdict_lists_a_row_or_says_that_there_is_none() -> None:
    for claim in assess(experiments=False).claims:
        for part in claim.parts:
            text = as_markdown(assess([claim.claim.id], experiments=False))
            assert part.weighed or "No row of evidence bears on it." in text


def test_no_addiction_is_contradicted_and_contrasted_with_long_use() -> None:
    claim = assess(["no-addiction"], experiments=False).claims[0]
    assert claim.verdict is Verdict.CONTRADICTED
    assert claim.contrast is not None
    assert claim.contrast.id == "long-term"


def test_low_and_slow_is_no_better_than_partly_supported() -> None:
    assert verdicts()["low-and-slow"] in (Verdict.PARTLY, Verdict.UNKNOWN, Verdict.CONTRADICTED)


def test_the_grade_of_the_deciding_row_decides() -> None:
    evidence = load()
    claim = assess(["no-addiction"], experiments=False).claims[0]
    (deciding,) = claim.parts[0].judgment.deciding
    changed = replace(evidence.rows[deciding], seen="memory")
    other = Setting(evidence=replace(evidence, rows={**evidence.rows, deciding: changed}))
    assert verdicts()["no-addiction"] is Verdict.CONTRADICTED
    assert verdicts(other)["no-addiction"] is Verdict.UNKNOWN


def test_treatments_stand_beside_the_claim_that_kratom_is_safer() -> None:
    beside = {row.drug for row in assess(["gentler"], experiments=False).claims[0].beside}
    assert {"buprenorphine", "methadone", "naltrexone"} <= beside


def test_an_unknown_claim_is_refused_with_a_near_miss() -> None:
    with pytest.raises(UnknownNameError, match="unknown claim 'releif'") as fault:
        assess(["releif"], experiments=False)
    assert "Did you mean 'relief'?" in str(fault.value)


CLAIM = """
[[claims]]
id = "one"
text = "A claim."
[[claims.parts]]
text = "A part."
settle = "A study."
citations = [{ row = "ROW", side = "for", design = "trial", bears = "directly", why = "So it says." }]
"""


def test_a_row_that_does_not_exist_is_named_with_its_claim() -> None:
    claims = read(CLAIM.replace("ROW", "kr-singh14-dpe"))
    with pytest.raises(UnknownNameError, match=r"claims\.toml, claim one") as fault:
        assess(claims=claims, experiments=False)
    assert "Did you mean 'kr-singh14-dep'" in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('side = "for"', 'side = "pro"', r"claims\.0\.parts\.0\.citations\.0\.side"),
        ("settle =", "setle =", "setle"),
        ('text = "A part."', 'text = "A part."\nis_core = false', "no core part"),
        ("[[claims]]", "[[claims]", "not valid TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_the_key(old: str, new: str, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        read(CLAIM.replace(old, new))


def test_experiments_are_named_once_and_every_one_is_used() -> None:
    used = {part.experiment for claim in register().claims for part in claim.parts}
    names = [experiment.name for experiment in EXPERIMENTS]
    assert sorted(names) == sorted(set(names))
    assert set(names) == used - {None}


def test_an_experiment_gives_the_same_numbers_again() -> None:
    small = replace(next(item for item in EXPERIMENTS if item.name == "signal"), people=5)
    assert run(small) == run(small)


def test_unbound_mitragynine_in_plasma_is_far_below_its_binding_constant() -> None:
    small = replace(next(item for item in EXPERIMENTS if item.name == "signal"), people=20)
    number = run(small).number("powder", "unbound plasma mitragynine over Ki")
    assert number.high < 0.5


def test_the_three_forms_say_the_same() -> None:
    found = assess(["no-addiction"], experiments=False)
    data = json.loads(as_json(found))
    (claim,) = data["claims"]
    assert claim["verdict"] == "contradicted"
    for text in (as_html(found), as_markdown(found)):
        assert "contradicted" in text
        for part in claim["parts"]:
            assert part["settle"] in text
    for source in data["sources"]:
        assert source["key"] in as_markdown(found)
