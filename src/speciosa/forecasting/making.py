"""From a record to a forecast: bodies solved once, the posterior of each variant, three predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import SCALES
from speciosa.errors import RecordError
from speciosa.forecasting.basis import basis_of, disagreement_of
from speciosa.forecasting.forecast import (
    Forecast,
    Point,
    Threshold,
    VariantForecast,
)
from speciosa.forecasting.individual import code_of, moments, rated
from speciosa.forecasting.intake import CONTINUE, last_day, planned, taken
from speciosa.forecasting.predicting import predicted
from speciosa.forecasting.record import PersonRecord
from speciosa.forecasting.scene import Courses, scene
from speciosa.forecasting.variants import NAMES, variants_of
from speciosa.regimens import Regimen
from speciosa.simulation import Setting

FloatArray = npt.NDArray[np.float64]
HORIZON, PLAN_HORIZON = 72.0, 336.0
BODIES = 32
WITH_CONCENTRATIONS = 256
"""Bodies where concentrations tell them apart."""
STEPS = (1.0, 2.0, 4.0, 6.0, 12.0, 24.0)
MOST_TIMES, AHEAD = 96, 2.0
Progress = Callable[[int, int], None]


def forecast(
    record: PersonRecord,
    *,
    seed: int,
    horizon: float = HORIZON,
    variants: Sequence[str] = NAMES,
    quick: bool = False,
    plan: str | Regimen = CONTINUE,
    setting: Setting | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast the scores of one person.

    Three predictions are kept apart: of the population with these doses and covariates; of this person by
    everything that the record holds, in hindsight too; and from what was known up to the record's moment.

    Parameters
    ----------
    record : PersonRecord
    seed : int
        Decides every draw.
    horizon : float
        Hours after the record's moment.
    variants : sequence of str
        Variants of the model, side by side; the first is shown.
    quick : bool
        The first answer: the typical body and the most probable gain and floor alone.
    plan : str or Regimen
        Doses to come: as on the last day, or a regimen from the moment on.
    setting : Setting, optional
        The packaged evidence and library if left out.
    progress : callable, optional
        Called with variants done and their number.

    Returns
    -------
    Forecast

    Raises
    ------
    RecordError
        If there is nothing to go on, or a time cannot be used.
    SpeciosaError
        If a drug, dose, covariate or variant cannot be used.

    Examples
    --------
    >>> from speciosa.forecasting import Observation
    >>> record = PersonRecord(
    ...     "P-017",
    ...     before="morphine 30 mg every 6 h for 20 days",
    ...     observations=(Observation(20.0, "COWS", total=9),),
    ... )
    >>> found = forecast(record, seed=1, horizon=24.0, variants=("in use",), quick=True)
    >>> found.prediction("personal").score.median[0] < 5.0
    True
    """
    setting = setting or Setting()
    if not (np.isfinite(horizon) and horizon > 0.0):
        raise RecordError(f"the horizon is {horizon:g} h", expected="more than 0 h")
    chosen = variants_of(variants)
    if not chosen:
        raise RecordError(
            "no variant is named", where="forecast", expected=f"one or more of {', '.join(NAMES)}"
        )
    end = max([record.moment + horizon, *(item.time for item in record.observations)])
    doses = taken(record, plan, end, setting)
    if not doses.doses:
        raise RecordError(
            f"record {record.id} holds no dose, none before it and none to come",
            expected="something that was or will be taken: without it there is no withdrawal to forecast",
        )
    bodies = 1 if quick else WITH_CONCENTRATIONS if record.concentrations else BODIES
    measured = tuple(dict.fromkeys(item.measure for item in record.concentrations))
    stage = scene(record, doses, setting, chosen, bodies=bodies, seed=seed, outputs=measured)
    grid = _grid(record.moment, end)
    seen = [*record.ratings, *record.concentrations]
    times = np.unique(np.concatenate([grid, *(moments(item) for item in seen)]))
    results = []
    solved = stage.courses(times)
    for done, courses in enumerate(solved):
        results.append(predicted(record, courses, grid, seed=seed, quick=quick))
        if progress is not None:
            progress(done + 1, len(chosen))
    return Forecast(
        record.id,
        record.moment,
        tuple(float(time) for time in grid),
        _plan_text(record, plan, setting),
        tuple(results),
        disagreement_of(results, grid, record.moment, setting),
        _thresholds(results, setting),
        _points(record, solved[0]),
        _ticks(record, plan, end, setting),
        basis_of(record, setting, chosen, plan, quick=quick),
        seed,
        quick,
    )


def expect(
    record: PersonRecord,
    regimens: Sequence[str | Regimen],
    *,
    seed: int,
    horizon: float = PLAN_HORIZON,
    variants: Sequence[str] = NAMES,
    quick: bool = False,
    setting: Setting | None = None,
    progress: Progress | None = None,
) -> tuple[Forecast, ...]:
    """What the model expects of regimens that somebody considers, each from the record's moment on.

    The same bodies, gains and floors stand behind all of them. It is no advice: regimens come from the
    caller.

    Parameters
    ----------
    record : PersonRecord
    regimens : sequence of str or Regimen
    seed : int
    horizon : float
        Hours after the record's moment.
    variants : sequence of str
    quick : bool
    setting : Setting, optional
    progress : callable, optional
        Called with regimens done and their number.

    Returns
    -------
    tuple of Forecast
        One a regimen, in their order.

    Raises
    ------
    SpeciosaError
        As `forecast` does.

    Examples
    --------
    >>> record = PersonRecord("P-017", before="morphine 30 mg every 6 h for 20 days", now=6.0)
    >>> plans = ("nothing", "methadone 30 mg once a day for 2 days")
    >>> found = expect(record, plans, seed=1, horizon=48.0, variants=("in use",), quick=True)
    >>> medians = [item.prediction().score.median[-1] for item in found]
    >>> medians[0] > medians[1]
    True
    """
    setting, found = setting or Setting(), []
    for done, regimen in enumerate(regimens):
        found.append(
            forecast(
                record,
                seed=seed,
                horizon=horizon,
                variants=variants,
                quick=quick,
                plan=regimen,
                setting=setting,
            )
        )
        if progress is not None:
            progress(done + 1, len(regimens))
    return tuple(found)


def _grid(now: float, end: float) -> FloatArray:
    """Times that are shown: coarse up to the moment, every two hours behind it."""
    first = 0.0
    step = next((item for item in STEPS if (now - first) / item <= MOST_TIMES), STEPS[-1])
    ahead = next((item for item in STEPS if item >= AHEAD and (end - now) / item <= MOST_TIMES), STEPS[-1])
    return np.unique(
        np.concatenate([np.arange(first, now, step), [now], np.arange(now + ahead, end, ahead), [end]])
    )


def _thresholds(results: Sequence[VariantForecast], setting: Setting) -> tuple[Threshold, ...]:
    return tuple(
        Threshold(scale.name, name, setting.evidence.slot(slot).value("score"))
        for scale in SCALES
        if scale.name in results[0].scores
        for name, slot in scale.bands
    )


def _points(record: PersonRecord, courses: Courses) -> tuple[Point, ...]:
    found = []
    for item in record.ratings:
        assert item.scale is not None
        model = rated(item.scale, courses, [item])
        low, high = model.ends(code_of(item, model))
        found.append(Point(item.time, item.measure, float(low), float(high)))
    return tuple(found)


def _ticks(
    record: PersonRecord, plan: str | Regimen, end: float, setting: Setting
) -> tuple[tuple[float, str], ...]:
    rows = [(item.time, item.dose.text) for item in record.doses if item.is_taken]
    rows += [(item.time, item.dose.text) for item, _ in planned(record, plan, end, setting)]
    return tuple(sorted(rows))


def _plan_text(record: PersonRecord, plan: str | Regimen, setting: Setting) -> str:
    if isinstance(plan, Regimen):
        return plan.text
    if plan != CONTINUE:
        return plan
    if any(item.time > record.moment for item in record.doses):
        return "as recorded"
    taken_then = dict.fromkeys(item.dose.text for item in last_day(record))
    return f"{CONTINUE}: {', '.join(taken_then)}" if taken_then else "nothing, as on the last day"
