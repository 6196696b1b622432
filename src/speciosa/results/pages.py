"""Pages that the program writes: one look, self-contained, everything escaped that is not marked."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from speciosa.errors import ResultError


def resource(package: str, name: str) -> str:
    """Text of a file in the folder ``templates`` of a package."""
    return (files(package) / "templates" / name).read_text(encoding="utf-8")


def render_page(template: str, page: object) -> str:
    """Fill in a Jinja template that reads ``page`` and ``style``.

    Parameters
    ----------
    template : str
        Its text.
    page : object
        What it shows.

    Returns
    -------
    str

    Raises
    ------
    ResultError
        If the extra ``plots`` is not installed.
    """
    library = _library()
    environment = library.Environment(
        autoescape=True, undefined=library.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = _breakable
    style = markup(resource("speciosa.results", "report.css"))
    return str(environment.from_string(template).render(page=page, style=style))


def markup(text: str) -> Any:
    """Mark text that a page prints without escaping."""
    _library()
    from markupsafe import Markup

    return Markup(text)


def _library() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise ResultError(
            "reports need the package jinja2, which is not installed",
            expected="the extra 'plots'",
            advice="Install it with: pip install 'speciosa[plots]'",
        ) from error
    return jinja2


def _breakable(text: str) -> Any:
    """Let long names break after their dots."""
    return markup(".<wbr>").join(text.split("."))
