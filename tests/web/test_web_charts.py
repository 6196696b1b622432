"""Charts from the server, and what is drawn in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from speciosa.forecasting import Forecast, Observation, PersonRecord, forecast
from speciosa.monitor.web.charts import Course, Mark, Tick, course_svg, panels_svg, spark_svg
from speciosa.monitor.web.charts.scale import Axis, nice_ticks, time_ticks
from speciosa.monitor.web.course import Clock, panels_of, plain_course, ribbons_of, window
from speciosa.monitor.web.fared import fared
from speciosa.monitor.web.overview import Found, peak_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture(scope="module")
def made() -> Forecast:
    record = PersonRecord(
        "P-1",
        before="morphine 30 mg every 6 h for 20 days",
        observations=(Observation(20.0, "COWS", total=9),),
        now=24.0,
        started=START.isoformat(),
    )
    return forecast(record, seed=1, quick=True, variants=("in use", "trial"))


def course(**changed: Any) -> Course:
    values = {"start": START, "end": at(96.0), "now": at(24.0), "zone": UTC, "scale": "COWS", "top": 48.0}
    return Course(**{**values, "thresholds": [(5.0, "mild"), (13.0, "moderate")], **changed})


def test_a_chart_is_well_formed_and_says_what_it_shows() -> None:
    picture = course_svg(
        course(
            description="COWS of <P-1>",
            marks=[Mark(at(2.0), 9, 9, "COWS 9"), Mark(at(8.0), 5, 12, "COWS <mild>")],
            ticks=[Tick(at(1.0), basis, f"{basis} dose") for basis in ("administered", "reported", "missed")],
        )
    )
    tree = ElementTree.fromstring(picture)
    words = [node.text for node in tree.iter("title")]
    assert words == [
        "COWS of <P-1>",
        "COWS 9",
        "COWS <mild>",
        *(f"{b} dose" for b in ("administered", "reported", "missed")),
    ]
    assert len([node for node in tree.iter("line") if node.get("class", "").startswith("threshold")]) == 2
    assert "style=" not in picture


def test_what_lies_outside_is_not_drawn() -> None:
    picture = course_svg(course(marks=[Mark(at(-9.0), 9, 9, "before"), Mark(at(99.0), 9, 9, "after")]))
    assert "circle" not in picture


def test_three_predictions_are_kept_apart_at_now(made: Forecast) -> None:
    ribbons, others = ribbons_of(made, Clock(START))
    assert [item.name for item in ribbons] == ["population", "personal", "forecast"]
    assert [item.name for item in others] == ["variant"]
    _, personal, ahead = ribbons
    assert max(personal.moments) == min(ahead.moments) == at(24.0)
    assert ribbons[0].inner == ((), ())
    for low, half_low, median, half_high, high in zip(
        ahead.outer[0], ahead.inner[0], ahead.median, ahead.inner[1], ahead.outer[1], strict=True
    ):
        assert low <= half_low <= median <= half_high <= high
    picture = course_svg(course(ribbons=ribbons, extra=others))
    assert re.findall(r'class="band (\w+) (\w+)"', picture) == [
        *(("outer", "population"), ("outer", "personal"), ("inner", "personal")),
        *(("outer", "forecast"), ("inner", "forecast")),
    ]


def test_panels_show_what_lies_behind(made: Forecast) -> None:
    panels = panels_of(made, Clock(START))
    assert len(panels) == 4
    for picture in panels_svg(panels, START, at(96.0), at(24.0), UTC):
        assert ElementTree.fromstring(picture).find("polyline") is not None


def test_the_script_gets_what_the_picture_shows(made: Forecast) -> None:
    ribbons, _ = ribbons_of(made, Clock(START))
    plain = plain_course(course(ribbons=ribbons, marks=[Mark(at(2.0), 9, 9, "COWS 9")]))
    assert plain["now"] == int(at(24.0).timestamp())
    assert plain["marks"] == [[int(at(2.0).timestamp()), 9, 9, "COWS 9"]]
    assert [len(item["x"]) for item in plain["ribbons"]] == [len(item["median"]) for item in plain["ribbons"]]


@dataclass
class Row:
    """A rating as the page of past forecasts reads it."""

    assessed_at: datetime
    total: int


def test_ratings_are_held_against_the_last_forecast_before_them(made: Forecast) -> None:
    found = Found("f", "forecast", made, Clock(START), at(24.0), at(24.0), "sha256:")
    score = made.prediction().score
    place = made.times.index(48.0)
    inside, outside = round(score.median[place]), 48
    rows = [
        Row(at(24.5), 3),
        Row(at(48.0), inside),
        Row(at(48.0), outside),
        Row(at(999.0), 3),
        Row(at(2.0), 3),
    ]
    result = fared([found], rows)
    assert [row.score for row in result.rows] == [outside, inside]
    assert [row.is_in_most for row in result.rows] == [False, True]
    assert result.rows[0].hours == pytest.approx(24.0)
    assert result.in_most == 0.5
    assert peak_of(found) is not None
    assert peak_of(None) is None


@pytest.mark.parametrize(("name", "days"), [("3", 3), ("7", 7), ("nonsense", 7), (None, 7)])
def test_the_span_that_is_shown(name: str | None, days: int) -> None:
    now = at(24.0 * 40)
    shown = window(name, START, now, has_forecast=True)
    assert shown.start == now - timedelta(days=days)
    assert window("all", START, now, has_forecast=True).start == START
    assert window(name, None, now, has_forecast=False).end < now + timedelta(days=1)


def test_scales_and_ticks() -> None:
    axis = Axis(0.0, 10.0, 0.0, 100.0)
    assert (axis.place(-5.0), axis.place(20.0)) == (0.0, 100.0)
    assert nice_ticks(0.0, 37.0, 6) == [0.0, 10.0, 20.0, 30.0]
    words = [text for _, text in time_ticks(START, at(24.0 * 30), UTC, 9)]
    assert 3 <= len(words) <= 10
    assert spark_svg([], 5.0, "") == ""
