"""Two things taken together: from names or regimens to two regimens and the time from which to look."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from speciosa.drugs import Drug
from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.interactions.contacts import Contact, contacts
from speciosa.regimens import Regimen, parse
from speciosa.simulation import DAY, Setting


@dataclass(frozen=True)
class Side:
    """One of the two.

    Parameters
    ----------
    name : str
        Canonical name of the drug or product, or of all in the regimen.
    regimen : Regimen, optional
        As given; None where only a name was.
    family : tuple of Drug
        All molecules that come of it.
    """

    name: str
    regimen: Regimen | None
    family: tuple[Drug, ...]


@dataclass(frozen=True)
class Pair:
    """Two regimens, where their drugs meet, and when each is last taken.

    Parameters
    ----------
    names : (str, str)
    regimens : (Regimen, Regimen)
    families : (tuple of Drug, tuple of Drug)
    contacts : tuple of Contact
        In both directions.
    until : float
        End, h.
    starts : (float, float)
        From when exposure to each is judged: its last dose, h.
    notes : tuple of str
        What was taken as usual.
    """

    names: tuple[str, str]
    regimens: tuple[Regimen, Regimen]
    families: tuple[tuple[Drug, ...], tuple[Drug, ...]]
    contacts: tuple[Contact, ...]
    until: float
    starts: tuple[float, float]
    notes: tuple[str, ...] = ()

    @property
    def together(self) -> Regimen:
        """Both at once."""
        first, second = self.regimens
        return Regimen((*first.tracks, *second.tracks), notes=(*first.notes, *second.notes))


def _side(text: str, setting: Setting) -> Side:
    """A name, or a regimen as text."""
    try:
        item = setting.library.item(text)
    except UnknownNameError:
        regimen = parse(text, setting.library)
        if regimen.history is not None:
            raise ScenarioError(
                "an earlier regimen cannot be given to an interaction",
                where=text,
                expected="doses from time 0 on",
                advice="`speciosa compare` takes a history.",
            ) from None
        names = regimen.items
        if not names:
            raise ScenarioError(
                "nothing is taken", where=text, expected="a drug, a product or a regimen"
            ) from None
        return Side(" and ".join(names), regimen, _family(names, setting))
    return Side(item.name, None, _family((item.name,), setting))


def _family(names: tuple[str, ...], setting: Setting) -> tuple[Drug, ...]:
    """Every molecule that comes of drugs and products, parents first."""
    found: dict[str, Drug] = {}
    for name in names:
        item = setting.library.item(name)
        molecules = (
            [item.name] if isinstance(item, Drug) else [component.drug for component in item.components]
        )
        for molecule in molecules:
            found.update({drug.name: drug for drug in setting.library.family(molecule)})
    return tuple(found.values())


def pair(first: str, second: str, setting: Setting | None = None, *, until: float | None = None) -> Pair:
    """Two regimens from two texts; a name alone is taken as usual.

    What acts on the other is taken once a day, and the other once, some time after one of the last of these
    doses; doses, days and that time are choices of the evidence. Where the two do not meet, no dose is
    needed.

    Parameters
    ----------
    first, second : str
        A drug or product, or a regimen as text.
    setting : Setting, optional
        The packaged evidence and library if left out.
    until : float, optional
        End, h; some days after the last dose if left out.

    Returns
    -------
    Pair

    Raises
    ------
    SpeciosaError
        If a text cannot be read, or, where the two meet, a name has no usual dose or an open regimen comes
        without an end.

    Examples
    --------
    >>> found = pair("midazolam", "ketoconazole")
    >>> found.regimens[0].text, found.regimens[1].text
    ('midazolam 3 mg once from 145 h', 'ketoconazole 400 mg every 24 h for 7 days')
    """
    setting = setting or Setting()
    one, two = _side(first, setting), _side(second, setting)
    if {drug.name for drug in one.family} & {drug.name for drug in two.family}:
        raise ScenarioError(
            f"{one.name} and {two.name} contain the same molecule", expected="two different drugs"
        )
    forward, backward = contacts(one.family, two.family), contacts(two.family, one.family)
    if not forward and not backward:
        nothing = Regimen(())
        taken = (one.regimen or nothing, two.regimen or nothing)
        return Pair((one.name, two.name), taken, (one.family, two.family), (), 0.0, (0.0, 0.0))
    is_first_daily = bool(forward) and not backward
    days = setting.evidence.slot("interactions.days").value("d")
    given = [_last_dose(side.regimen, until) for side in (one, two) if side.regimen is not None]
    once_at = min([(days - 1.0) * DAY, *given]) + setting.evidence.slot("interactions.lead").value("h")
    regimens, notes = [], []
    for side, is_daily in ((one, is_first_daily), (two, not is_first_daily)):
        regimen = side.regimen or _usual(side, setting, None if is_daily else once_at)
        if side.regimen is None:
            notes.append(f"{side.name} was taken as usual: {regimen.text}")
        regimens.append(regimen)
    ends = [_last_dose(regimen, until) for regimen in regimens]
    end = until if until is not None else max(ends) + setting.evidence.slot("interactions.after").value("h")
    return Pair(
        names=(one.name, two.name),
        regimens=(regimens[0], regimens[1]),
        families=(one.family, two.family),
        contacts=(*forward, *backward),
        until=end,
        starts=(ends[0], ends[1]),
        notes=tuple(notes),
    )


def _last_dose(regimen: Regimen, until: float | None) -> float:
    """Time of the last dose, h."""
    end = regimen.end if until is None else min(until, regimen.end)
    if not isfinite(end):
        raise ScenarioError(
            "a regimen has no end",
            where=regimen.text,
            expected="its length in the text, or an end to look until",
        )
    times = [item.time for item in regimen.administrations(end)]
    if not times:
        raise ScenarioError(
            "no dose lies within the time looked at", where=regimen.text, expected=f"a dose before {end:g} h"
        )
    return times[-1]


def _usual(side: Side, setting: Setting, once_at: float | None) -> Regimen:
    """The usual dose, once a day or once."""
    slot = setting.evidence.slots.get(f"{side.name}.usual.dose")
    if slot is None:
        raise ScenarioError(
            f"{side.name} has no usual dose",
            expected="a regimen",
            advice=f'Write one: "{side.name} 10 mg once".',
        )
    days = setting.evidence.slot("interactions.days").value("d")
    rhythm = f"once a day for {days:g} days" if once_at is None else f"once at {once_at:g} h"
    return parse(f"{side.name} {slot.row.value:g} {slot.row.unit} {rhythm}", setting.library)
