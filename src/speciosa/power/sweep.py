"""What if: variants of a protocol in which pieces of its text are put in place of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from speciosa.errors import SpeciosaError, TrialError
from speciosa.power.study import Variant
from speciosa.simulation import Setting
from speciosa.trials import read_protocol_text, template, templates

_ARROW, _BAR = "=>", "|"
MOST = 200
"""Variants at most."""


@dataclass(frozen=True)
class Change:
    """Texts that are put in place of one.

    Parameters
    ----------
    old : str
    new : tuple of str

    Examples
    --------
    >>> Change.read("every 12 h => every 12 h | every 6 h")
    Change(old='every 12 h', new=('every 12 h', 'every 6 h'))
    """

    old: str
    new: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Change:
        """A change such as ``12 mg/g => 8 mg/g | 20 mg/g``.

        Parameters
        ----------
        text : str

        Raises
        ------
        TrialError
            If it is not of that form.
        """
        old, arrow, rest = text.partition(_ARROW)
        new = tuple(part.strip() for part in rest.split(_BAR))
        if not arrow or not old.strip() or not all(new):
            raise TrialError(
                f"{text!r} changes nothing",
                where="--vary",
                expected="text of the protocol, =>, and texts in its place: '12 mg => 8 mg | 20 mg'",
            )
        return cls(old.strip(), new)


def variants(given: str, changes: Sequence[str] = (), setting: Setting | None = None) -> tuple[Variant, ...]:
    """A protocol, or every combination of changes to it.

    Parameters
    ----------
    given : str
        A file, or the name of a protocol that ships with the program.
    changes : sequence of str
        As `Change.read` takes them.
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    tuple of Variant

    Raises
    ------
    SpeciosaError
        If the file, a change or a variant cannot be used.
    """
    path = Path(given)
    is_template = not path.suffix and not path.exists()
    text = template(given) if is_template else _text(path)
    name, folder = (f"{given}.toml", None) if is_template else (given, path.parent)
    wanted = [Change.read(change) for change in changes]
    for change in wanted:
        if change.old not in text:
            raise TrialError(
                f"{change.old!r} does not occur", where=name, expected="text of the protocol before =>"
            )
    chosen = list(product(*(change.new for change in wanted)))
    if len(chosen) > MOST:
        raise TrialError(f"{len(chosen)} variants are asked for", where="--vary", expected=f"{MOST} at most")
    found = []
    for new in chosen:
        label = {change.old: part for change, part in zip(wanted, new, strict=True)}
        try:
            protocol = read_protocol_text(_with(text, label), name, setting, folder=folder)
        except SpeciosaError as fault:
            if label:
                fault.add_note(f"With {', '.join(label.values())} in its place.")
            raise
        found.append(Variant(protocol, label))
    return tuple(found)


def _with(text: str, label: dict[str, str]) -> str:
    """The text with all changes at once, so that none changes what another has put in."""
    parts = [text]
    for old, new in sorted(label.items(), key=lambda item: -len(item[0])):
        split: list[str] = []
        for place, part in enumerate(parts):
            # What was put in lies at odd places.
            pieces = [part] if place % 2 else part.split(old)
            for number, piece in enumerate(pieces):
                split += [new, piece] if number else [piece]
        parts = split
    return "".join(parts)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as fault:
        raise TrialError(
            f"cannot be read: {fault.strerror}",
            where=str(path),
            expected=f"a protocol file, or one of {', '.join(templates())}",
        ) from fault
