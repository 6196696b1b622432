"""From a target to its plan: which items, doses, people, windows and comparisons its study means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from speciosa.drugs import Drug, Product
from speciosa.drugs.interaction import PHENOTYPES
from speciosa.errors import SpeciosaError
from speciosa.people import activity_score
from speciosa.qualification.designs import Designs, People, ProductWords
from speciosa.qualification.plan import Arm, Crowd, NotRunError, Piece, Plan, Sizes
from speciosa.qualification.quantities import ABSORBED, NO_MODULE, Metric, Quantity, quantity_of
from speciosa.qualification.study import Study, Treatment
from speciosa.regimens import Dose, Regimen, Segment, input_doses
from speciosa.regimens.vocabulary import ROUTES
from speciosa.simulation import Setting

DAY = 24.0
FOLLOWED = 72.0
"""Hours for which single doses are followed where the design does not say."""
STEP = 0.5
"""Step, h, of the even grid on which absorption is deconvolved."""
ACTIVITY = "cyp2d6_activity_score"
INTRAVENOUS = "intravenous"
GLUCURONIDE = "morphine-6-glucuronide"


@dataclass(frozen=True)
class _Given:
    """A treatment as the library knows it."""

    treatment: Treatment
    item: Drug | Product
    dose: Dose
    molecules: tuple[str, ...]

    @property
    def main(self) -> str:
        return self.item.main if isinstance(self.item, Product) else self.item.name


def plan_of(study: Study, designs: Designs, setting: Setting, sizes: Sizes) -> Plan:
    """Plan a target.

    Parameters
    ----------
    study : Study
    designs : Designs
    setting : Setting
    sizes : Sizes

    Returns
    -------
    Plan

    Raises
    ------
    NotRunError
        With the reason, where the library cannot run the target.
    """
    return _Planner(study, designs, setting, sizes).plan()


class _Planner:
    def __init__(self, study: Study, designs: Designs, setting: Setting, sizes: Sizes) -> None:
        self.study, self.designs, self.setting, self.sizes = study, designs, setting, sizes
        self.target = study.target
        self.design = designs.design(self.target.id)

    def plan(self) -> Plan:
        quantity = quantity_of(self.target.quantity)
        if quantity is None:
            reason = NO_MODULE.get(self.target.quantity, f"no module gives {self.target.quantity!r} yet")
            raise NotRunError(reason)
        analytes = self._analytes()
        given = [self._given(item, quantity) for item in self.study.treatments]
        victims = [item for item in given if set(analytes) <= set(item.molecules)]
        if not victims:
            names = ", ".join(item.drug for item in self.study.treatments)
            raise NotRunError(f"nothing in the library makes {' and '.join(analytes)} of {names}")
        others = [item for item in given if item not in victims]
        for name in self._people().studied:
            self._check_matters(name, {name for item in victims for name in item.molecules})
        if quantity.against == "no perpetrator":
            self._check_perpetrators(victims, others)
        return self._composed(quantity, analytes, *self._timed(victims, others))

    def _check_perpetrators(self, victims: list[_Given], others: list[_Given]) -> None:
        """A drug that keeps its empirical model cannot be a victim: a ratio of 1 would say nothing."""
        if not others:
            raise NotRunError("the target names no perpetrator")
        molecules = [name for item in victims for name in item.molecules]
        if not any(self.setting.library.drugs[name].metabolism for name in molecules):
            names = " and ".join(item.treatment.drug for item in others)
            victim = victims[0].treatment.drug
            raise NotRunError(f"the library holds no enzymes of {victim} on which {names} could act")

    def _composed(
        self, quantity: Quantity, analytes: tuple[str, ...], victims: list[_Given], others: list[_Given]
    ) -> Plan:
        crowd = self._crowd(quantity, is_paired=bool(others))
        last = max(victims, key=lambda item: (item.treatment.start or 0.0) + item.treatment.length)
        start, length, metric = self._window(quantity, last.treatment)
        choices = tuple(sorted(self.design.choices.items()))
        piece = Piece(Arm(_regimen([*victims, *others]), crowd, choices), analytes, start, length)
        above, below = self._compared(quantity, piece, victims, last)
        statistic = self.design.statistic or quantity.statistic
        return Plan(self.study, quantity, self.design, metric, above, below, statistic)

    # Which molecules, items, doses -------------------------------------------------------------------

    def _analytes(self) -> tuple[str, ...]:
        """What was measured: stated by the design, else the drug of the target's first evidence row."""
        if self.design.analytes:
            return tuple(
                molecule for name in self.design.analytes for molecule in self._molecules_named(name)
            )
        rows = [self.setting.evidence.rows.get(name) for name in self.target.evidence_ids]
        name = next((row.drug for row in rows if row is not None), self.target.topic)
        return self._molecules_named(name)

    def _molecules_named(self, name: str) -> tuple[str, ...]:
        item = self._item(name)
        return tuple(part.drug for part in item.components) if isinstance(item, Product) else (item.name,)

    def _item(self, name: str) -> Drug | Product:
        if name.lower() not in self.setting.library.names:
            raise NotRunError(f"the library has no {name}")
        return self.setting.library.item(name)

    def _given(self, treatment: Treatment, quantity: Quantity) -> _Given:
        item, words = self._product(treatment)
        roots = [part.drug for part in item.components] if isinstance(item, Product) else [item.name]
        molecules = tuple(
            dict.fromkeys(drug.name for root in roots for drug in self.setting.library.family(root))
        )
        route = self._route(item, words.route if words and words.route else treatment.route)
        return _Given(treatment, item, self._dose(treatment, item, words, route, quantity), molecules)

    def _product(self, treatment: Treatment) -> tuple[Drug | Product, ProductWords | None]:
        """The item of the library, and what the designs say of it."""
        words = self.designs.product(treatment.drug, treatment.product)
        if words is not None:
            return self._item(words.item), words
        plain = self._item(treatment.drug)
        if not treatment.product:
            return plain, None
        for name in (f"{treatment.drug} {treatment.product}", treatment.product):
            if name.lower() in self.setting.library.names:
                return self.setting.library.item(name), None
        raise NotRunError(f"the library has no {treatment.product!r} of {treatment.drug}")

    def _route(self, item: Drug | Product, name: str) -> str | None:
        if not name:
            return None
        word = name.removesuffix(" infusion")
        route = self.setting.library.route_of(item, ROUTES.get(word, word))
        if route is None:
            raise NotRunError(f"{item.name} has no route {name!r} in the library")
        return route

    def _dose(
        self,
        treatment: Treatment,
        item: Drug | Product,
        words: ProductWords | None,
        route: str | None,
        quantity: Quantity,
    ) -> Dose:
        if treatment.dose is None:
            if treatment.dose_text or quantity.dimension in ("concentration", "area"):
                raise NotRunError(f"the dose of {treatment.drug} is {treatment.dose_text or 'not stated'!r}")
            # Times and ratios do not depend on the dose where the model is linear: one unit stands for any.
            return Dose(item.name, 1.0, treatment.unit, route, duration=treatment.duration)
        if treatment.per == "h":
            return self._rate(treatment, item, route, quantity)
        weight = self._crowd(quantity, is_paired=False).typical(self.setting).weight
        amount = treatment.dose.middle * {"": 1.0, "kg": weight, "70kg": weight / 70.0}[treatment.per]
        if words is not None and words.measured:
            measured = ((words.measured, amount),)
            return Dose(item.name, 0.0, treatment.unit, route, containing=measured)
        content = tuple(words.content.items()) if words else ()
        return Dose(item.name, amount, treatment.unit, route, content, duration=treatment.duration)

    def _rate(
        self, treatment: Treatment, item: Drug | Product, route: str | None, quantity: Quantity
    ) -> Dose:
        """The dose of a patch, which the library keeps on for as long as it is made for."""
        if isinstance(item, Drug):
            item = self._patch(item)
        if item.wear is None:
            raise NotRunError(f"{item.name} is not dosed by a rate in the library")
        if treatment.duration and quantity.against == "nothing":
            raise NotRunError(f"a {item.name} of the library is not removed before its time")
        rate = float(treatment.dose.middle) if treatment.dose else 0.0
        return Dose(item.name, rate, f"{treatment.unit}/h", route)

    def _patch(self, drug: Drug) -> Product:
        """The patch that the library has of a drug."""
        for product in self.setting.library.products.values():
            if product.main == drug.name and product.wear is not None:
                return product
        raise NotRunError(f"{drug.name} is not dosed by a rate in the library")

    # Who and when ------------------------------------------------------------------------------------

    def _people(self) -> People:
        words = self.design.people or self.study.population
        if not words:
            return People()
        if words not in self.designs.populations:
            raise NotRunError(f"no people of the library are {words!r}")
        people = self.designs.populations[words]
        if people.cyp2d6 is None:
            return people
        score = {ACTIVITY: activity_score(people.cyp2d6, self.setting.evidence)}
        return replace(people, covariates={**people.covariates, **score}, studied=(*people.studied, ACTIVITY))

    def _crowd(self, quantity: Quantity, *, is_paired: bool) -> Crowd:
        people = self._people()
        return Crowd(
            self.sizes.pairs if is_paired else self.sizes.people,
            self.sizes.seed,
            tuple(sorted(people.covariates.items())),
            people.is_alike,
            self._is_varied(quantity),
        )

    def _others(self, crowd: Crowd) -> Crowd:
        """The people that those of the study are compared with."""
        people = self._people()
        if not people.studied:
            raise NotRunError(f"nothing says with whom {self.study.population!r} are compared")
        kept = {name: value for name, value in people.covariates.items() if name not in people.studied}
        return replace(crowd, covariates=tuple(sorted({**kept, **people.reference}.items())))

    def _check_matters(self, covariate: str, molecules: Iterable[str]) -> None:
        """A covariate that is studied must act on a drug of the study, or the answer is empty."""
        drugs = [self.setting.library.drugs[name] for name in molecules]
        enzymes = {enzyme for enzyme, name in PHENOTYPES.items() if name == covariate}
        for drug in drugs:
            cleared = set(drug.metabolism.enzymes) if drug.metabolism else set()
            if cleared & enzymes or any(item.covariate == covariate for item in drug.covariates):
                return
        names = ", ".join(sorted(molecules))
        raise NotRunError(f"the library knows no effect of {covariate} on {names}")

    def _is_varied(self, quantity: Quantity) -> bool:
        return (self.design.statistic or quantity.statistic) != "typical"

    def _timed(self, victims: list[_Given], others: list[_Given]) -> tuple[list[_Given], list[_Given]]:
        """The treatments with their starts: the last doses of victim and perpetrators coincide by default."""
        if not others:
            return [_started(item, item.treatment.start or 0.0) for item in victims], []
        if all(item.treatment.start is not None for item in victims):
            return victims, [_started(item, item.treatment.start or 0.0) for item in others]
        length = max(item.treatment.length for item in others)
        own = max(item.treatment.length for item in victims)
        if self.design.victim_start is not None:
            begin = self.design.victim_start
            return [_started(item, begin) for item in victims], [_started(item, 0.0) for item in others]
        end = max(length, own)
        return (
            [_started(item, end - item.treatment.length) for item in victims],
            [_started(item, end - item.treatment.length) for item in others],
        )

    def _window(self, quantity: Quantity, last: Treatment) -> tuple[float, float, Metric]:
        """Start and length of what is read, h, and what is read."""
        start = (last.start or 0.0) + last.length
        if quantity.origin == "end of input":
            start += last.duration or last.interval
        is_steady = last.doses > 1
        metric = quantity.metric
        if self.design.reading == "trough":
            metric = "Clast"
        elif is_steady and metric == "AUCinf":
            # In the steady state the exposure is the area over the dosing interval.
            metric = "AUC"
        if quantity.until is not None:
            length = quantity.until
        elif is_steady and (metric == "AUC" or not quantity.is_after_input):
            length = last.interval
        else:
            length = self.design.sampled_until or FOLLOWED
        return start, length, metric

    # What it is compared with ------------------------------------------------------------------------

    def _compared(
        self, quantity: Quantity, piece: Piece, victims: list[_Given], last: _Given
    ) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """The pieces above and below the line."""
        parent = replace(piece, analytes=(last.main,))
        first = replace(piece, start=min(item.treatment.start or 0.0 for item in victims))
        below: tuple[Piece, ...] = ()
        if quantity.dimension == "clearance":
            return (), (replace(piece, factor=1.0 / self._amounts(last)[last.main]),)
        match quantity.against:
            case "no perpetrator":
                below = (replace(piece, arm=replace(piece.arm, regimen=_regimen(victims))),)
            case "other people":
                arm = replace(piece.arm, crowd=self._others(piece.arm.crowd))
                below = (replace(piece, arm=arm),)
            case "parent":
                below = (parent,)
            case "first dose":
                below = (first,)
            case "parent and first dose":
                return (piece, replace(first, analytes=parent.analytes)), (parent, first)
            case "intravenous":
                below = (self._intravenous(piece, last),)
            case "peak":
                below = (replace(piece, length=last.treatment.interval, metric="Cmax"),)
            case "first pass":
                return self._first_pass(piece, parent, last)
        return (piece,), below

    def _first_pass(
        self, piece: Piece, parent: Piece, last: _Given
    ) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """Metabolite per parent after the vein over the same after the mouth: what is not first pass."""
        if GLUCURONIDE not in last.molecules:
            raise NotRunError(f"{last.main} forms no {GLUCURONIDE} in the library")
        infused = replace(self._intravenous(piece, last), analytes=parent.analytes)
        made = (GLUCURONIDE,)
        return (replace(infused, analytes=made), parent), (infused, replace(piece, analytes=made))

    def _main_drug(self, given: _Given) -> Drug:
        return self.setting.library.drugs[given.main]

    def _intravenous(self, piece: Piece, given: _Given) -> Piece:
        """The same people with the same dose by vein; over one step of the grid where absorption is read."""
        drug = self._main_drug(given)
        if drug.route(INTRAVENOUS) is None:
            raise NotRunError(f"{drug.name} has no intravenous route in the library to compare with")
        over = STEP if quantity_of(self.target.quantity) is ABSORBED else 0.0
        dose = Dose(drug.name, self._amounts(given)[drug.name], "mg", INTRAVENOUS, duration=over)
        infused = replace(given, dose=dose, item=drug)
        return replace(piece, arm=replace(piece.arm, regimen=_regimen([infused])))

    def _amounts(self, given: _Given) -> dict[str, float]:
        regimen = _regimen([replace(given, treatment=replace(given.treatment, doses=1))])
        doses = input_doses(
            regimen.administrations(given.treatment.start or 0.0), self.setting.library, self.setting.evidence
        )
        return {dose.use.drug: dose.amount_mg for dose in doses}


def _started(given: _Given, start: float) -> _Given:
    return replace(given, treatment=replace(given.treatment, start=start))


def _regimen(given: Iterable[_Given]) -> Regimen:
    return Regimen(tuple((_segment(item),) for item in given))


def _segment(given: _Given) -> Segment:
    treatment = given.treatment
    start = treatment.start or 0.0
    if treatment.doses == 1:
        return Segment(start, start + DAY, given.dose, inf)
    return Segment(start, start + treatment.doses * treatment.interval, given.dose, treatment.interval)


def check_doses(pieces: Sequence[Piece], setting: Setting) -> None:
    """Let the library refuse what it cannot dose.

    Raises
    ------
    NotRunError
        With the library's own words.
    """
    for arm in dict.fromkeys(piece.arm for piece in pieces):
        try:
            input_doses(arm.regimen.administrations(arm.regimen.end), setting.library, setting.evidence)
        except SpeciosaError as fault:
            raise NotRunError(str(fault)) from fault
