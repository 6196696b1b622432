"""The elements of a phrase: each reads its own words at the cursor and tells the phrase."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from speciosa.regimens.change import Change
from speciosa.regimens.cursor import Cursor
from speciosa.regimens.dose import PER_HOUR
from speciosa.regimens.patterns import A_DAY, AMOUNT, CLOCK, COUNT, LENGTH, MASS, NUMBER, PER, TIME, hours
from speciosa.regimens.phrase import Phrase
from speciosa.regimens.rule_words import read_rule
from speciosa.regimens.times import DAY
from speciosa.regimens.vocabulary import LATIN, MASS_UNITS, ROUTES, TIMES
from speciosa.units import convert

if TYPE_CHECKING:
    from speciosa.regimens.grammar import Library


def read_element(at: Cursor, phrase: Phrase, library: Library) -> bool:
    """Read one element, whichever stands here."""
    if read_rule(at, phrase) or any(reader(at, phrase) for reader in READERS):
        return True
    return _content(at, phrase, library) or _containing(at, phrase, library) or _amount(at, phrase)


def read_length(at: Cursor, start: float) -> tuple[float, float]:
    """Start and end of a gap."""
    phrase = Phrase()
    while _start(at, phrase) or _length(at, phrase):
        pass
    begin = phrase.start if phrase.start is not None else start
    return begin, phrase.end_from(begin)


def _route(at: Cursor, phrase: Phrase) -> bool:
    position = at.position
    word = at.take_word(ROUTES)
    if word is None:
        return False
    phrase.route, phrase.route_place = ROUTES[word], at.where(position)
    return True


def _comma(at: Cursor) -> None:
    found = at.peek(r"\d+,\d+")
    if found:
        raise at.fault(f"{found.group()!r} has a decimal comma", expected="a point: 0.5")


def _amount(at: Cursor, phrase: Phrase) -> bool:
    _comma(at)
    at.skip()
    position = at.position
    aim = at.peek(rf"to\s+{AMOUNT}") if phrase.amount is None else None
    if aim:
        at.take(r"to")
        position = at.position
        phrase.notes.append(
            f"'{aim.group()}' was read as the dose from the first on; steps are written"
            " 'from 4 mg up by 4 mg every day to 16 mg'"
        )
    found = at.take(rf"{AMOUNT}(?:{PER})?")
    if found:
        per, unit = (found[3] or found[4] or "").lower(), MASS_UNITS[found[2].lower()]
        unit = unit + PER_HOUR if per.startswith("h") else unit
        phrase.set_amount(float(found[1]), unit, at.where(position), is_daily=per.startswith("d"))
        return True
    bare = at.peek(NUMBER)
    if bare and not at.peek(rf"{COUNT}\s*(?:times|x)\b.*") and not at.peek(CLOCK):
        raise at.fault(f"{bare.group()} has no unit", expected="an amount with g, mg, ug or ng")
    if at.take_symbol(r"-\s*\d"):
        at.position = position
        raise at.fault(f"{at.word()!r} is negative", expected="an amount above zero")
    return False


def _frequency(at: Cursor, phrase: Phrase) -> bool:
    per_day = at.take(rf"{COUNT}(?:\s*(?:times|x))?\s*(?:{A_DAY})")
    if per_day:
        count = TIMES.get(per_day[1].lower()) or float(per_day[1])
        if count <= 0 or count != int(count):
            raise at.fault(f"{per_day[1]} times a day", expected="a whole number of times")
        phrase.set_rhythm(DAY / count)
        return True
    if at.take(r"once(?!\s+a\s+week)(?:\s+only)?"):
        phrase.set_rhythm(inf)
        return True
    every = at.take(rf"(?:every|each|q)\s*(?:{LENGTH}|({TIME}))")
    if every:
        phrase.set_rhythm(hours(every[1] or "1", every[2] or every[3]))
        return True
    if at.take(r"every\s+other\s+day"):
        phrase.set_rhythm(2 * DAY)
        return True
    if at.take(r"(?:once\s+a\s+week|weekly)"):
        phrase.set_rhythm(7 * DAY)
        return True
    word = at.take_word(LATIN)
    if word:
        phrase.set_rhythm(DAY / LATIN[word])
    return word is not None


def _clock(at: Cursor, phrase: Phrase) -> bool:
    if not at.peek(rf"at\s+{CLOCK}"):
        return False
    at.take(r"at")
    times = []
    while found := at.take(CLOCK):
        hour, minute = int(found[1]), int(found[2])
        if hour >= DAY or minute >= 60:  # noqa: PLR2004
            raise at.fault(f"{found.group()} is no time of day", expected="00:00 to 23:59", at=found.start())
        times.append(hour + minute / 60.0)
        at.take(r"and(?=\s+\d)")
    phrase.set_clock(tuple(sorted(times)))
    return True


def _infusion(at: Cursor, phrase: Phrase) -> bool:
    found = at.take(rf"over\s+{LENGTH}")
    if found:
        phrase.duration = hours(found[1], found[2])
    return found is not None


def _titration(at: Cursor, phrase: Phrase) -> bool:
    at.skip()
    position = at.position
    first = at.take(rf"from\s+{AMOUNT}")
    if first:
        phrase.set_amount(float(first[1]), MASS_UNITS[first[2].lower()], at.where(position), is_daily=False)
        return True
    step = at.take(
        rf"(up|down)\s+by\s+(?:({NUMBER})\s*(%|{MASS}))\s*(?:every\s+(?:{LENGTH}|({TIME}))|(?:a|per|each|/)\s*({TIME}))"
    )
    if not step:
        return False
    length = hours(step[4] or "1", step[5] or step[6] or step[7])
    end = at.take(rf"to\s+{AMOUNT}|to\s+zero")
    is_share = step[3] == "%"
    size = float(step[2]) / 100.0 if is_share else phrase.in_dose_unit(float(step[2]), step[3])
    to = None if end is None else (phrase.in_dose_unit(float(end[1]), end[2]) if end[1] else 0.0)
    phrase.change = Change(size, length, step[1].lower() == "up", is_share, to)
    if is_share:
        phrase.notes.append(f"each step of {step[2]} % is taken of the dose then in use")
    return True


def _missing(at: Cursor, phrase: Phrase) -> bool:
    every = at.take(r"missing\s+every\s+(\d+)(?:st|nd|rd|th)\s+dose")
    if every:
        phrase.missed_every = int(every[1])
        return True
    found = at.take(r"missing\s+(doses?|days?)")
    if not found:
        return False
    numbers = []
    while item := at.take(r"\d+(?!\s*(?:h|mg|g|days?|weeks?)\b)"):
        numbers.append(int(item.group()))
        at.take(r"and(?=\s+\d)")
    if not numbers:
        raise at.fault("nothing says what is missed", expected="numbers: missing doses 3 and 5")
    if found[1].lower().startswith("dose"):
        phrase.missed_doses = tuple(numbers)
    else:
        phrase.missed_days = tuple(numbers)
    return True


def _point(at: Cursor) -> float | None:
    """A time of the scenario: "24 h", "day 2" (its start)."""
    day = at.take(r"day\s+(\d+)")
    if day:
        return (int(day[1]) - 1) * DAY
    length = at.take(LENGTH)
    return hours(length[1], length[2]) if length else None


def _start(at: Cursor, phrase: Phrase) -> bool:
    position = at.position
    if not at.take(r"starting\s+(?:at|on|from|after)|starting|from|at|on|after"):
        return False
    at.skip()
    found = _point(at)
    if found is None:
        at.position = position
        return False
    phrase.start = found
    return True


def _length(at: Cursor, phrase: Phrase) -> bool:
    doses = at.take(r"for\s+(\d+)\s+doses?")
    if doses:
        phrase.count = int(doses[1])
        return True
    length = at.take(rf"for\s+(?:{LENGTH}|(?:a|one)\s+({TIME}))")
    if length:
        phrase.length = hours(length[1] or "1", length[2] or length[3])
        return True
    if not at.take(r"until|till"):
        return False
    day = at.take(r"(?:the\s+end\s+of\s+)?day\s+(\d+)")
    until = int(day[1]) * DAY if day else _point(at)
    if until is None:
        raise at.fault(f"{at.word()!r} is no time", expected="day 10 (its end), or 240 h")
    phrase.until = until
    return True


def _content(at: Cursor, phrase: Phrase, library: Library) -> bool:
    found = at.take_symbol(
        rf"\(?\s*({NUMBER})\s*mg\s*(?:([a-z0-9-]+)\s+)?(?:per\s+g(?:ram)?\b|/\s*g\b)(?:\s+([a-z0-9-]+))?\s*\)?"
    )
    if not found:
        return False
    name = found[2] or found[3]
    phrase.content.append((library.item(name).name if name and name != "of" else "", float(found[1])))
    return True


def _containing(at: Cursor, phrase: Phrase, library: Library) -> bool:
    if not at.take(r"containing|with"):
        return False
    while found := at.take(AMOUNT):
        at.take(r"of")
        name = at.take_word(library.names)
        if name is None:
            raise at.fault(
                f"{found.group()} of what", expected="the name of the alkaloid: 29.6 mg mitragynine"
            )
        milligrams = float(convert(float(found[1]), MASS_UNITS[found[2].lower()], "mg"))
        phrase.containing.append((library.item(name).name, milligrams))
        at.take(r"and(?=\s+\d)")
    if not phrase.containing:
        raise at.fault("nothing says what is inside", expected="containing 29.6 mg mitragynine")
    return True


READERS: tuple[Callable[[Cursor, Phrase], bool], ...] = (
    _titration,
    _clock,
    _frequency,
    _infusion,
    _missing,
    _start,
    _length,
    _route,
)
