"""The question: which opioid, in whom, and which rescue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

from speciosa.errors import ScenarioError
from speciosa.overdose.library import ANTAGONIST, OPIOID, published_items, published_library
from speciosa.people import Population
from speciosa.regimens import Administration, Regimen, parse
from speciosa.simulation import Setting

MODELS = ("published", "extended")
TOLERANCES = ("chronic", "naive")
SECOND = 1.0 / 3600.0
MINUTE = 1.0 / 60.0
STEP = 15.0 * SECOND
LONGEST = 48.0
UNTREATED = "no antagonist"


@dataclass(frozen=True)
class Overdose:
    """An overdose with its rescues.

    Parameters
    ----------
    opioid : Regimen
        Doses from time 0; in the extended model a history may come before.
    people : Population
        One typical adult, or a population.
    rescues : tuple of Regimen
        One arm each, beside the one without antagonist; times count from the first dose of the rescue.
    model : {"published", "extended"}
        The published model as it is, or breathing driven by the receptor signal of the drug library.
    tolerance : {"chronic", "naive"}
        Which of the two people of the published model; the extended one takes it from the history.
    delay : float, optional
        From the fall of ventilation to the rescue, h; that of the evidence if left out.
    trigger : float, optional
        Share of resting ventilation that counts as such a fall; that of the evidence if left out.
    until : float, optional
        End, h; the horizon of arrest in the evidence if left out.
    oxygen : float, optional
        Inspired PO2 from the start, mmHg; room air if left out.
    names : tuple of str
        Of the arms of the rescues; the text of each if left out.
    target : str
        Engine target.

    Raises
    ------
    ScenarioError
        If a part cannot be used.
    """

    opioid: Regimen
    people: Population
    rescues: tuple[Regimen, ...] = ()
    model: str = "published"
    tolerance: str = "chronic"
    delay: float | None = None
    trigger: float | None = None
    until: float | None = None
    oxygen: float | None = None
    names: tuple[str, ...] = field(default=(), kw_only=True)
    target: str = field(default="auto", kw_only=True)

    def __post_init__(self) -> None:
        _one_of("model", self.model, MODELS)
        _one_of("tolerance", self.tolerance, TOLERANCES)
        _within("the delay", self.delay, 0.0, LONGEST, "h")
        _within("the trigger", self.trigger, 0.0, 1.0, "of resting ventilation")
        _within("the end", self.until, STEP, LONGEST, "h")
        _within("the inspired PO2", self.oxygen, 1.0, 760.0, "mmHg")
        if not self.opioid.administrations(LONGEST):
            raise ScenarioError("no opioid is given", expected="a dose: fentanyl 1.625 mg IV")
        if self.model == "published":
            _check_published(self)
        arms = list(self.named_rescues)
        if len(arms) != len(self.rescues):
            raise ScenarioError(
                "two rescues have one name", where=", ".join(arms), expected="different rescues"
            )

    @property
    def named_rescues(self) -> dict[str, Regimen]:
        """Rescues by the name of their arm."""
        names = self.names or tuple(rescue.text for rescue in self.rescues)
        return dict(zip(names, self.rescues, strict=True))

    def rescue_doses(self, arm: str) -> tuple[Administration, ...]:
        """The doses of an arm's rescue, from its first one on; none for the arm without antagonist."""
        if arm == UNTREATED:
            return ()
        rescue = self.named_rescues[arm]
        doses = rescue.administrations(LONGEST)
        if not doses:
            raise ScenarioError(f"{rescue.text!r} gives no antagonist", expected="naloxone 4 mg intranasal")
        return doses


def _one_of(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ScenarioError(f"unknown {what} {value!r}", expected=f"one of: {', '.join(known)}")


def _within(what: str, value: float | None, low: float, high: float, unit: str) -> None:
    if value is not None and not (isfinite(value) and low <= value <= high):
        raise ScenarioError(f"{what} is {value:g}", expected=f"{low:g} to {high:g} {unit}")


def _check_published(case: Overdose) -> None:
    """What the published model cannot be given."""
    items = published_items()
    advice = "The extended model takes every opioid of the library by every route."
    if case.opioid.history is not None:
        raise ScenarioError(
            "the published model knows no history", expected="tolerance naive or chronic", advice=advice
        )
    for regimen, group in ((case.opioid, OPIOID), *((rescue, ANTAGONIST) for rescue in case.rescues)):
        doses = regimen.administrations(LONGEST)
        used = {items[dose.dose.item].drug for dose in doses}
        wrong = [dose.dose.item for dose in doses if items[dose.dose.item].group != group]
        if wrong:
            raise ScenarioError(f"{wrong[0]} is no {group}", where=regimen.text, expected=f"an {group}")
        ways = {(dose.dose.item, dose.dose.route) for dose in doses}
        if len(used) > 1 or len(ways) > 1:
            raise ScenarioError(
                "the published model takes one drug by one route in an arm",
                where=regimen.text,
                expected="one drug by one route",
                advice=advice,
            )


def read_overdose(
    opioid: str,
    rescues: Sequence[str],
    people: Population,
    setting: Setting,
    *,
    model: str = "published",
    **options: str | float | None,
) -> Overdose:
    """An overdose from text.

    Parameters
    ----------
    opioid : str
        A regimen: ``"fentanyl 1.625 mg IV"``.
    rescues : sequence of str
        Regimens, one an arm: ``"naloxone 4 mg intranasal every 2.5 min for 2 doses"``.
    people : Population
    setting : Setting
    model : {"published", "extended"}
    **options
        Further parts of `Overdose`.

    Returns
    -------
    Overdose

    Raises
    ------
    SpeciosaError
        If a text cannot be read or a part cannot be used.

    Examples
    --------
    >>> from speciosa.people import population
    >>> setting = Setting()
    >>> case = read_overdose(
    ...     "fentanyl 1.625 mg IV", ["naloxone 4 mg intranasal"], population(setting.evidence, 1, 1), setting
    ... )
    >>> case.rescues[0].text
    'naloxone 4 mg intranasal once'
    >>> list(case.named_rescues)
    ['naloxone 4 mg intranasal']
    """
    _one_of("model", model, MODELS)
    library = published_library() if model == "published" else setting.library
    return Overdose(
        parse(opioid, library),
        people,
        tuple(parse(text, library) for text in rescues),
        model,
        names=tuple(" ".join(text.split()) for text in rescues),
        **options,  # type: ignore[arg-type]
    )
