"""Protocols that cannot be run are refused with file, line, key and advice."""

from __future__ import annotations

import pytest

from speciosa.errors import SpeciosaError, TrialError
from speciosa.simulation import Setting
from speciosa.trials import Protocol, read_protocol, read_protocol_text, template, templates

SETTING = Setting()
GOOD = """title = "A trial"
until = "3 d"
history = "morphine 30 mg SC every 6 h for 5 days"

[people]
size = 8

[randomization]
block = 4

[arms.placebo]
regimen = "nothing"

[arms.lofexidine]
regimen = "lofexidine 0.54 mg four times a day for 3 days"

[[visits]]
every = "1 d"
scales = ["COWS"]

[[endpoints]]
name = "peak"
measure = "peak"
scale = "COWS"

[[endpoints]]
name = "staying"
measure = "time to leaving"

[[analyses]]
endpoint = "peak"
method = "difference of means"
"""


def read(text: str) -> Protocol:
    return read_protocol_text(text, "trial.toml", SETTING)


def refusal(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(SpeciosaError) as caught:
        read(GOOD.replace(old, new, 1))
    return str(caught.value)


def test_a_good_protocol_is_read() -> None:
    protocol = read(GOOD)
    assert list(protocol.arms) == ["placebo", "lofexidine"]
    assert protocol.until == 72.0
    assert read_protocol_text(protocol.model_dump_json(by_alias=True), "p.json", SETTING) == protocol


def test_what_is_written_to_a_folder_is_the_protocol() -> None:
    import json

    protocol = read(GOOD)
    assert read_protocol_text(json.dumps(protocol.resolved()), "protocol.json", SETTING) == protocol


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '[arms.lofexidine]\nregimen = "lofexidine 0.54 mg four times a day for 3 days"',
            "[arms.lofexidine]\nratio = 1",
            "trial.toml, line 14, key arms.lofexidine.regimen: is missing.",
        ),
        (
            "block = 4",
            "block = -4",
            "trial.toml, line 9, key randomization.block: a block has -4 people; expected a multiple of 2.",
        ),
        (
            "block = 4",
            "block = 3",
            "trial.toml, line 9, key randomization.block: a block has 3 people, and the ratios of the arms"
            " add up to 2; expected a multiple of 2. Otherwise blocks cannot hold the arms in their ratio.",
        ),
        (
            'every = "1 d"\nscales = ["COWS"]',
            'at = "-1 d"\nscales = ["COWS"]',
            "trial.toml, line 18, key visits.0.at: a visit lies 1 d before the start; expected time 0, which"
            " is randomization, or later. Scores at baseline are rated at time 0; limit them in"
            " [eligibility.scores].",
        ),
        (
            '[[analyses]]\nendpoint = "peak"',
            '[[analyses]]\nendpoint = "peek"',
            "trial.toml, line 31, key analyses.0.endpoint: unknown endpoint 'peek'. Did you mean 'peak'?",
        ),
        (
            'method = "difference of means"',
            'method = "log-rank"',
            "trial.toml, line 32, key analyses.0.method: 'log-rank' cannot analyze an endpoint of measure"
            " 'peak'; expected one of difference of means, adjusted difference, crossover difference, regime"
            " means.",
        ),
        (
            'method = "difference of means"',
            'method = "crossover difference"',
            "trial.toml, line 32, key analyses.0.method: 'crossover difference' needs a crossover design, and"
            " this one is parallel; expected a method that the design supports.",
        ),
        (
            'method = "difference of means"',
            'method = "difference of means"\nagainst = "placbo"',
            "trial.toml, line 33, key analyses.0.against: unknown arm 'placbo'. Did you mean 'placebo'?",
        ),
        (
            'scale = "COWS"',
            'scale = "SOWS-Gossop"',
            "trial.toml, line 24, key endpoints.0.scale: no visit rates SOWS-Gossop; expected a visit with"
            " it. Add it to `scales` of a visit.",
        ),
        (
            'measure = "peak"',
            'measure = "score"\nat = "30 h"',
            "trial.toml, line 24, key endpoints.0.at: no visit at 30 h rates COWS; expected one of 0 d, 1 d,"
            " 2 d, 3 d.",
        ),
        (
            'regimen = "nothing"',
            'regimen = "nothing"\nbehavior = { leaving = "ctn31" }',
            "trial.toml, line 13, key arms.placebo.behavior.leaving: unknown group for leaving 'ctn31'."
            " Did you mean 'ctn30'?",
        ),
        (
            'until = "3 d"',
            'until = "3 d"\ndesign = "crossover"',
            "trial.toml, line 3, key design: the design is crossover, and [crossover] is missing; expected"
            " [crossover] for the design crossover alone.",
        ),
        ('until = "3 d"', 'until = "3 d"\nentil = 1', "trial.toml, line 3, key entil: unknown key 'entil'."),
        (
            'regimen = "nothing"',
            'regimen = "morphin 3 mg once"',
            "trial.toml, line 12, key arms.placebo.regimen: ",
        ),
        (
            'regimen = "nothing"',
            'regimen = "after morphine 30 mg every 6 h for 5 days: nothing"',
            "the arm states what came before; expected the same history in every arm.",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, message: str) -> None:
    assert message in refusal(old, new)


def test_behavior_that_depends_on_ratings_asks_for_them() -> None:
    read(GOOD.replace("[people]", '[behavior]\nleaving = "ctn30"\n[people]'))
    text = GOOD.replace("[people]", '[behavior]\nleaving = "ctn30"\n[people]').replace(
        '"COWS"', '"OOWS-Handelsman"'
    )
    with pytest.raises(
        TrialError, match=r"line 6, key behavior.leaving: leaving depends on the last COWS rating"
    ):
        read(text)


def test_templates_ship_and_pass_their_own_checks() -> None:
    assert len(templates()) >= 7
    for name in templates():
        protocol = read_protocol(name, SETTING)
        assert protocol.title and protocol.endpoints
        assert protocol.expected, "a template says what is known already"
    with pytest.raises(SpeciosaError, match="Did you mean 'buprenorphine-tapers'"):
        template("buprenorphine-taper")


def test_a_file_that_is_not_there_is_answered_with_templates() -> None:
    with pytest.raises(TrialError, match=r"cannot be read: .*one of the templates"):
        read_protocol("none.toml")
