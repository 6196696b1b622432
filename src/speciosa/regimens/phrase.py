"""What the words of one part have said so far, and the segment that they come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from speciosa.drugs import Drug, Product
from speciosa.errors import RegimenError
from speciosa.regimens.change import Change
from speciosa.regimens.cursor import Place
from speciosa.regimens.dose import PER_HOUR, Dose, number
from speciosa.regimens.rules import Condition, VisitRule
from speciosa.regimens.segment import Missed, Segment
from speciosa.regimens.times import DAY
from speciosa.units import convert

if TYPE_CHECKING:
    from speciosa.regimens.grammar import Library

TIMES_OF_A_DAILY_TOTAL = 4
NOWHERE = Place()


@dataclass
class Phrase:
    """Collected words; everything is optional until `segment` asks for it."""

    item: str | None = None
    is_item_named: bool = False
    amount: float | None = None
    unit: str = "mg"
    amount_place: Place = NOWHERE
    is_daily: bool = False
    route: str | None = None
    route_place: Place = NOWHERE
    period: float | None = None
    offsets: tuple[float, ...] = (0.0,)
    is_by_clock: bool = False
    duration: float = 0.0
    change: Change | None = None
    content: list[tuple[str, float]] = field(default_factory=list)
    containing: list[tuple[str, float]] = field(default_factory=list)
    missed_doses: tuple[int, ...] = ()
    missed_every: int = 0
    missed_days: tuple[int, ...] = ()
    starts_when: Condition | None = None
    stops_when: Condition | None = None
    visits: list[VisitRule] = field(default_factory=list)
    start: float | None = None
    length: float | None = None
    until: float | None = None
    count: int | None = None
    notes: list[str] = field(default_factory=list)

    @classmethod
    def following(cls, previous: Phrase | None) -> Phrase:
        """A phrase after "then": item, amount, route, rhythm and content stay until said otherwise."""
        if previous is None:
            return cls()
        return cls(
            item=previous.item,
            amount=previous.amount,
            unit=previous.unit,
            amount_place=previous.amount_place,
            route=previous.route,
            route_place=previous.route_place,
            period=previous.period,
            offsets=previous.offsets,
            is_by_clock=previous.is_by_clock,
            duration=previous.duration,
            content=list(previous.content),
            containing=list(previous.containing),
        )

    def name_item(self, name: str) -> None:
        """Take an item; another one than before starts afresh."""
        if self.item is not None and name != self.item:
            self.route, self.content, self.containing = None, [], []
        self.item, self.is_item_named = name, True

    def set_amount(self, value: float, unit: str, place: Place, *, is_daily: bool) -> None:
        """Take an amount."""
        self.amount, self.unit, self.amount_place, self.is_daily = value, unit, place, is_daily
        self.containing = []

    def set_rhythm(self, period: float) -> None:
        """Take times that repeat."""
        self.period, self.offsets, self.is_by_clock = period, (0.0,), False

    def set_clock(self, offsets: tuple[float, ...]) -> None:
        """Take times of day."""
        self.period, self.offsets, self.is_by_clock = DAY, offsets, True

    def in_dose_unit(self, value: float, unit: str) -> float:
        """A step or end of a titration in the unit of the dose."""
        from speciosa.regimens.vocabulary import MASS_UNITS

        own = "mg" if self.containing else self.unit
        return float(convert(value, MASS_UNITS[unit.lower()], own))

    def end_from(self, start: float) -> float:
        """End of the part, h."""
        if self.until is not None:
            return self.until
        if self.length is not None:
            return start + self.length
        return inf

    def segment(self, start: float, library: Library) -> Segment:
        """The segment that the words come to.

        Raises
        ------
        RegimenError
            If something is missing or does not fit the item.
        """
        if self.item is None:
            raise RegimenError(
                "no drug or product is named", expected='"drug amount times": methadone 40 mg once a day'
            )
        begin = self.start if self.start is not None else start
        period, dose = self._rhythm(), self._dose(library)
        end = self.end_from(begin)
        if self.count is not None:
            end = begin + self.count * (period if period != inf else DAY)
        elif period == inf and end == inf:
            end = begin + DAY
        if self.is_daily:
            dose = self._divided(dose, period)
            period = DAY / TIMES_OF_A_DAILY_TOTAL if self.period is None else period
        return Segment(
            begin, end, dose, period, self.offsets, self.is_by_clock, self.change,
            Missed(self.missed_doses, self.missed_every, self.missed_days), self.starts_when,
            self.stops_when, tuple(self.visits),
        )  # fmt: skip

    def ended(self, segment: Segment) -> Phrase:
        """The phrase as the next part takes it up: with the dose that a titration has reached."""
        last = segment.dose_at_end() if segment.end != inf else segment.dose
        if last is not None:
            self.amount, self.containing = last.amount, list(last.containing)
        self.period = segment.period
        return self

    def _rhythm(self) -> float:
        if self.period is not None:
            return self.period
        if self.is_daily:
            return DAY / TIMES_OF_A_DAILY_TOTAL
        if (
            self.length is not None
            or self.until is not None
            or self.count is not None
            or self.change is not None
        ):
            raise RegimenError(
                f"{self.item}: nothing says how often",
                expected='"once a day", "every 6 h", "at 8:00 and 20:00"',
            )
        return inf

    def _divided(self, dose: Dose, period: float) -> Dose:
        times = len(self.offsets) if self.is_by_clock else DAY / period
        if times < 1.0:
            raise RegimenError(
                f"{self.item}: a daily amount is taken every {number(period)} h", expected="a day or less"
            )
        if self.period is None:
            self.notes.append(
                f"{number(dose.amount)} {dose.unit} a day was divided into {TIMES_OF_A_DAILY_TOTAL}"
                " equal doses, one every 6 h"
            )
        return dose.scaled(1.0 / times)

    def _dose(self, library: Library) -> Dose:
        item = library.item(str(self.item))
        if isinstance(item, Drug):
            self._check_drug(item, library)
        else:
            self._check_product(item, library)
        if self.amount is None and not self.containing:
            raise RegimenError(f"{item.name}: no amount is given", expected="an amount with its unit: 40 mg")
        return Dose(
            item.name,
            0.0 if self.containing else float(self.amount or 0.0),
            self.unit,
            self.route,
            tuple((drug or self._main(item), value) for drug, value in self.content),
            tuple(self.containing),
            self.duration,
        )

    @staticmethod
    def _main(item: Drug | Product) -> str:
        return item.main if isinstance(item, Product) else item.name

    def _check_drug(self, drug: Drug, library: Library) -> None:
        if not drug.routes:
            raise RegimenError(
                f"{drug.name} cannot be dosed: no human kinetics of it taken as such are in the library",
                advice=f"It is computed where another drug forms it. `speciosa drugs {drug.name}` says more.",
            )
        if self.content or self.containing:
            raise RegimenError(f"{drug.name} is a molecule and has no content", expected="its amount in mg")
        self._check_rate(drug.name, is_patch=False)
        self._check_route(drug, [route.name for route in drug.routes], library)

    def _check_rate(self, name: str, *, is_patch: bool) -> None:
        """A rate is the dose of a patch alone."""
        if self.unit.endswith(PER_HOUR) and not is_patch:
            raise RegimenError(
                f"{name} is dosed in {self.unit}",
                where=self.amount_place.column or None,
                excerpt=self.amount_place.excerpt or None,
                expected="an amount; a rate is the dose of a patch",
                advice='An infusion is an amount over a time: "1 mg IV over 10 h".',
            )

    def _check_product(self, product: Product, library: Library) -> None:
        self._check_rate(product.name, is_patch=product.wear is not None)
        self._check_route(product, list(product.routes), library)
        members = [component.drug for component in product.components]
        for drug, _ in (*self.content, *self.containing):
            if drug and drug not in members:
                raise RegimenError(
                    f"{product.name} has no {drug} in the library", expected=f"one of: {', '.join(members)}"
                )
        if not product.is_weighed or self.containing:
            return
        if self.amount is not None and self.unit != "g":
            amount = f"{number(self.amount)} {self.unit}"
            raise RegimenError(
                f"{amount} of what? {product.name} is weighed in grams",
                where=self.amount_place.column or None,
                excerpt=self.amount_place.excerpt or None,
                expected=f'"{product.name} containing {amount} {product.main}", or grams with the content:'
                f' "{product.name} 0.5 g (13.3 mg {product.main} per g)"',
            )
        main = next(component for component in product.components if component.drug == product.main)
        if main.content is None and not self.content:
            raise RegimenError(
                f"the content of {product.name} is not stated and has no default",
                expected=f'"({number(100)} mg {product.main} per g)", or "containing 30 mg {product.main}"',
            )

    def _check_route(self, item: Drug | Product, known: list[str], library: Library) -> None:
        if self.route is not None and library.route_of(item, self.route) is None:
            raise RegimenError(
                f"{item.name} has no {self.route} route in the library",
                where=self.route_place.column or None,
                excerpt=self.route_place.excerpt or None,
                expected=f"one of: {', '.join(known)}",
            )
