"""The report of a forecast: one HTML page that loads nothing, and tables for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speciosa.forecasting.forecast import KINDS, Forecast, Prediction
from speciosa.forecasting.hindsight import Hindsight
from speciosa.forecasting.plots import plot_forecast
from speciosa.results import figure_caption, write_atomically
from speciosa.results.numbers import shown
from speciosa.results.pages import markup, render_page, resource
from speciosa.results.report import INTENDED_USE
from speciosa.results.style import inline_svg

if TYPE_CHECKING:
    import pandas as pd

NO_ADVICE = "This report proposes no drug and no dose."
KIND_WORDS = {
    "population": "people with these doses and covariates",
    "personal": "this person, by everything in the record",
    "forecast": "this person, from what was known up to the moment",
}


def table_of(found: Forecast, every: float = 12.0) -> pd.DataFrame:
    """What is forecast after the moment, a row a scale, variant and time.

    Parameters
    ----------
    found : Forecast
    every : float
        Hours between rows; the nearest times that were worked out are taken.

    Returns
    -------
    pandas.DataFrame
        Score: median, 50 % and 90 % band, mean, and the probability of each severity class.
    """
    import pandas as pd

    times = np.array(found.times)
    wanted = np.arange(found.moment, times[-1] + 1e-9, every)
    places = np.unique(np.abs(times[None, :] - wanted[:, None]).argmin(axis=1))
    return pd.DataFrame(
        [
            {
                "scale": scale,
                "variant": variant.name,
                "hours ahead": times[place] - found.moment,
                **_cells(variant.scores[scale]["forecast"], int(place)),
            }
            for scale in found.scales
            for variant in found.variants
            for place in places
        ]
    )


def kinds_of(found: Forecast) -> pd.DataFrame:
    """The three predictions at the moment and at the end, by the first variant."""
    import pandas as pd

    times = np.array(found.times)
    places = {found.moment: int(np.abs(times - found.moment).argmin()), times[-1]: len(times) - 1}
    return pd.DataFrame(
        [
            {
                "scale": scale,
                "hours ahead": time - found.moment,
                "prediction": KIND_WORDS[kind],
                **_cells(found.prediction(kind, scale), place),
            }
            for scale in found.scales
            for time, place in places.items()
            for kind in KINDS
        ]
    )


def past_table(hindsight: Hindsight) -> pd.DataFrame:
    """Past forecasts, a row a rating."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "scale": item.scale,
                "time (h)": item.time,
                "known until (h)": item.known_until,
                "observed": _observed(item.low, item.high),
                "median": item.median,
                "90 % band": f"{item.low90:.1f} to {item.high90:.1f}",
                "inside": "yes" if item.is_inside else "no",
            }
            for item in hindsight.past
        ]
    )


def _observed(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _cells(given: Prediction, place: int) -> dict[str, float]:
    band = given.score
    return {
        "median": band.median[place],
        "low 50 %": band.low50[place],
        "high 50 %": band.high50[place],
        "low 90 %": band.low90[place],
        "high 90 %": band.high90[place],
        "mean": given.expected[place],
        **{f"P({name})": values[place] for name, values in given.classes.items()},
    }


def render(found: Forecast, hindsight: Hindsight | None = None) -> str:
    """The report as one self-contained page.

    Parameters
    ----------
    found : Forecast
    hindsight : Hindsight, optional
        Past forecasts, if they are to be shown.

    Returns
    -------
    str

    Raises
    ------
    ResultError
        If the extra ``plots`` is not installed.
    """
    figures = {scale: plot_forecast(found, scale, with_caption=False) for scale in found.scales}
    tables = [
        ("What is expected after the moment", table_of(found)),
        ("The three predictions", kinds_of(found)),
    ]
    page: dict[str, Any] = {
        "title": f"Forecast of {found.id}",
        "lead": f"From what was known up to {found.moment:g} h after the start of the record.",
        "version": found.basis.version,
        "intended_use": INTENDED_USE,
        "no_advice": NO_ADVICE,
        "disagreement": found.disagreement,
        "is_quick": found.is_quick,
        "figures": [
            {"svg": markup(inline_svg(figure, f"f{index}")), "caption": figure_caption(figure)}
            for index, figure in enumerate(figures.values(), start=1)
        ],
        "tables": [_table(caption, frame) for caption, frame in tables],
        "past": None if hindsight is None or not hindsight.past else _past(hindsight),
        "variants": [(item.name, item.words) for item in found.variants],
        "facts": _facts(found),
        "basis": found.basis,
    }
    return render_page(resource("speciosa.forecasting", "forecast.html"), page)


def write_forecast(path: str | Path, found: Forecast, hindsight: Hindsight | None = None) -> Path:
    """Write the report to a file, atomically.

    Raises
    ------
    ResultError
        If the file cannot be written, or the extra ``plots`` is not installed.
    """
    return write_atomically(path, render(found, hindsight))


def _past(hindsight: Hindsight) -> dict[str, Any]:
    count = len(hindsight.past)
    words = (
        f"{sum(item.is_inside for item in hindsight.past)} of {count} ratings touch the 90 % band of the"
        f" forecast from the ratings before. The mean log score is {hindsight.gain:+.2f} against that of the"
        " population's prediction (above zero is better)."
    )
    return {"words": words, "table": _table("Past forecasts of this person", past_table(hindsight))}


def _facts(found: Forecast) -> list[tuple[str, str]]:
    basis = found.basis
    return [
        ("Doses to come", found.plan),
        ("Inputs used", "; ".join(basis.used)),
        ("Inputs missing", "; ".join(basis.missing)),
        ("Taken for granted", " ".join(basis.assumptions)),
        ("Method", basis.method),
        ("Held against observations", "; ".join(basis.validated)),
        ("Not held against observations", " ".join(basis.not_validated)),
        ("Version", f"speciosa {basis.version}, evidence {basis.evidence}, seed {found.seed}"),
    ]


def _table(caption: str, frame: pd.DataFrame) -> dict[str, Any]:
    from pandas.api.types import is_numeric_dtype

    numbers = [place for place, name in enumerate(frame.columns) if is_numeric_dtype(frame[name])]
    return {
        "caption": caption,
        "columns": [str(name) for name in frame.columns],
        "rows": [
            [shown(value) if isinstance(value, float) else str(value) for value in row]
            for row in frame.itertuples(index=False)
        ],
        "numbers": numbers,
    }
