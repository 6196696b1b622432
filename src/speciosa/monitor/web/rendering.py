"""Templates: escaped by default, strict on unknown names, with the words and helpers that pages share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from speciosa import __version__
from speciosa.monitor.web.settings import Settings

ROLE_WORDS: Mapping[str, str] = {
    "administrator": "Administrator",
    "clinician": "Clinician",
    "observer": "Observer",
    "person": "Self-report",
}
NAVIGATION: Mapping[str, tuple[tuple[str, str], ...]] = {
    "administrator": (("/users", "Users"), ("/audit", "Audit"), ("/account", "Account")),
    "clinician": (("/today", "Today"), ("/persons/new", "New person"), ("/account", "Account")),
    "observer": (("/today", "Today"), ("/account", "Account")),
    "person": (("/me", "My record"), ("/account", "Account")),
}
HOURS_OF_A_DAY, MINUTES_OF_AN_HOUR = 24, 60
DAYS_IN_HOURS = 48


@cache
def fingerprint(name: str) -> str:
    """Short hash of a static file, so that a browser keeps it until it changes."""
    content = files("speciosa.monitor.web").joinpath("static", *name.split("/")).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file.

    Examples
    --------
    >>> asset("tokens.css").partition("?")[0]
    '/static/tokens.css'
    """
    return f"/static/{name}?v={fingerprint(name)}"


@pass_context
def guard(context: Context) -> Markup:
    """Hidden field that proves a form to be of this session."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["csrf"])


def moment_words(moment: datetime | None, zone: Any) -> str:
    """Date and time in the clinic's zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment_words(datetime(2026, 3, 9, 8, 5, tzinfo=UTC), UTC)
    'Mon 9 Mar 2026, 08:05'
    """
    if moment is None:
        return "-"
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def moment_field(moment: datetime, zone: Any) -> str:
    """Value of an input for date and time."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, in the unit that fits.

    Examples
    --------
    >>> from datetime import UTC
    >>> ago(datetime(2026, 3, 9, 8, tzinfo=UTC), datetime(2026, 3, 9, 20, tzinfo=UTC))
    '12 h ago'
    """
    if moment is None:
        return "never"
    minutes = int((now - moment).total_seconds() // MINUTES_OF_AN_HOUR)
    if minutes < 1:
        return "now"
    if minutes < MINUTES_OF_AN_HOUR:
        return f"{minutes} min ago"
    hours = minutes // MINUTES_OF_AN_HOUR
    return f"{hours} h ago" if hours < DAYS_IN_HOURS else f"{hours // HOURS_OF_A_DAY} days ago"


def points_words(value: float) -> str:
    """A score that is expected, to the point.

    Examples
    --------
    >>> points_words(0.46), points_words(12.6)
    ('0', '13')
    """
    return f"{value:.0f}"


def environment(settings: Settings) -> Environment:
    """Environment of the pages' templates."""
    made = Environment(
        loader=PackageLoader("speciosa.monitor.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    def in_zone(function: Callable[..., str]) -> Callable[[datetime | None], str]:
        return lambda moment: function(moment, settings.zone)

    made.filters.update(
        {"moment": in_zone(moment_words), "moment_field": in_zone(moment_field), "points": points_words}
    )
    made.globals.update(
        {
            "asset": asset,
            "guard": guard,
            "ago": ago,
            "navigation": lambda standing: NAVIGATION[standing],
            "role_words": ROLE_WORDS,
            "version": __version__,
        }
    )
    return made
