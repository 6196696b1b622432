"""What a protocol must hold for its design to be run: every fault with file, line, key and advice."""

from __future__ import annotations

from collections.abc import Callable

from speciosa.body.scales import SCALES
from speciosa.errors import SpeciosaError, UnknownNameError
from speciosa.people import LEVELS, LIMITS
from speciosa.simulation import KINDS, Setting
from speciosa.simulation.written import RegimenText, regimen_of
from speciosa.trials.design_checks import check_behavior, check_design
from speciosa.trials.place import Place
from speciosa.trials.protocol import Analysis, Behavior, Endpoint, Protocol
from speciosa.trials.schedule import Visits, visits_of
from speciosa.trials.timing import in_words

BY_RATING = ("score", "change", "mean", "peak", "area", "days in band", "seen")
SHARES = ("completion", "seen", "stopped for safety")
TIMES = ("time to leaving", "time to use")
NUMBERS = (*(name for name in BY_RATING if name != "seen"), "negative share", "highest", "lowest")
FITTING = {
    "difference of means": NUMBERS,
    "adjusted difference": NUMBERS,
    "mixed model": ("score", "change"),
    "difference of shares": SHARES,
    "odds ratio": SHARES,
    "Kaplan-Meier": TIMES,
    "log-rank": TIMES,
    "Cox": TIMES,
    "restricted mean": TIMES,
    "crossover difference": NUMBERS,
    "regime means": (*NUMBERS, *SHARES),
}
"""Measures that each method can analyze."""
ALONE = ("Kaplan-Meier", "regime means")
"""Methods that compare no arms."""
BY_DESIGN = {
    "mixed model": "parallel",
    "crossover difference": "crossover",
    "regime means": "sequential",
}
OWN = {"crossover": "crossover difference", "sequential": "regime means"}
"""The one method of designs in which an arm is no group of people."""


def check(protocol: Protocol, place: Place, setting: Setting) -> None:
    """See that a protocol can be run.

    Parameters
    ----------
    protocol : Protocol
    place : Place
        Its text.
    setting : Setting

    Raises
    ------
    SpeciosaError
        For the first fault.
    """
    if protocol.until <= 0.0:
        place.fault(["until"], f"the trial ends at {in_words(protocol.until)}", "a time after the start")
    if not 0.0 < protocol.every <= protocol.until:
        place.fault(["every"], f"every is {in_words(protocol.every)}", "more than 0 and at most the trial")
    if not protocol.arms:
        place.fault(["arms"], "there is no arm", "at least one", "Write [arms.NAME] with a regimen.")
    _regimens(protocol, place, setting)
    check_design(protocol, place, setting)
    check_behavior(protocol, place, setting)
    _randomization(protocol, place)
    for number, rule in enumerate(protocol.safety):
        _output(rule.output, ["safety", number, "output"], place)
        if (rule.above is None) == (rule.below is None):
            place.fault(["safety", number], "a safety rule has no level, or two", "above or below")
    _eligibility(protocol, place)
    _visits(protocol, place)
    _endpoints(protocol, place)
    for number, analysis in enumerate(protocol.analyses):
        _analysis(protocol, analysis, ["analyses", number], place)


def _regimens(protocol: Protocol, place: Place, setting: Setting) -> None:
    def read(path: list[str | int], text: RegimenText, *, is_plain: bool = False) -> None:
        try:
            has_rules = regimen_of(text, setting).has_rules
        except SpeciosaError as fault:
            place.fault(path, str(fault).rstrip("."), advice="`speciosa regimen` tells how a text is read.")
        if is_plain and has_rules:
            place.fault(path, "doses beside those of the arm have rules", "doses at known times")

    if protocol.history is not None:
        read(["history"], protocol.history)
    for name, arm in protocol.arms.items():
        read(["arms", name, "regimen"], arm.regimen)
        if arm.rescue is not None:
            read(["arms", name, "rescue"], arm.rescue)
        if regimen_of(arm.regimen, setting).history is not None:
            place.fault(
                ["arms", name, "regimen"],
                "the arm states what came before",
                "the same history in every arm",
                "Write it as `history` of the protocol.",
            )
        if arm.behavior is not None:
            _doses_beside(arm.behavior, ["arms", name, "behavior"], read)
    _doses_beside(protocol.behavior, ["behavior"], read)


def _doses_beside(behavior: Behavior, path: list[str | int], read: Callable[..., None]) -> None:
    if behavior.use is not None:
        read([*path, "use", "takes"], behavior.use.takes, is_plain=True)
    if behavior.then is not None:
        read([*path, "then"], behavior.then, is_plain=True)


def _randomization(protocol: Protocol, place: Place) -> None:
    total = sum(arm.ratio for arm in protocol.arms.values())
    for size in protocol.randomization.blocks:
        if size <= 0:
            place.fault(["randomization", "block"], f"a block has {size} people", f"a multiple of {total}")
        if size % total:
            place.fault(
                ["randomization", "block"],
                f"a block has {size} people, and the ratios of the arms add up to {total}",
                f"a multiple of {total}",
                "Otherwise blocks cannot hold the arms in their ratio.",
            )
    for number, stratum in enumerate(protocol.randomization.strata):
        path: list[str | int] = ["randomization", "strata", number, "by"]
        _covariate_or_scale(stratum.by, path, place)
        if stratum.by in LEVELS and stratum.cuts:
            place.fault(path[:-1], f"{stratum.by} is cut at numbers", "a category without cuts")
        if stratum.by not in LEVELS and not stratum.cuts:
            place.fault(path[:-1], f"{stratum.by} is a number without cuts", "where to cut it: cuts = [40]")


def _covariate_or_scale(name: str, path: list[str | int], place: Place) -> None:
    known = (*LIMITS, *LEVELS, *(scale.name for scale in SCALES))
    if name not in known:
        raise UnknownNameError("covariate or scale", name, known, where=place.at(path))


def _eligibility(protocol: Protocol, place: Place) -> None:
    for name, allowed in protocol.eligibility.covariates.items():
        path: list[str | int] = ["eligibility", "covariates", name]
        if name not in LIMITS and name not in LEVELS:
            raise UnknownNameError("covariate", name, (*LIMITS, *LEVELS), where=place.at(path))
        if isinstance(allowed, list) != (name in LEVELS):
            wanted = "a list of levels" if name in LEVELS else "at_least and at_most"
            place.fault(path, f"{name} is limited in a way that it does not have", wanted)
        for level in allowed if isinstance(allowed, list) else ():
            if level not in LEVELS[name]:
                raise UnknownNameError(f"level of {name}", level, LEVELS[name], where=place.at(path))
    for name in protocol.eligibility.scores:
        _scale(name, ["eligibility", "scores", name], place)
    most = protocol.eligibility.screen_at_most
    if most is not None and most < protocol.people.size:
        place.fault(
            ["eligibility", "screen_at_most"],
            f"{most} people are screened for {protocol.people.size} who are randomized",
            "at least as many",
        )


def _scale(name: str, path: list[str | int], place: Place) -> None:
    known = [scale.name for scale in SCALES]
    if name not in known:
        raise UnknownNameError("scale", name, known, where=place.at(path))


def _visits(protocol: Protocol, place: Place) -> None:
    for number, visit in enumerate(protocol.visits):
        path: list[str | int] = ["visits", number]
        if (visit.at is None) == (visit.every is None):
            place.fault(path, "a visit has both `at` and `every`, or neither", "one of the two")
        for key, value in (("at", visit.at), ("from", visit.start), ("until", visit.end)):
            if value is not None and value < 0.0:
                place.fault(
                    [*path, key],
                    f"a visit lies {in_words(-value)} before the start",
                    "time 0, which is randomization, or later",
                    "Scores at baseline are rated at time 0; limit them in [eligibility.scores].",
                )
            if value is not None and value > protocol.until:
                place.fault(
                    [*path, key],
                    f"a visit lies at {in_words(value)}, and the trial ends at {in_words(protocol.until)}",
                    "a visit within the trial",
                )
        if visit.every is not None and visit.every <= 0.0:
            place.fault([*path, "every"], "visits are no time apart", "more than zero")
        for name in visit.scales:
            _scale(name, [*path, "scales"], place)


def _endpoints(protocol: Protocol, place: Place) -> None:
    visits = visits_of(protocol)
    names = [item.name for item in protocol.endpoints]
    for number, item in enumerate(protocol.endpoints):
        path: list[str | int] = ["endpoints", number]
        if names.count(item.name) > 1:
            place.fault([*path, "name"], f"two endpoints are named {item.name!r}", "one name each")
        if item.measure in BY_RATING:
            _rated(item, path, place, visits)
            if item.measure == "change":
                _baseline(protocol, item, [*path, "measure"], place)
        elif item.scale is not None:
            place.fault([*path, "scale"], f"{item.measure!r} is measured without a scale", "no scale")
        if item.measure in ("highest", "lowest") and item.output is None:
            place.fault(path, f"{item.measure!r} has no output", 'output = "effect.ventilation"')
        if item.output is not None:
            _output(item.output, [*path, "output"], place)
        if item.measure == "negative share" and not len(visits.urine):
            place.fault(path, "no visit tests urine", "visits with urine = true")
        if item.end is not None and item.end <= item.start:
            place.fault(path, "the window ends before it starts", "until after from")


def _output(name: str, path: list[str | int], place: Place) -> None:
    """See that a kind of output exists; whether an arm has it, its drugs decide."""
    if name not in KINDS and name.split(".", maxsplit=1)[0] not in KINDS:
        raise UnknownNameError("output", name, KINDS, where=place.at(path))


def _rated(item: Endpoint, path: list[str | int], place: Place, visits: Visits) -> None:
    if item.scale is None:
        place.fault(path, f"{item.measure!r} has no scale", 'scale = "COWS"')
    _scale(item.scale, [*path, "scale"], place)
    rated = visits.times_of(item.scale)
    if not len(rated):
        place.fault(
            [*path, "scale"],
            f"no visit rates {item.scale}",
            "a visit with it",
            "Add it to `scales` of a visit.",
        )
    if item.measure in ("score", "change"):
        if item.at is None:
            place.fault(path, f"{item.measure!r} has no time", 'at = "3 d"')
        if item.at not in rated:
            place.fault(
                [*path, "at"],
                f"no visit at {in_words(item.at)} rates {item.scale}",
                f"one of {', '.join(in_words(float(time)) for time in rated)}",
            )
    if item.measure == "days in band":
        scale = next(scale for scale in SCALES if scale.name == item.scale)
        bands = (scale.below, *(name for name, _ in scale.bands))
        if not scale.bands:
            place.fault([*path, "scale"], f"{scale.name} has no severity bands", "a scale with bands: COWS")
        if item.band not in bands:
            raise UnknownNameError("band", str(item.band), bands, where=place.at([*path, "band"]))


def _baseline(protocol: Protocol, item: Endpoint, path: list[str | int], place: Place) -> None:
    """See that the scale of an endpoint is rated at time 0."""
    if item.scale is None or 0.0 not in visits_of(protocol).times_of(item.scale):
        place.fault(
            path,
            f"{item.name!r} has no rating at time 0",
            "an endpoint of a scale that is rated at baseline",
            'Add a visit: at = "0 h".',
        )


def _analysis(protocol: Protocol, item: Analysis, path: list[str | int], place: Place) -> None:
    names = [endpoint.name for endpoint in protocol.endpoints]
    if item.endpoint not in names:
        raise UnknownNameError("endpoint", item.endpoint, names, where=place.at([*path, "endpoint"]))
    endpoint = protocol.endpoint(item.endpoint)
    fitting = [method for method, measures in FITTING.items() if endpoint.measure in measures]
    if item.method not in fitting:
        place.fault(
            [*path, "method"],
            f"{item.method!r} cannot analyze an endpoint of measure {endpoint.measure!r}",
            f"one of {', '.join(fitting)}",
        )
    design = BY_DESIGN.get(item.method)
    if design is not None and protocol.design != design:
        place.fault(
            [*path, "method"],
            f"{item.method!r} needs a {design} design, and this one is {protocol.design}",
            "a method that the design supports",
        )
    if item.method != OWN.get(protocol.design, item.method):
        place.fault(
            [*path, "method"],
            f"{item.method!r} compares groups, and in a {protocol.design} design people change arms",
            OWN[protocol.design],
        )
    if item.method == "adjusted difference":
        _baseline(protocol, endpoint, [*path, "method"], place)
    if item.against is not None and item.against not in protocol.arms:
        raise UnknownNameError("arm", item.against, protocol.arms, where=place.at([*path, "against"]))
    if item.method not in ALONE and len(protocol.arms) < 2:  # noqa: PLR2004
        place.fault([*path, "method"], f"{item.method!r} compares arms, and there is one", "two arms or more")
