"""Which enzymes matter in a scenario, and what that does to the clearance and first pass of its drugs.

Only what a scenario needs is composed: a drug that meets no other drug at an enzyme keeps its published
kinetics untouched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from speciosa.body.enzymes import (
    Acting,
    Blocking,
    acting,
    amount,
    inhibition,
    lasting,
    levels,
    reversible,
    shared_enzymes,
    strength,
)
from speciosa.body.extraction import Extraction
from speciosa.body.quantities import CLEARANCE, NUMBER, parameter
from speciosa.drugs import Drug
from speciosa.drugs.interaction import Metabolism, Pathway, Site
from speciosa.model import Expression, Module, Output, Parameter, Signal, constant, total


@dataclass(frozen=True)
class Interplay:
    """The modules of enzymes and metabolism of a scenario, and what dispositions need to know of them.

    Parameters
    ----------
    modules : tuple of Module
    victims : mapping of str to Extraction
        By drug; drugs that nothing happens to are not in it.
    absorbed : frozenset of str
        Drugs that act on enzymes, more so while they are absorbed.
    """

    modules: tuple[Module, ...] = ()
    victims: Mapping[str, Extraction] = field(default_factory=dict)
    absorbed: frozenset[str] = frozenset()


def interplay(present: Sequence[Drug], phenotyped: Collection[str] = ()) -> Interplay:
    """The modules for the enzymes at which the drugs of a scenario meet.

    Parameters
    ----------
    present : sequence of Drug
        The molecules of the scenario.
    phenotyped : collection of str
        Enzymes in which people differ from a normal metabolizer; they matter without a second drug.

    Returns
    -------
    Interplay
        Empty where no two drugs meet at an enzyme.
    """
    asked = _Asked(tuple(present), frozenset(phenotyped))
    victims = {}
    modules = []
    for drug in present:
        enzymes = asked.enzymes(drug)
        if drug.metabolism is not None and enzymes:
            module, victims[drug.name] = _Victim(drug, drug.metabolism, enzymes, asked).build()
            modules.append(module)
    blocked = (inhibition(enzyme, site, found) for (enzyme, site), found in asked.blocked.items())
    return Interplay(
        modules=(*levels(asked.amounts, asked.phenotyped), *blocked, *modules),
        victims=victims,
        absorbed=asked.absorbed,
    )


@dataclass
class _Asked:
    """Collects which activities of which enzymes the victims ask for."""

    present: tuple[Drug, ...]
    phenotyped: frozenset[str]
    amounts: dict[Signal, tuple[str, Site, Acting]] = field(default_factory=dict)
    blocked: dict[tuple[str, Site], Blocking] = field(default_factory=dict)

    def enzymes(self, drug: Drug) -> tuple[str, ...]:
        """Enzymes of a drug whose activity is not the normal one, or may not be."""
        own = drug.metabolism.enzymes if drug.metabolism else ()
        shared = shared_enzymes(drug, self.present)
        return tuple(enzyme for enzyme in own if enzyme in shared or enzyme in self.phenotyped)

    def activity(self, victim: Drug, enzyme: str, site: Site) -> tuple[Expression, tuple[Signal, ...]]:
        """Activity toward a victim, and the signals that it is made of."""
        found = acting(self.present, enzyme, site, victim)
        everyone = acting(self.present, enzyme, site)
        signals = []
        value = constant(1.0)
        if lasting(found) or enzyme in self.phenotyped:
            is_all = len(lasting(found)) == len(lasting(everyone))
            signals.append(amount(enzyme, site, "" if is_all else victim.name))
            self.amounts[signals[0]] = (enzyme, site, lasting(found))
            value = signals[0].expression
        blockers = [strength(enzyme, site, drug.name) for drug, _ in reversible(found)]
        if blockers:
            self.blocked[enzyme, site] = reversible(everyone)
            value = value / (1.0 + total(blockers))
        return value, (*signals, *blockers)

    @property
    def absorbed(self) -> frozenset[str]:
        """Drugs that act on an enzyme."""
        over_time = {drug.name for _, _, found in self.amounts.values() for drug, _ in found}
        at_once = {drug.name for found in self.blocked.values() for drug, _ in found}
        return frozenset(over_time | at_once)


def changed(drug: str, what: str, words: str) -> Signal:
    """A factor on the kinetics of a drug; 1 at normal activity, save for shares."""
    return Signal(f"metabolism.{drug}.{what}", NUMBER, words)


@dataclass
class _Victim:
    """Builds the metabolism module of one drug."""

    drug: Drug
    given: Metabolism
    enzymes: tuple[str, ...]
    asked: _Asked
    parameters: dict[str, Parameter] = field(default_factory=dict)
    inputs: dict[str, Signal] = field(default_factory=dict)

    def build(self) -> tuple[Module, Extraction]:
        """The module, and what the disposition reads of it."""
        name = self.drug.name
        extraction = self._of(self.given.extraction, NUMBER, "hepatic extraction ratio")
        parts = {key: self._intrinsic(key) for key in self._hepatic}
        relative = self._weighted(parts)
        escaping = 1.0 / (1.0 - extraction + extraction * relative)
        outputs = [Output(self._signal("liver", "hepatic availability, relative to normal,"), escaping)]
        liver = outputs[0].signal
        baseline, passing = 1.0 - extraction, (1.0 - extraction) * liver
        for item in self.given.pathways:
            if item.gut:
                escape = self._of(item.gut, NUMBER, f"share that escapes {item.enzyme} of the gut wall")
                baseline = escape * baseline
                passing = self._gut(item, escape) * passing
        outputs.append(Output(self._signal("passing", "share that passes gut wall and liver"), passing))
        clearance = self._signal("clearance", "clearance, relative to normal,")
        outputs.append(Output(clearance, self._with_rest(relative * liver)))
        factors = self._factors(parts, liver, outputs)
        formation = self._formation(relative, liver, outputs)
        module = Module(
            name=f"metabolism of {name}",
            description=f"clearance and first pass of {name} by " + ", ".join(self.enzymes),
            parameters=tuple(self.parameters.values()),
            inputs=tuple(self.inputs.values()),
            outputs=tuple(outputs),
            sources=("rowland1973",),
        )
        needed = {key for item in self.given.pathways if item.gut for key in (self.drug.slot(item.gut),)}
        needed.add(self.drug.slot(self.given.extraction))
        return module, Extraction(
            routes=self.given.first_pass,
            baseline=baseline,
            parameters=tuple(item for name, item in self.parameters.items() if name in needed),
            passing=outputs[1].signal,
            clearance=clearance,
            parts=factors,
            formation=formation,
        )

    @property
    def _hepatic(self) -> tuple[str, ...]:
        """Clearances of the disposition that are hepatic; one name for a model without clearances."""
        return self.given.hepatic or self.drug.disposition.clearances or ("",)

    def _signal(self, what: str, words: str) -> Signal:
        return changed(self.drug.name, what, f"{words} of {self.drug.name}")

    def _of(self, key: str, unit: str, words: str) -> Parameter:
        item = parameter(self.drug, key, unit, self._formed.get(key, f"{words} of {self.drug.name}"))
        return self.parameters.setdefault(item.name, item)

    @property
    def _formed(self) -> dict[str, str]:
        """Words of shares that the disposition knows too, which are the same parameter."""
        return {
            key: f"share that becomes {item.drug}" for item in self.drug.metabolites for key in item.shares
        }

    def _activity(self, enzyme: str, site: Site) -> Expression:
        value, signals = self.asked.activity(self.drug, enzyme, site)
        self.inputs.update({item.name: item for item in signals})
        return value

    def _share(self, item: Pathway) -> Expression:
        if item.fraction is None:
            return constant(1.0)
        return self._of(
            item.fraction, NUMBER, f"share of {item.enzyme} in the intrinsic clearance"
        ).expression

    def _intrinsic(self, key: str) -> Expression:
        """Intrinsic clearance of one clearance slot, relative to normal."""
        value = constant(1.0)
        for item in self.given.pathways:
            if item.enzyme in self.enzymes and item.clearance in (None, key):
                value = value + self._share(item) * (self._activity(item.enzyme, "liver") - 1.0)
        return value

    def _weighted(self, parts: Mapping[str, Expression]) -> Expression:
        """Intrinsic clearance in all, relative to normal."""
        values = list(parts.values())
        if all(value == values[0] for value in values):
            return values[0]
        sizes = {key: self._of(key, CLEARANCE, "clearance") for key in parts}
        return total(sizes[key] * value for key, value in parts.items()) / total(sizes.values())

    def _gut(self, item: Pathway, escape: Parameter) -> Expression:
        if item.enzyme not in self.enzymes:
            return escape.expression
        return 1.0 / (1.0 + self._activity(item.enzyme, "gut") * (1.0 / escape - 1.0))

    def _with_rest(self, hepatic: Expression) -> Expression:
        """A factor on the hepatic share, and none on the rest."""
        if self.given.share is None:
            return hepatic
        share = self._of(self.given.share, NUMBER, "hepatic share of the clearance")
        return share * hepatic + (1.0 - share)

    def _factors(
        self, parts: Mapping[str, Expression], liver: Signal, outputs: list[Output]
    ) -> dict[str, Signal]:
        """Own factors of single clearances, where they differ."""
        others = [key for key in self.drug.disposition.clearances if key not in parts]
        values = list(parts.values())
        if not others and all(value == values[0] for value in values):
            return {}
        found = {}
        for key in self.drug.disposition.clearances:
            factor = self._with_rest(parts[key] * liver) if key in parts else constant(1.0)
            found[key] = self._signal(key, f"{key}, relative to normal,")
            outputs.append(Output(found[key], factor))
        return found

    def _formation(self, relative: Expression, liver: Signal, outputs: list[Output]) -> dict[str, Signal]:
        """Factors on the formation of metabolites; on the share of the clearance, for those by fraction."""
        kinds = {item.drug: item.kind for item in self.drug.metabolites}
        found = {}
        for item in self.given.pathways:
            if item.forms and item.enzyme in self.enzymes:
                words = f"formation of {item.forms}, relative to normal,"
                found[item.forms] = self._signal(f"to.{item.forms}", words)
                by_gain = kinds[item.forms] == "gain"
                value = self._forming(item) * liver if by_gain else self._sharing(item, relative, liver)
                outputs.append(Output(found[item.forms], value))
        return found

    def _forming(self, item: Pathway) -> Expression:
        """Intrinsic clearance that forms a metabolite, relative to normal."""
        activity = self._activity(item.enzyme, "liver")
        if item.formed is None:
            return activity
        share = self._of(item.formed, NUMBER, f"share of {item.enzyme} in the formation of {item.forms}")
        return 1.0 + share * (activity - 1.0)

    def _sharing(self, item: Pathway, relative: Expression, liver: Signal) -> Expression:
        """Share of the clearance that forms a metabolite, relative to normal.

        Where the share is that of the enzyme it is ``a D / T`` with T the clearance relative to normal. Where
        the two are of different sources, the odds of the share change as those of the enzyme do, so that no
        more is formed than is cleared.
        """
        formed, cleared = self._activity(item.enzyme, "liver") * liver, self._with_rest(relative * liver)
        if item.formed is None:
            return formed / cleared
        own = self._share(item)
        if self.given.share is not None:
            own = own * self._of(self.given.share, NUMBER, "hepatic share of the clearance")
        share = self._of(item.formed, NUMBER, "share of the clearance that is formed")
        rest = (cleared - own * formed) / (1.0 - own)
        return formed / (share * formed + (1.0 - share) * rest)
