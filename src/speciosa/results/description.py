"""The plain description of a scenario that a result carries: text and numbers only, nothing that computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from textwrap import shorten
from typing import Any

from speciosa.errors import ResultError

_FOOTER_TITLE = 90


@dataclass(frozen=True)
class DoseMark:
    """One dose as plots mark it.

    Parameters
    ----------
    time : float
        Hours from the start of the scenario.
    item : str
        Drug or product.
    text : str
        The dose in words: ``"2 g kratom powder by mouth"``.
    """

    time: float
    item: str
    text: str


@dataclass(frozen=True)
class Override:
    """A parameter that the scenario sets itself, so that its evidence row is not used.

    Parameters
    ----------
    slot : str
        Full slot name: ``"mitragynine.fu"``.
    value : float
    unit : str
    reason : str
    """

    slot: str
    value: float
    unit: str
    reason: str = ""


@dataclass(frozen=True)
class ScenarioDescription:
    """What was simulated, in words and plain numbers.

    Parameters
    ----------
    title : str
        One line.
    regimen : str
        The regimen as text.
    until : float
        End of the simulated time, h.
    persons : int
        Number of persons simulated, failed ones included.
    history : str
        What came before the start ("after morphine 120 mg/day for 60 days"), or empty.
    seed : int, optional
        Seed of the between-person draws; None where nothing was drawn.
    target : str
        Engine target.
    overrides : tuple of Override
    notes : tuple of str
        Remarks of the readers: ignored strain names, assumed content.
    versions : mapping of str to str
        Package name to version; ``"speciosa"`` is shown in every figure.
    evidence_digest : str
        Fingerprint of the evidence tables.
    doses : tuple of DoseMark
        In order of time.
    choices : mapping of str to str
        Parameters, or beginnings of their names, to the alternative that the scenario chose.
    flags : tuple of str
        Warnings that figures and tables must carry: drugs without any data in people.

    Examples
    --------
    >>> ScenarioDescription("One cup of tea", "kratom tea 2 g once", until=24.0, persons=1).footer
    'One cup of tea · no seed'
    """

    title: str
    regimen: str
    until: float
    persons: int
    history: str = ""
    seed: int | None = None
    target: str = "reference"
    overrides: tuple[Override, ...] = ()
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    evidence_digest: str = ""
    doses: tuple[DoseMark, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def footer(self) -> str:
        """Title, flags, seed, version and evidence fingerprint in one line, as figures show them."""
        parts = [
            shorten(self.title, _FOOTER_TITLE, placeholder=" ..."),
            *self.flags,
            "no seed" if self.seed is None else f"seed {self.seed}",
        ]
        if "speciosa" in self.versions:
            parts.append(f"speciosa {self.versions['speciosa']}")
        if self.evidence_digest:
            parts.append(f"evidence {self.evidence_digest}")
        return " · ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return values that JSON can hold."""
        return {**asdict(self), "versions": dict(self.versions), "choices": dict(self.choices)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScenarioDescription:
        """Read what `to_dict` returned.

        Raises
        ------
        ResultError
            Where keys are missing or unknown.

        Examples
        --------
        >>> tea = ScenarioDescription("Tea", "kratom tea 2 g once", until=24.0, persons=1)
        >>> ScenarioDescription.from_dict(tea.to_dict()) == tea
        True
        """
        given = dict(values)
        try:
            given["doses"] = tuple(DoseMark(**dose) for dose in given.get("doses", ()))
            given["overrides"] = tuple(Override(**item) for item in given.get("overrides", ()))
            given["notes"] = tuple(given.get("notes", ()))
            given["flags"] = tuple(given.get("flags", ()))
            return cls(**given)
        except TypeError as error:
            raise ResultError(
                f"the scenario description cannot be read ({error})",
                expected="the keys that ScenarioDescription.to_dict writes",
                advice="Was the file written by another version of speciosa?",
            ) from error
