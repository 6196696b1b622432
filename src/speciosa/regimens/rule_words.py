"""The words of rules: what is watched, when something starts or stops, and what is done at visits."""

from __future__ import annotations

from difflib import get_close_matches

from speciosa.body.scores import SCALES
from speciosa.errors import UnknownNameError
from speciosa.regimens.change import Change
from speciosa.regimens.cursor import Cursor
from speciosa.regimens.patterns import LENGTH, MASS, NUMBER, TIME, hours
from speciosa.regimens.phrase import Phrase
from speciosa.regimens.rules import Comparison, Condition, VisitRule
from speciosa.regimens.times import DAY

COMPARISONS: tuple[tuple[str, Comparison], ...] = (
    (r">=|≥|(?:reaches|rises\s+to|is\s+at\s+least|at\s+least)(?!\w)", ">="),
    (r"<=|≤|(?:falls\s+to|drops\s+to|is\s+at\s+most|at\s+most)(?!\w)", "<="),
    (r">|(?:is\s+above|above|rises\s+above|exceeds)(?!\w)", ">"),
    (r"<|(?:is\s+below|below|falls\s+below|drops\s+below)(?!\w)", "<"),
)
RHYTHMS = {"daily": DAY, "weekly": 7 * DAY}
ACTIONS = {"raise": True, "increase": True, "lower": False, "reduce": False, "cut": False}


def read_rule(at: Cursor, phrase: Phrase) -> bool:
    """Read one rule, if one stands here."""
    return _visit(at, phrase) or _stop(at, phrase) or _start(at, phrase)


def _condition(at: Cursor) -> Condition:
    output = _output(at)
    comparison = next((item for pattern, item in COMPARISONS if at.take_symbol(pattern)), None)
    if comparison is None:
        raise at.fault(
            f"nothing says how {output} is compared",
            expected=f'"{output} reaches 12", "{output} falls below 5", or one of < <= > >=',
        )
    found = at.take(rf"-?{NUMBER}(?!\s*(?:{MASS})\b)")
    if not found:
        raise at.fault(f"{at.word()!r} is no level of {output}", expected="a number without a unit")
    return Condition(output, comparison, float(found.group()))


def _output(at: Cursor) -> str:
    """A score in any case, or an output of the model by its name with a dot."""
    names = {scale.name.lower(): scale.name for scale in SCALES}
    at.skip()
    position = at.position
    word = at.take_symbol(r"[A-Za-z][\w.\-]*")
    if word is None:
        raise at.fault("nothing says what is watched", expected="a score: COWS reaches 12")
    name = word.group()
    if name.lower() in names:
        return names[name.lower()]
    if "." in name:
        return name
    place = at.where(position)
    raise UnknownNameError(
        "score", name, names.values(), where=place.column, excerpt=place.excerpt,
        advice="Other outputs are named with a dot: signal.MOR.",
    )  # fmt: skip


def _start(at: Cursor, phrase: Phrase) -> bool:
    position = at.position
    if not at.take(r"(?:starting\s+)?(?:when|once(?=\s+[A-Za-z][\w.\-]*\s+(?:reaches|falls|rises|is|[<>])))"):
        return False
    if phrase.starts_when:
        raise at.fault("a part starts on two conditions", expected="one", at=position)
    phrase.starts_when = _condition(at)
    return True


def _stop(at: Cursor, phrase: Phrase) -> bool:
    position = at.position
    if not at.take(
        r"stop(?:ping)?\s+(?:when|once|if)|(?:until|till)(?=\s+[A-Za-z][\w.\-]*\s*(?:reaches|falls|rises|drops|is|exceeds|[<>≤≥]))"
    ):
        return False
    if phrase.stops_when:
        raise at.fault("a part stops on two conditions", expected="one", at=position)
    phrase.stops_when = _condition(at)
    return True


def _visit(at: Cursor, phrase: Phrase) -> bool:
    position = at.position
    found = at.take(
        rf"at\s+(?:each|every|a)\s+(?:({'|'.join(RHYTHMS)})\s+)?visit(?:\s+every\s+(?:{LENGTH}|({TIME})))?"
    )
    if not found:
        near = get_close_matches(at.word().lower(), ["visit"], n=1) if at.peek(r"visits?") else []
        if near:
            raise at.fault(
                "a visit stands alone", expected='"at each weekly visit raise by 1 g unless COWS < 5"'
            )
        return False
    if not found[1] and not found[2] and not found[4]:
        raise at.fault(
            "nothing says how often the visits are",
            expected='"at each weekly visit" or "at each visit every 3 days"',
            at=position,
        )
    every = RHYTHMS[found[1].lower()] if found[1] else hours(found[2] or "1", found[3] or found[4])
    change = _action(at, phrase, every)
    word = at.take(r"unless|if|when")
    if not word:
        raise at.fault(
            "nothing says on what the visit depends",
            expected='"if COWS >= 5" or "unless COWS < 5"',
            advice="A change at every visit is written `up by 1 g every week`.",
        )
    phrase.visits.append(VisitRule(every, _condition(at), word.group().lower() == "unless", change))
    return True


def _action(at: Cursor, phrase: Phrase, every: float) -> Change | None:
    """What is done at a visit; None to stop."""
    if at.take(r"stop"):
        return None
    step = at.take_symbol(rf"({'|'.join(ACTIONS)})\s+by\s+({NUMBER})\s*(%|(?:{MASS})\b)")
    if not step:
        raise at.fault(
            f"{at.word()!r} is nothing that is done at a visit",
            expected='"raise by 1 g", "lower by 10 %" or "stop"',
        )
    end = at.take(rf"to\s+({NUMBER})\s*({MASS})")
    is_share = step[3] == "%"
    size = float(step[2]) / 100.0 if is_share else phrase.in_dose_unit(float(step[2]), step[3])
    to = phrase.in_dose_unit(float(end[1]), end[2]) if end else None
    return Change(size, every, ACTIONS[step[1].lower()], is_share, to)
