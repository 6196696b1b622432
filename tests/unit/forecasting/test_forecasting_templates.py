"""Templates: each can be read, names its rows, and kratom reduction follows what is taken."""

from __future__ import annotations

import pytest
from forecasting_cases import three_scores

from speciosa.forecasting import Intake, PersonRecord, templates
from speciosa.regimens import Dose, parse
from speciosa.simulation import Setting

SETTING = Setting()
KRATOM = PersonRecord(
    "P", tuple(Intake(6.0 * n, Dose("kratom powder", 5.0, "g"), "reported", 0.3) for n in range(8))
)


@pytest.mark.parametrize("template", templates(KRATOM, SETTING), ids=lambda item: item.id)
def test_every_template_can_be_read_and_has_rows(template) -> None:
    regimen = parse(template.regimen, SETTING.library)
    assert regimen.end <= 60.0 * 24.0
    assert template.rows
    for name in template.rows:
        assert SETTING.evidence.row(name)


def test_a_reduction_begins_with_what_is_taken() -> None:
    (found,) = [item for item in templates(KRATOM, SETTING) if not item.is_approved]
    assert found.regimen == "kratom powder 5 g every 6 h down by 10 % a week for 56 days"
    doses = parse(found.regimen, SETTING.library).administrations(60.0 * 24.0)
    assert doses[0].dose.amount == 5.0
    assert doses[-1].dose.amount < 2.6


def test_who_takes_no_kratom_gets_no_reduction() -> None:
    assert all(item.is_approved for item in templates(three_scores(), SETTING))
