"""Discrete-time regressions on the tables, by statsmodels; standard errors are clustered by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.genmod.generalized_linear_model import GLMResultsWrapper

from behavior.weeks import WEEK, Study, daily, weekly

START = "start"


@dataclass(frozen=True)
class Question:
    """What is asked of a table.

    Parameters
    ----------
    row : str
        First part of the names of its rows.
    outcome : str
        Column of the table, 0 or 1.
    kind : str
        The quantity behind the intercept, in words.
    terms : mapping of str to tuple of str
        Columns that it depends on, by study.
    is_hazard : bool
        Complementary log-log over the days of a week, so that coefficients are those of the log hazard a day;
        otherwise log odds.
    """

    row: str
    outcome: str
    kind: str
    terms: dict[str, tuple[str, ...]]
    is_hazard: bool = False


QUESTIONS = (
    Question(
        "leave-day",
        "left",
        "log hazard of leaving, a day",
        {
            "ctn30": ("class", "taper", "after"),
            "ctn30-second": ("class", "taper"),
            "ctn27-bup": ("class", "week"),
            "ctn27-methadone": ("class", "week"),
            "ctn51-bup": ("class", "week"),
        },
        is_hazard=True,
    ),
    Question(
        "attend-week",
        "rated",
        "log odds of being seen in a week before leaving",
        {"ctn30": ("after",), "ctn30-second": ()},
    ),
    Question(
        "use-week",
        "positive",
        "log odds of opioids in urine in a week with a visit",
        {
            "ctn30": ("before", "class", "taper", "after"),
            "ctn30-second": ("before", "class"),
            "ctn27-bup": ("before", "week"),
            "ctn27-methadone": ("before", "week"),
            "ctn51-bup": ("before", "class"),
        },
    ),
    Question(
        "miss-day",
        "missed",
        "log odds of a day without a dose between the first and the last",
        dict.fromkeys(("ctn30", "ctn30-second", "ctn27-bup", "ctn27-methadone", "ctn51-bup"), ("again",)),
    ),
)


def asked(question: Question, study: Study) -> pd.DataFrame:
    """Lines that can answer."""
    if question.row == "miss-day":
        return daily(study)
    found = weekly(study)
    if question.row == "use-week":
        found = found[found["tested"]]
    if question.row == "attend-week":
        # The first week has the first dose.
        found = found[found["number"] > 0]
    return found


def fit(question: Question, study: Study) -> tuple[dict[str, tuple[float, float]], int]:
    """Coefficients with clustered errors by term, and the number of people.

    Parameters
    ----------
    question : Question
    study : Study

    Returns
    -------
    tuple
    """
    terms = list(question.terms[study.name])
    lines = asked(question, study).dropna(subset=[question.outcome, *terms])
    span = np.full(len(lines), np.log(WEEK)) if question.is_hazard else None
    known = clustered(lines[question.outcome].to_numpy(float), design(lines, terms), lines["who"], span)
    names = (START, *terms)
    pairs = {name: (float(v), float(e)) for name, v, e in zip(names, known.params, known.bse, strict=True)}
    return pairs, lines["who"].nunique()


def clustered(
    outcome: np.ndarray, columns: np.ndarray, who: Sequence[object], span: np.ndarray | None = None
) -> GLMResultsWrapper:
    """Regression of a chance with errors clustered by person.

    Parameters
    ----------
    outcome : (lines,) float
    columns : (lines, terms) float
    who : sequence
        Person of each line.
    span : (lines,) float, optional
        Log of the time at risk, for the log hazard by complementary log-log; log odds without.

    Returns
    -------
    GLMResultsWrapper
    """
    link = sm.families.links.Logit() if span is None else sm.families.links.CLogLog()
    model = sm.GLM(outcome, columns, family=sm.families.Binomial(link=link), offset=span)
    return model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(np.asarray(who))[0]})


def design(lines: pd.DataFrame, terms: Sequence[str]) -> np.ndarray:
    """Intercept and terms."""
    return np.column_stack([np.ones(len(lines)), *(lines[term].to_numpy(float) for term in terms)])
