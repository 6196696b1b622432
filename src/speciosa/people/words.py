"""What a result says of its people: covariates without effect, categories, histories."""

from __future__ import annotations

from speciosa.evidence import Evidence
from speciosa.model import Model
from speciosa.people.covariates import DERIVED, LEVELS, TextArray
from speciosa.people.population import Population


def told_levels(people: Population) -> dict[str, TextArray]:
    """Categories in which somebody differs from the reference adult."""
    return {name: found for name, found in people.levels.items() if (found != LEVELS[name][0]).any()}


def idle_covariates(model: Model, people: Population) -> list[str]:
    """A note on covariates that were stated and on which nothing in a model depends.

    Parameters
    ----------
    model : Model
    people : Population

    Returns
    -------
    list of str
        One note or none.
    """
    used = {relation.covariate for item in model.parameters for relation in item.parameter.covariates}
    if used & set(DERIVED):
        used |= {"weight", "height", "sex"}
    idle = ", ".join(name for name in people.stated if name not in used)
    if not idle:
        return []
    return [f"nothing in this scenario depends on {idle}: the library has no such relation for its drugs"]


def derived_slots(model: Model, evidence: Evidence) -> tuple[str, ...]:
    """Evidence slots behind the derived covariates on which a model depends."""
    used = {relation.covariate for item in model.parameters for relation in item.parameter.covariates}
    return tuple(name for name in evidence.slots if name.partition(".")[0] in used & set(DERIVED))


def history_text(people: Population) -> str:
    """The opioid histories of people in words: that of everybody, or how they range.

    Parameters
    ----------
    people : Population

    Returns
    -------
    str
        Empty where everybody is naive.

    Examples
    --------
    >>> from speciosa.people import OpioidHistory, Person
    >>> past = OpioidHistory("morphine", daily=120.0, days=60.0, route="SC")
    >>> history_text(Population(2, seed=1, typical=Person(70.0, 170.0, 35.0, history=past)))
    'morphine 30 mg SC every 6 h for 60 days'
    """
    known = [item for item in people.histories if item is not None]
    if not known:
        return ""
    naive = people.size - len(known)
    if len(set(known)) == 1 and not naive:
        return known[0].text
    daily, days = ([getattr(item, name) for item in known] for name in ("daily", "days"))
    drugs = " or ".join(dict.fromkeys(f"{item.drug} {item.route}".strip() for item in known))
    return (
        f"each person's own: {drugs}, {min(daily):g} to {max(daily):g} {known[0].unit} a day for"
        f" {min(days):g} to {max(days):g} days{f'; {naive} naive' if naive else ''}"
    )
