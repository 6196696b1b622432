"""One number of a simulated course: an output at a time, its peak, mean or area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.simulation import Scenario

FloatArray = npt.NDArray[np.float64]
Summary = Literal["value", "peak", "time of peak", "minimum", "mean", "AUC"]
SUMMARIES: tuple[str, ...] = get_args(Summary)
"""What may be asked of an output."""


@dataclass(frozen=True)
class Measure:
    """What is asked of a course.

    Parameters
    ----------
    output : str
        Name of an output of the model.
    summary : {"value", "peak", "time of peak", "minimum", "mean", "AUC"}
        AUC is over the unit of the output times hours.
    at : float, optional
        Time of the value, h; the end if left out.
    window : (start, end), optional
        Hours over which the others are taken; from 0 to the end if left out.

    Raises
    ------
    UnknownNameError
        If the summary is none of these.

    Examples
    --------
    >>> Measure("COWS", at=48.0).label
    'COWS at 48 h'
    """

    output: str
    summary: str = "value"
    at: float | None = None
    window: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.summary not in SUMMARIES:
            raise UnknownNameError("summary", self.summary, SUMMARIES)
        if self.at is not None and self.summary != "value":
            raise ScenarioError(
                f"a time is given for the {self.summary}", expected="a window, or the summary value"
            )

    @property
    def label(self) -> str:
        """The measure in words."""
        if self.summary == "value":
            return f"{self.output} at {self.at:g} h" if self.at is not None else f"{self.output} at the end"
        when = f" from {self.window[0]:g} to {self.window[1]:g} h" if self.window else ""
        return f"{self.summary} of {self.output}{when}"

    def times(self, scenario: Scenario) -> FloatArray:
        """Times that must be recorded.

        Raises
        ------
        ScenarioError
            If they are outside of the scenario.
        """
        end = scenario.until
        if self.summary == "value":
            wanted = np.array([end if self.at is None else self.at])
        else:
            start, stop = self.window or (0.0, end)
            inside = scenario.grid[(scenario.grid > start) & (scenario.grid < stop)]
            wanted = np.concatenate([[start], inside, [stop]])
        if wanted[0] < scenario.grid[0] or wanted[-1] > end or not (np.diff(wanted) > 0.0).all():
            raise ScenarioError(
                f"{self.label} is outside of the scenario", expected=f"times from 0 to {end:g} h, in order"
            )
        return wanted

    def of(self, time: FloatArray, values: FloatArray, scenario: Scenario) -> FloatArray:
        """The measure of each course.

        Parameters
        ----------
        time : ndarray, shape (times,)
        values : ndarray, shape (courses, times)
        scenario : Scenario

        Returns
        -------
        ndarray, shape (courses,)
        """
        wanted = self.times(scenario)
        place = np.searchsorted(time, wanted)
        course, when = values[:, place], time[place]
        if self.summary == "value":
            return np.asarray(course[:, 0])
        if self.summary == "time of peak":
            return np.asarray(when[course.argmax(axis=1)])
        if self.summary in ("peak", "minimum"):
            return np.asarray(course.max(axis=1) if self.summary == "peak" else course.min(axis=1))
        area = np.trapezoid(course, when, axis=1)
        return np.asarray(area if self.summary == "AUC" else area / (when[-1] - when[0]))
