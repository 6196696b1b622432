"""Variability within a person: from occasion to occasion, and from batch to batch of a product."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from speciosa.engine import Changes
from speciosa.evidence import Evidence
from speciosa.model import BoundParameter, Model, Spread
from speciosa.people.covariates import FloatArray
from speciosa.people.population import Population
from speciosa.people.variability import Numbers, Typical, moved


def changes(
    model: Model,
    people: Population,
    evidence: Evidence,
    table: FloatArray,
    occasions: Mapping[str, Sequence[FloatArray]],
    *,
    by_dose: Collection[str] = (),
    typical: Typical | None = None,
) -> Changes:
    """New values of parameters at the start of each occasion.

    An occasion's value of a parameter lies around the person's own; that of a batch around the median of all
    batches, since two batches that one person takes have nothing in common.

    Parameters
    ----------
    model : Model
    people : Population
    evidence : Evidence
    table : ndarray, shape (draws times persons, parameters)
        As `parameter_table` gives it.
    occasions : mapping of str to sequence of ndarray
        Parameter to the times at which its occasions begin, h, of each person.
    by_dose : collection of str
        Parameters of a batch, whose spread between people becomes one between occasions.
    typical : mapping of str to ndarray, optional
        As in `parameter_table`.

    Returns
    -------
    Changes
        None where nothing varies within a person.
    """
    numbers = Numbers(people, evidence, typical or {})
    parts = []
    for column, item in enumerate(model.parameters):
        within = item.parameter.spread if item.name in by_dose else item.parameter.occasion
        if within is not None and people.is_varied and item.name in occasions:
            own = numbers.median(item) if item.name in by_dose else table[:, column]
            parts.append(
                _of(item, within, column, own.reshape(numbers.draws, -1), numbers, occasions[item.name])
            )
    return Changes.joined(parts)


def _of(
    item: BoundParameter,
    within: Spread,
    column: int,
    own: FloatArray,
    numbers: Numbers,
    occasions: Sequence[FloatArray],
) -> Changes:
    size = numbers.people.size
    counts = np.array([len(times) for times in occasions])
    deviates = np.column_stack(
        [numbers.people.draw(f"{item.name}@{number}") for number in range(int(counts.max(initial=0)))]
        or [np.empty(size)]
    )
    person = np.repeat(np.arange(size), counts)
    place = np.concatenate([np.arange(count) for count in counts])
    shift = numbers.slot(within.slot, "omega") * deviates[person, place][None, :]
    values = moved(own[:, person], shift, within, item)
    draws = numbers.draws
    return Changes(
        person=(np.arange(draws)[:, None] * size + person[None, :]).ravel(),
        time=np.tile(np.concatenate(list(occasions)), draws),
        parameter=np.full(draws * len(person), column),
        value=values.ravel(),
    )
