"""A result as a screen of text and as a card in a notebook."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from speciosa.results.numbers import interval, shown
from speciosa.results.summaries import statistics

if TYPE_CHECKING:
    from speciosa.results.result import Result

_WIDTH = 100
_OUTPUTS_SHOWN = 14
_HOURS_SHOWN = 72.0
_DAY = 24.0


def counted(result: Result) -> str:
    """Count persons in words, failed ones always named.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> counted(SimpleNamespace(n=998, failed=2))
    'n = 998 (2 failed, left out)'
    """
    return f"n = {result.n}" + (f" ({result.failed} failed, left out)" if result.failed else "")


def duration(hours: float) -> str:
    """Write a stretch of time in hours, or in days where that reads better.

    Examples
    --------
    >>> duration(24.0), duration(672.0)
    ('24 h', '28 days')
    """
    return f"{hours:g} h" if hours <= _HOURS_SHOWN else f"{shown(hours / _DAY).removesuffix('.0')} days"


def maxima(result: Result) -> list[tuple[str, str, str]]:
    """Output, unit and the median [p5 to p95] of each person's maximum."""
    found = []
    for name in result.outputs():
        values = np.asarray(result.output(name).values, dtype=np.float64)[result.is_ok]
        numbers = statistics(values.max(axis=1) if len(values) else values[:, 0])
        text = interval(numbers["median"], numbers["p5"], numbers["p95"])
        found.append(
            (name, str(result.output(name).attrs["unit"]), text if result.n > 1 else shown(numbers["median"]))
        )
    return found


def text(result: Result) -> str:
    """At most a screen of text."""
    about = result.description
    lines = [f"Result: {textwrap.shorten(about.title, _WIDTH - len('Result: '), placeholder=' ...')}"]
    if about.regimen != about.title:
        lines += _wrapped("regimen", about.regimen)
    if about.history:
        lines += _wrapped("history", about.history)
    lines.append(f"  {counted(result)}; {len(result.time)} times to {duration(float(result.time[-1]))}")
    lines.append(f"  maximum{', median [p5 to p95]' if result.n > 1 else ''}:")
    rows = maxima(result)
    width = max((len(name) for name, _, _ in rows), default=0)
    lines += [f"    {name:<{width}}  {number} {unit}" for name, unit, number in rows[:_OUTPUTS_SHOWN]]
    if len(rows) > _OUTPUTS_SHOWN:
        lines.append(f"    and {len(rows) - _OUTPUTS_SHOWN} more outputs")
    return "\n".join([*lines, f"  {about.footer}"])


def _wrapped(label: str, words: str) -> list[str]:
    indent = " " * (len(label) + 4)
    shortened = textwrap.shorten(words, 3 * _WIDTH, placeholder=" ...")
    return textwrap.wrap(f"  {label}: {shortened}", _WIDTH, subsequent_indent=indent)


def html(result: Result) -> str:
    """Return a self-contained card; colors come from the notebook's own theme."""
    about = result.description
    cells = "".join(
        f"<tr><th scope='row' style='text-align:left;font-weight:500'>{escape(name)}</th>"
        f"<td style='text-align:right'>{escape(number)}</td>"
        f"<td style='text-align:left'>{escape(unit)}</td></tr>"
        for name, unit, number in maxima(result)
    )
    history = f"<br>{escape(about.history)}" if about.history else ""
    return (
        "<div style='border-left:3px solid #0f766e;padding:.2em 1em;font-variant-numeric:tabular-nums'>"
        f"<strong>{escape(about.title)}</strong>"
        f"<p style='margin:.3em 0'>{escape(about.regimen)}{history}<br>"
        f"{escape(counted(result))}, {escape(duration(float(result.time[-1])))}</p>"
        "<table><caption style='text-align:left'>Maximum over time, median [p5 to p95]</caption>"
        "<thead><tr><th scope='col' style='text-align:left'>output</th><th scope='col'>maximum</th>"
        f"<th scope='col' style='text-align:left'>unit</th></tr></thead><tbody>{cells}</tbody></table>"
        f"<small>{escape(about.footer)}</small></div>"
    )
