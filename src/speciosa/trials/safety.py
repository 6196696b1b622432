"""When an arm takes nobody any more: Bayesian looks at how many of its people went beyond a safety level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import beta

from speciosa.trials.courses import Course
from speciosa.trials.protocol import Protocol, Safety

COLUMNS = ("arm", "rule", "people", "beyond", "chance", "decision")


def stopped_arms(
    protocol: Protocol, courses: Sequence[tuple[str, Course]]
) -> tuple[list[tuple[str, Course]], dict[str, int], pd.DataFrame]:
    """Courses without those who were meant for an arm after it had been stopped.

    People come in the order of their numbers. After every few of an arm its share of people beyond the level
    is looked at; the people who would have come after the look that stops the arm are not treated. What
    happens to one person does not depend on the others, so that leaving them out afterwards is the same as
    stopping.

    Parameters
    ----------
    protocol : Protocol
    courses : sequence of (str, Course)

    Returns
    -------
    courses, number of people kept out by arm, looks
    """
    rules = [rule for rule in protocol.safety if rule.share is not None]
    found, kept_out, looks = [], {}, []
    for name, course in courses:
        size = course.people.size
        for rule in rules:
            beyond = _beyond(rule, course)
            for people in range(rule.look, course.people.size + 1, rule.look):
                count = int(beyond[:people].sum())
                chance = float(beta.sf(rule.share, 1 + count, 1 + people - count))
                is_stop = chance > rule.certainty
                words = "stop" if is_stop else "go on"
                looks.append((name, text(rule), people, count, chance, words))
                if is_stop:
                    size = min(size, people)
                    break
        if size < course.people.size:
            kept_out[name] = course.people.size - size
            course = course.part(range(size))  # noqa: PLW2901
        found.append((name, course))
    return found, kept_out, pd.DataFrame(looks, columns=list(COLUMNS))


def _beyond(rule: Safety, course: Course) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Who went beyond the level of a rule while in the trial."""
    if not course.has(rule.output):
        return np.zeros(course.people.size, dtype=bool)
    time, values = course.time, course.output(rule.output)
    inside = (time[None, :] >= 0.0) & (time[None, :] <= course.conduct.left[:, None])
    with np.errstate(invalid="ignore"):
        found = np.zeros(values.shape, dtype=bool)
        if rule.above is not None:
            found |= values > rule.above
        if rule.below is not None:
            found |= values < rule.below
    return np.asarray((found & inside).any(axis=1))


def text(rule: Safety) -> str:
    """A rule in words."""
    level = f"above {rule.above:g}" if rule.above is not None else f"below {rule.below:g}"
    return f"{rule.output} {level}"
