"""The errors that users see: one root, one branch a layer, each also a built-in kind.

A message says where the fault is, what was given, what was expected and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class SpeciosaError(Exception):
    """Root of all errors that the program raises on purpose.

    Parameters
    ----------
    problem : str
        What was given and why it cannot be used.
    where : str, optional
        File, line and column, key, person or time.
    expected : str, optional
        What would have been accepted.
    advice : str, optional
        What to do next, as a full sentence.
    excerpt : str, optional
        The faulty text with a caret below the place, shown under the message.

    Examples
    --------
    >>> print(SpeciosaError("dose is -3 g", where="segment 1", expected="an amount above zero"))
    segment 1: dose is -3 g; expected an amount above zero.
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        advice: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        self.excerpt = excerpt
        self.problem = problem
        self.where = where
        self.expected = expected
        self.advice = advice
        super().__init__(problem)

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        if self.expected:
            text += f"; expected {self.expected}"
        text = text if text.endswith((".", "?", "!")) else text + "."
        text = f"{text} {self.advice}" if self.advice else text
        return f"{text}\n{self.excerpt}" if self.excerpt else text


class UnitError(SpeciosaError, ValueError):
    """A unit that cannot be read, or a conversion between different dimensions."""


class EvidenceError(SpeciosaError, ValueError):
    """A fault in the evidence tables, the sources or the selection."""


class ModelError(SpeciosaError, ValueError):
    """A module or a composed model that is inconsistent."""


class DrugError(SpeciosaError, ValueError):
    """A drug or product file that cannot be used as written."""


class EngineError(SpeciosaError, RuntimeError):
    """An engine that cannot be built or asked for something it does not offer."""


class RegimenError(SpeciosaError, ValueError):
    """A regimen, dose or event table that cannot be read."""


class PersonError(SpeciosaError, ValueError):
    """A person or population outside of what the program can represent."""


class ScenarioError(SpeciosaError, ValueError):
    """A scenario that cannot be simulated as described."""


class ResultError(SpeciosaError, ValueError):
    """A quantity that a result cannot give."""


class FitError(SpeciosaError, ValueError):
    """A fit that cannot be set up as described, or (on request) one that did not converge."""


class RecordError(SpeciosaError, ValueError):
    """A record of a person, or an entry of one, that cannot be read, used or kept."""


class RuleError(SpeciosaError, ValueError):
    """A rule of attention that is not written as the program expects."""


class QualificationError(SpeciosaError, ValueError):
    """A target, design or cause of the qualification that cannot be read."""


class ClaimError(SpeciosaError, ValueError):
    """A claim or a sentence of guidance that is not written as the program expects."""


class CampaignError(SpeciosaError, ValueError):
    """A folder of shards that does not fit the study, or is not complete."""


class TrialError(SpeciosaError, ValueError):
    """A protocol that cannot be run as written, or a trial that cannot give what is asked."""


class ConflictError(RecordError):
    """An entry that meets another one: not the last version, or a form sent twice with other content."""


class AccountError(SpeciosaError, ValueError):
    """A login, role or password that an account cannot have."""


class RefusedError(SpeciosaError, PermissionError):
    """Something that the role of a user does not allow."""


class DatabaseError(SpeciosaError, RuntimeError):
    """A database of the monitor that cannot be opened, migrated, saved or restored."""


class ExchangeError(SpeciosaError, ValueError):
    """A file that cannot be taken in; nothing of it was.

    Parameters
    ----------
    faults : sequence of str
        Every fault, each with its place in the file.
    where : str
        The file.

    Examples
    --------
    >>> print(ExchangeError(["row 3, column amount: 'x' is no number"], "doses.csv"))
    doses.csv: 1 fault, so nothing was taken in.
      row 3, column amount: 'x' is no number
    """

    def __init__(self, faults: Sequence[str], where: str) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(
            f"{count} fault{'' if count == 1 else 's'}, so nothing was taken in",
            where=where,
            excerpt="\n".join(f"  {fault}" for fault in self.faults),
        )


class UnknownNameError(SpeciosaError, KeyError):
    """A name that is not in the register named by the message.

    Parameters
    ----------
    kind : str
        What was looked for: ``"drug"``, ``"output"``.
    name : str
        What was given.
    known : iterable of str
        The register, from which near misses are offered.

    Examples
    --------
    >>> print(UnknownNameError("drug", "mitragynin", ["mitragynine", "morphine"]))
    unknown drug 'mitragynin'. Did you mean 'mitragynine'?
    """

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        where: str | None = None,
        advice: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        known = sorted(known)
        spelled = {item.lower(): item for item in known}
        near = [spelled[item] for item in get_close_matches(name.lower(), spelled, n=3, cutoff=0.6)]
        self.near = tuple(near)
        if near:
            hint = f"Did you mean {' or '.join(repr(item) for item in near)}?"
        else:
            hint = f"Known: {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}."  # noqa: PLR2004
        super().__init__(
            f"unknown {kind} {name!r}",
            where=where,
            advice=f"{hint} {advice}" if advice else hint,
            excerpt=excerpt,
        )
