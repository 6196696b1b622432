"""The time course with and without: each alone and both together, in the same people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from speciosa.interactions.contacts import role
from speciosa.interactions.pair import Pair, pair
from speciosa.people import Population, population
from speciosa.results import Result, plot_overlay
from speciosa.results.summaries import statistics
from speciosa.simulation import Scenario, Setting, model_of, simulate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from speciosa.evidence import Evidence

FloatArray = npt.NDArray[np.float64]
NONE_KNOWN = "no known pharmacokinetic interaction in the library"
IN_USE = "rows in use"
METRICS = ("AUC", "Cmax", "t1/2")
PUBLISHED = (("AUC", "AUC"), ("Cmax", "Cmax"), ("t1/2", "t1/2"), ("CL ratio", "CL"))
# Recorded often where a dose is judged, and seldom before.
FINE, MIDDLE, COARSE = 0.05, 0.25, 1.0
FINE_HOURS, MIDDLE_HOURS = 12.0, 72.0


@dataclass(frozen=True)
class Arms:
    """One molecule without and with the other drug.

    Parameters
    ----------
    drug : str
    start : float
        From when exposure is judged, h.
    alone, together : Result
    basis : str
        Which rows were used: those in use, or an alternative by name.
    """

    drug: str
    start: float
    alone: Result
    together: Result
    basis: str = IN_USE

    def exposure(self) -> Iterator[tuple[str, str, FloatArray, FloatArray]]:
        """Metric, unit, and the values of the persons without and with."""
        window = (self.start, float(self.alone.time[-1]))
        found = [result.exposure(self.drug, window=window) for result in (self.alone, self.together)]
        for metric in METRICS:
            unit = str(found[0][metric].attrs["unit"])
            yield metric, unit, found[0][metric].values, found[1][metric].values


@dataclass(frozen=True)
class Interaction:
    """What two drugs do to each other's time courses.

    Parameters
    ----------
    pair : Pair
    arms : tuple of Arms
        Of every molecule that changes; empty where no interaction is known.
    """

    pair: Pair
    arms: tuple[Arms, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the library knows an interaction."""
        return bool(self.pair.contacts)

    @property
    def headline(self) -> str:
        """One line."""
        first, second = self.pair.names
        if not self.is_known:
            return f"{first} and {second}: {NONE_KNOWN}"
        return f"{first} and {second}: " + "; ".join(item.text for item in self.pair.contacts)

    def table(self, evidence: Evidence | None = None) -> pd.DataFrame:
        """Ratios with over without, beside those that were published.

        Where no interaction is known, what was looked for: the enzymes of each molecule.

        Parameters
        ----------
        evidence : Evidence, optional
            Where published ratios are looked up; none are shown without it.

        Returns
        -------
        pandas.DataFrame
            Columns kind, drug, metric, ratio, low, high (percentiles 5 and 95 of the people, or spread of
            the row), n, without, with, unit, basis (rows used, or the published row), condition; or answer,
            drug, cleared by, acts on.
        """
        if not self.is_known:
            return pd.DataFrame(
                {
                    "answer": NONE_KNOWN,
                    "drug": item.drug,
                    "cleared by": ", ".join(item.cleared_by) or "no enzyme in the library",
                    "acts on": ", ".join(item.acts) or "no enzyme in the library",
                }
                for family in self.pair.families
                for item in map(role, family)
            )
        rows = [row for arms in self.arms for row in _predicted(arms)]
        if evidence is not None:
            rows += published(self.pair, evidence)
        return pd.DataFrame(rows)

    def figures(self) -> dict[str, Figure]:
        """The time course of every molecule that changes, without and with; one figure a molecule."""
        found: dict[str, Figure] = {}
        for name in dict.fromkeys(arms.drug for arms in self.arms):
            own = [arms for arms in self.arms if arms.drug == name]
            curves = {"alone": own[0].alone}
            for arms in own:
                label = "together" if arms.basis == IN_USE else f"together, {arms.basis}"
                curves[label] = arms.together
            found[name] = plot_overlay(curves, f"plasma.{name}")
        return found


def _predicted(arms: Arms) -> Iterator[dict[str, object]]:
    for metric, unit, without, with_ in arms.exposure():
        ratio = np.full_like(without, np.nan)
        np.divide(with_, without, out=ratio, where=without > 0.0)
        found = statistics(ratio)
        is_one = found["n"] <= 1
        yield {
            "kind": "predicted",
            "drug": arms.drug,
            "metric": metric,
            "ratio": found["median"],
            "low": np.nan if is_one else found["p5"],
            "high": np.nan if is_one else found["p95"],
            "n": int(found["n"]),
            "without": statistics(without)["median"],
            "with": statistics(with_)["median"],
            "unit": unit,
            "basis": arms.basis,
            "condition": "",
        }


def published(found: Pair, evidence: Evidence) -> list[dict[str, object]]:
    """Published ratios of the molecules of one side with something of the other, by their rows.

    Parameters
    ----------
    found : Pair
    evidence : Evidence

    Returns
    -------
    list of dict
        As rows of `Interaction.table`.
    """
    rows: list[dict[str, object]] = []
    for family, other, name in (
        (found.families[0], found.families[1], found.names[1]),
        (found.families[1], found.families[0], found.names[0]),
    ):
        victims = {drug.name for drug in family}
        words = (name, *(drug.name for drug in other))
        for row in evidence.rows.values():
            metric = next((label for start, label in PUBLISHED if row.quantity.startswith(start)), None)
            is_ratio = "ratio" in row.quantity and row.value is not None and row.kind == "measured"
            if metric is None or not is_ratio or row.drug not in victims:
                continue
            if any(word in row.condition.lower() for word in words):
                low, high = row.interval or (np.nan, np.nan)
                rows.append(
                    {
                        "kind": "published",
                        "drug": row.drug,
                        "metric": metric,
                        "ratio": row.value,
                        "low": low,
                        "high": high,
                        "n": row.n,
                        "basis": row.id,
                        "condition": row.condition,
                    }
                )
    return rows


def interact(
    first: str,
    second: str,
    setting: Setting | None = None,
    *,
    people: Population | None = None,
    until: float | None = None,
    target: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Interaction:
    """Simulate two regimens alone and together.

    Parameters
    ----------
    first, second : str
        A drug or product, which is taken as usual, or a regimen as text.
    setting : Setting, optional
        The packaged evidence and library if left out.
    people : Population, optional
        The typical adult if left out.
    until : float, optional
        End, h.
    target : str
        Engine target.
    progress : callable, optional
        Called with the number of runs done and in all.

    Returns
    -------
    Interaction
        Without arms where the library knows no interaction.

    Raises
    ------
    SpeciosaError
        If a text cannot be read or simulated.

    Examples
    --------
    >>> interact("morphine 10 mg IV once", "naloxone 0.4 mg IV once").is_known
    False
    """
    setting = setting or Setting()
    found = pair(first, second, setting, until=until)
    if not found.contacts:
        return Interaction(found)
    people = people or population(setting.evidence, 1, 1)
    changed = [_changed(found, side) for side in (0, 1)]
    together = Scenario(
        found.together,
        people,
        until=found.until,
        times=_times(found),
        outputs=tuple(f"plasma.{name}" for names in changed for name in names),
        target=target,
    )
    bases = {IN_USE: together.choices, **_alternatives(together, setting)}
    count, runs = 0, len(bases) * (1 + sum(bool(names) for names in changed))
    arms = []
    for basis, choices in bases.items():
        both = simulate(replace(together, choices=choices), setting)
        count += 1
        for side, names in enumerate(changed):
            if names:
                outputs = tuple(f"plasma.{name}" for name in names)
                lone = replace(together, regimen=found.regimens[side], outputs=outputs)
                alone = simulate(_choosing(lone, choices, setting), setting)
                arms += [Arms(name, found.starts[side], alone, both, basis) for name in names]
                count += 1
            if progress is not None:
                progress(count, runs)
    return Interaction(found, tuple(arms))


def _changed(found: Pair, side: int) -> tuple[str, ...]:
    """Molecules of one side that the other changes: victims, and what is formed of them."""
    family = found.families[side]
    victims = {item.victim for item in found.contacts}
    names: list[str] = []
    for drug in family:
        parents = [
            member.name for member in family if drug.name in [item.drug for item in member.metabolites]
        ]
        if drug.name in victims or any(parent in names for parent in parents):
            names.append(drug.name)
    return tuple(names)


def _times(found: Pair) -> tuple[float, ...]:
    """Recorded times: fine after the doses that are judged."""
    parts = [np.arange(0.0, found.until, COARSE), np.array([found.until])]
    for start in found.starts:
        parts.append(np.arange(start, min(start + FINE_HOURS, found.until), FINE))
        parts.append(np.arange(start, min(start + MIDDLE_HOURS, found.until), MIDDLE))
    return tuple(np.unique(np.round(np.concatenate(parts), 6)))


def _alternatives(scenario: Scenario, setting: Setting) -> dict[str, Mapping[str, str]]:
    """The other rows that may be chosen for what the interaction rests on, by a name for each."""
    model = model_of(scenario, setting)
    found: dict[str, Mapping[str, str]] = {}
    for module in model.modules:
        if module.name.startswith("metabolism of "):
            for item in module.parameters:
                slot = setting.evidence.slot(item.name)
                found.update(
                    {f"{slot.name}={other.name}": {slot.name: other.name} for other in slot.alternatives}
                )
    return found


def _choosing(scenario: Scenario, choices: Mapping[str, str], setting: Setting) -> Scenario:
    """The scenario with the choices that its own model rests on; an interaction's are none of them."""
    known = {slot: name for slot, name in choices.items() if slot in model_of(scenario, setting).slots}
    return replace(scenario, choices=known)
