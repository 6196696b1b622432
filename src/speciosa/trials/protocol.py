"""A trial's protocol: arms, people, visits, behavior, endpoints and analyses, as its file states them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from speciosa.simulation.written import PeoplePart, RegimenText
from speciosa.trials.timing import DAY, Hours

Measure = Literal[
    "score",
    "change",
    "mean",
    "peak",
    "area",
    "days in band",
    "time to leaving",
    "completion",
    "seen",
    "negative share",
    "time to use",
    "highest",
    "lowest",
    "stopped for safety",
]
Method = Literal[
    "difference of means",
    "adjusted difference",
    "mixed model",
    "difference of shares",
    "odds ratio",
    "Kaplan-Meier",
    "log-rank",
    "Cox",
    "restricted mean",
    "crossover difference",
    "regime means",
]


class Part(BaseModel):
    """What every part of a protocol is: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Part):
    """Limits, both included.

    Parameters
    ----------
    at_least, at_most : float, optional
    """

    at_least: float | None = None
    at_most: float | None = None


class Eligibility(Part):
    """Who may take part.

    Parameters
    ----------
    covariates : table
        Name of a covariate to its limits, or to the levels that are allowed.
    scores : table
        Name of a scale to the limits of its rating at the baseline visit, before the first dose.
    screen_at_most : int, optional
        How many people are screened at most; twenty times those wanted if left out.
    """

    covariates: dict[str, Range | list[str]] = Field(default_factory=dict)
    scores: dict[str, Range] = Field(default_factory=dict)
    screen_at_most: int | None = None


class Stratum(Part):
    """What randomization is balanced over.

    Parameters
    ----------
    by : str
        A covariate, or a scale rated at baseline.
    cuts : list of float
        Where numbers are cut into groups; a value at a cut belongs to the group above it.
    """

    by: str
    cuts: list[float] = Field(default_factory=list)


class Randomization(Part):
    """Permuted blocks within strata.

    Parameters
    ----------
    block : int or list of int
        Size of a block, or sizes that are drawn from; multiples of the sum of the arms' ratios.
    strata : list of Stratum
    """

    block: int | list[int] | None = None
    strata: list[Stratum] = Field(default_factory=list)

    @property
    def blocks(self) -> list[int]:
        """Sizes of blocks; empty if each person is drawn alone."""
        if self.block is None:
            return []
        return [self.block] if isinstance(self.block, int) else self.block


class Stated(Part):
    """A chance or a hazard: on the logarithm of odds, or of the hazard a day.

    Each number is one that the protocol assumes, or the id of an evidence row.

    Parameters
    ----------
    start : float or str
        The intercept.
    severity : float or str
        Change with each COWS severity class of the last rating (0 none, 1 mild, 2 moderate, 3 above).
    craving : float or str
        Change with each 10 points of craving, from 0 to 100.
    taper, after : float or str
        Change in the taper, and after the last planned dose.
    week : float or str
        Change with each unit of ln(1 + weeks).
    before : float or str
        Change if the last tested week was positive.
    again : float or str
        Change if the day before was missed too.
    """

    start: float | str
    severity: float | str = 0.0
    craving: float | str = 0.0
    taper: float | str = 0.0
    after: float | str = 0.0
    week: float | str = 0.0
    before: float | str = 0.0
    again: float | str = 0.0


class Use(Part):
    """What non-study opioid use consists of, where it is to be simulated and not only tested for.

    Parameters
    ----------
    takes : str
        Doses of one day of use, at times from the start of that day.
    days : int
        Days of use in a week whose urine is positive.
    """

    takes: str
    days: int = 1


class Behavior(Part):
    """What people do besides following the protocol; nothing, unless it is stated.

    Chances are the name of a group of people whose records they were fitted to, or numbers that the protocol
    assumes.

    Parameters
    ----------
    leaving : str or Stated, optional
        Hazard a day of leaving the trial.
    attending : str or Stated, optional
        Odds of being seen in a week.
    missing : str or Stated, optional
        Odds of a day without the doses of the arm.
    doubling : float
        Chance of a day on which every dose of the arm is taken twice.
    using : str or Stated, optional
        Odds of a week with opioids in urine that are not the arm's.
    use : Use, optional
        What is taken in such a week.
    then : str or table, optional
        Regimen from leaving on, to the end of the trial; nothing is known of those who left without it.
    """

    leaving: str | Stated | None = None
    attending: str | Stated | None = None
    missing: str | Stated | None = None
    doubling: float = Field(default=0.0, ge=0.0, le=1.0)
    using: str | Stated | None = None
    use: Use | None = None
    then: RegimenText | None = None


class Taper(Part):
    """When an arm tapers.

    Parameters
    ----------
    start, end : duration
        From the start of the arm.
    """

    start: Hours = Field(alias="from")
    end: Hours = Field(alias="until")


class Arm(Part):
    """An arm.

    Parameters
    ----------
    regimen : str or table
        What is taken from time 0 on; ``"nothing"`` for a placebo that holds nothing.
    ratio : int
        Share of people relative to the other arms.
    rescue : str, optional
        Medication beside it, with its rule: ``"clonidine 0.1 mg once when COWS reaches 13"``.
    taper : Taper, optional
        Where the regimen tapers, for chances that change then.
    behavior : Behavior, optional
        In place of that of the trial.
    text : str
        What is given, for the report.
    """

    regimen: RegimenText
    ratio: int = Field(default=1, ge=1)
    rescue: str | None = None
    taper: Taper | None = None
    behavior: Behavior | None = None
    text: str = ""


class Visit(Part):
    """One visit, or visits at equal distances.

    Parameters
    ----------
    at : duration, optional
        Of one visit.
    every : duration, optional
        Distance of visits.
    start, end : duration, optional
        First and last of them; the baseline and the end of the trial if left out.
    scales : list of str
        What is rated.
    urine : bool
        Whether urine is tested.
    """

    at: Hours | None = None
    every: Hours | None = None
    start: Hours | None = Field(default=None, alias="from")
    end: Hours | None = Field(default=None, alias="until")
    scales: list[str] = Field(default_factory=list)
    urine: bool = False


class Safety(Part):
    """When a person is taken off the doses for safety, and when an arm takes nobody any more.

    Parameters
    ----------
    output : str
        Name of an output.
    above, below : float, optional
        Beyond which level.
    share : float, optional
        An arm stops once it is likely that more than this share of its people go beyond the level.
    certainty : float
        How likely, by the Beta(1, 1) posterior of those treated so far.
    look : int
        After how many people each.
    """

    output: str
    above: float | None = None
    below: float | None = None
    share: float | None = Field(default=None, gt=0.0, lt=1.0)
    certainty: float = Field(default=0.95, gt=0.5, lt=1.0)
    look: int = Field(default=10, ge=1)


class Crossover(Part):
    """Periods and sequences.

    Parameters
    ----------
    period, washout : duration
    sequences : list of list of str
        Arms in the order of periods; every order of two arms if left out.
    """

    period: Hours
    washout: Hours = 0.0
    sequences: list[list[str]] = Field(default_factory=list)


class Escalation(Part):
    """Cohorts at doses that rise; the arms are the levels, the lowest first.

    Parameters
    ----------
    rule : {"3+3", "CRM"}
    cohort : int
        People of a cohort; three in 3+3.
    target : float
        Share with a limiting event that the CRM looks for.
    skeleton : list of float
        Prior guess of that share at each level.
    spread : float, optional
        Prior standard deviation of the CRM's parameter.
    most : int
        People at most.
    """

    rule: Literal["3+3", "CRM"] = "3+3"
    cohort: int = Field(default=3, ge=1)
    target: float = Field(default=0.25, gt=0.0, lt=1.0)
    skeleton: list[float] = Field(default_factory=list)
    spread: float | None = Field(default=None, gt=0.0)
    most: int = Field(default=36, ge=1)


class Sequential(Part):
    """Two stages: who responds to the first arm and who does not go on differently.

    Parameters
    ----------
    first : list of str
        Arms of the first stage.
    decide : duration
        When response is judged, at a visit.
    scale : str
    at_most : float
        A rating up to this level is a response.
    responders, others : list of str
        Arms of the second stage; with several, people are randomized again. ``"same"`` goes on as before.
    """

    first: list[str]
    decide: Hours
    scale: str
    at_most: float
    responders: list[str] = Field(default_factory=lambda: ["same"])
    others: list[str]


class Endpoint(Part):
    """One number of each person.

    Parameters
    ----------
    name : str
    measure : str
        How it is measured.
    scale : str, optional
        Of ratings, for the measures of scores.
    output : str, optional
        Of the model, for ``highest`` and ``lowest``.
    band : str, optional
        Severity band of the scale, for ``days in band``.
    at : duration, optional
        Of the visit, for ``score`` and ``change``.
    start, end : duration, optional
        Window of the other measures.
    after_last_dose : bool
        Whether the window counts from each person's last dose of the arm.
    carried : bool
        Whether the last rating before leaving stands for those after it.
    missing_is_positive : bool
        Whether a urine that was not given counts as positive.
    """

    name: str
    measure: Measure
    scale: str | None = None
    output: str | None = None
    band: str | None = None
    at: Hours | None = None
    start: Hours = Field(default=0.0, alias="from")
    end: Hours | None = Field(default=None, alias="until")
    after_last_dose: bool = False
    carried: bool = False
    missing_is_positive: bool = True


class Analysis(Part):
    """One analysis of an endpoint.

    Parameters
    ----------
    endpoint : str
        Its name; for the mixed model one of measure ``score`` or ``change``, whose scale is analyzed over all
        visits up to its own.
    method : str
    against : str, optional
        Arm that the others are compared with; the first if left out.
    level : float
        Of intervals.
    until : duration, optional
        Of the restricted mean; the end of the trial if left out.
    """

    endpoint: str
    method: Method
    against: str | None = None
    level: float = Field(default=0.95, gt=0.5, lt=1.0)
    until: Hours | None = None


class Protocol(Part):
    """A protocol.

    Parameters
    ----------
    title, question : str
    design : {"parallel", "crossover", "escalation", "sequential"}
    until : duration
        End, from randomization on.
    history : str or table, optional
        What everybody took before.
    people : table
        Who takes part; ``size`` is the number to be randomized.
    eligibility : Eligibility
    randomization : Randomization
    arms : table of Arm
    visits : list of Visit
    behavior : Behavior
        Of all arms that do not state their own.
    safety : list of Safety
    crossover, escalation, sequential : table, optional
        Of the design of that name.
    endpoints : list of Endpoint
    analyses : list of Analysis
    every : duration
        Step of the recorded times.
    values, choose : table
        What-if values and alternatives of the evidence, as in a scenario.
    target : str
        Engine.
    expected : str
        What is known of the question already, for the report.
    unknown : list of str
        What is not known, said in the report.
    """

    title: str
    question: str = ""
    design: Literal["parallel", "crossover", "escalation", "sequential"] = "parallel"
    until: Hours
    history: RegimenText | None = None
    people: PeoplePart = Field(default_factory=PeoplePart)
    eligibility: Eligibility = Eligibility()
    randomization: Randomization = Randomization()
    arms: dict[str, Arm]
    visits: list[Visit] = Field(default_factory=list)
    behavior: Behavior = Behavior()
    safety: list[Safety] = Field(default_factory=list)
    crossover: Crossover | None = None
    escalation: Escalation | None = None
    sequential: Sequential | None = None
    endpoints: list[Endpoint] = Field(default_factory=list)
    analyses: list[Analysis] = Field(default_factory=list)
    every: Hours = 4.0
    values: dict[str, float] = Field(default_factory=dict)
    choose: dict[str, str] = Field(default_factory=dict)
    target: str = "auto"
    expected: str = ""
    unknown: list[str] = Field(default_factory=list)

    def behavior_of(self, arm: str) -> Behavior:
        """Behavior in an arm."""
        return self.arms[arm].behavior or self.behavior

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of a name."""
        return next(item for item in self.endpoints if item.name == name)

    @property
    def days(self) -> int:
        """Days of the trial, the last one even if it is begun only."""
        return int(-(-self.until // DAY))

    def resolved(self) -> dict[str, Any]:
        """What a file would say, with everything that was left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
