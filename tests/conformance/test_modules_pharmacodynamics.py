"""Receptors, signal, adaptation and withdrawal: what every ligand of the library must do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.body.adaptation import SCALES as TIME_SCALES
from speciosa.body.adaptation import adaptation
from speciosa.body.biophase import unbound
from speciosa.body.craving import CRAVING
from speciosa.body.person import RECEPTOR, modules_for
from speciosa.body.receptors import receptor
from speciosa.body.scales import BANDED, SCALES, Scale
from speciosa.body.scores import score
from speciosa.body.severity import latent_severity
from speciosa.body.signal import receptor_signal, signal
from speciosa.body.suppression import suppression
from speciosa.body.withdrawal import AUTONOMIC, WITHDRAWAL, withdrawal
from speciosa.drugs import Use, catalog
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import TIME, Model, Module, Output, Parameter, Signal, compose, evaluate, select

FloatArray = npt.NDArray[np.float64]
LIGANDS = [drug for drug in catalog().drugs.values() if RECEPTOR in drug.receptors]
PAIRS = {f"{first.name}, then {second.name}": (first, second) for first, second in permutations(LIGANDS, 2)}


def clamp(signals: Iterable[Signal]) -> Module:
    """Gives signals the values of parameters of like name."""
    outputs = tuple(
        Output(item, Parameter(f"clamped {item.name}", item.unit, "").expression) for item in signals
    )
    parameters = tuple(Parameter(f"clamped {item.name}", item.unit, "") for item in signals)
    return Module("clamp", "values set by a test", parameters=parameters, outputs=outputs)


@cache
def receptors() -> Model:
    """All ligands of the library at one receptor, with clamped concentrations."""
    held = clamp([unbound(drug.name) for drug in LIGANDS])
    values = {item.name: 0.0 for item in held.parameters}
    modules = [held, receptor(RECEPTOR, LIGANDS), receptor_signal(RECEPTOR, LIGANDS)]
    return compose(modules, load(), values=values)


def at(concentrations: dict[str, float]) -> dict[str, float]:
    """Outputs at rest where each named ligand is at a multiple of its in-vivo inhibition constant."""
    model = receptors()
    point = {item.name: item.value for item in model.parameters}
    whole = 1.0 + sum(concentrations.values())
    for state in model.states:
        point[state.name] = concentrations.get(state.name.split(".")[0], 0.0) / whole
    for name, multiple in concentrations.items():
        constant = point[f"{name}.Ki.{RECEPTOR}"] * point[f"{name}.in_vivo.{RECEPTOR}"]
        if RECEPTOR in catalog().drugs[name].bridges:
            constant *= point[f"bridge.{RECEPTOR}"]
        point[f"clamped {unbound(name).name}"] = multiple * constant
    for state, rate in zip(model.states, model.derivatives, strict=True):
        speed = point[state.name.replace(".bound.", ".koff.")]
        assert abs(evaluate(rate, point)) <= 1e-12 * speed * whole, "slow ligands rest where fast ones would"
    return {output.name: evaluate(output.value, point) for output in model.outputs}


def efficacy(name: str) -> float:
    return receptors().parameter(f"{name}.efficacy.{RECEPTOR}").value


@pytest.mark.parametrize("name", [drug.name for drug in LIGANDS])
def test_one_ligand_holds_half_at_its_constant_and_signals_by_its_efficacy(name: str) -> None:
    for multiple in (0.0, 0.1, 1.0, 9.0, 1e9):
        found = at({name: multiple})
        held = multiple / (1.0 + multiple)
        assert found[f"occupancy.{RECEPTOR}.{name}"] == pytest.approx(held, rel=1e-12)
        assert found[f"occupancy.{RECEPTOR}"] == pytest.approx(held, rel=1e-12)
        assert found[f"signal.{RECEPTOR}"] == pytest.approx(efficacy(name) * held, rel=1e-12)


ROUNDING = 1e-12


@pytest.mark.parametrize("pair", PAIRS)
def test_a_second_ligand_displaces_and_pulls_the_signal_toward_its_own_efficacy(pair: str) -> None:
    first, second = PAIRS[pair]
    before = at({first.name: 5.0})
    after = at({first.name: 5.0, second.name: 20.0})
    assert after[f"occupancy.{RECEPTOR}.{first.name}"] < before[f"occupancy.{RECEPTOR}.{first.name}"]
    assert after[f"occupancy.{RECEPTOR}"] > before[f"occupancy.{RECEPTOR}"]
    assert after[f"occupancy.{RECEPTOR}"] <= 1.0
    change = after[f"signal.{RECEPTOR}"] - before[f"signal.{RECEPTOR}"]
    pull = efficacy(second.name) - before[f"signal.{RECEPTOR}"]
    if abs(pull) < ROUNDING:
        assert abs(change) < ROUNDING, "what signals as much as there is changes nothing"
        return
    assert change * pull > 0.0, "the signal moves toward the efficacy of what is added"
    assert abs(change) < abs(pull)


def test_the_library_has_agonists_partial_agonists_and_an_antagonist() -> None:
    strengths = sorted(efficacy(drug.name) for drug in LIGANDS)
    assert strengths[0] == 0.0
    assert strengths[-1] > 0.5
    assert any(0.0 < value < 0.4 for value in strengths)


AGONISTS = {"morphine/subcutaneous": 6.0, "r-methadone/oral": 24.0}
PRETREATED = 5 * 24.0
RECORDED = ("signal.MOR", "COWS", "withdrawal")
REGULAR, LARGE = 1e6, 1e6
SLOW = ("naltrexone/monthly injection",)
"""Routes that release over weeks, too little in four hours to displace anything."""
"""nmol; far above any dose, so that the agonist holds most receptors and the challenge displaces it."""


@dataclass(frozen=True)
class Challenge:
    """A person who takes an agonist regularly, with and without one large dose of another drug on top."""

    agonist: str
    other: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.other.split("/"))

    @cached_property
    def values(self) -> dict[str, FloatArray]:
        kept, added = (Use(*item.split("/")) for item in (self.agonist, self.other))
        model = compose(modules_for([kept, added], catalog()), load())
        doses = [
            (time, inlet, REGULAR)
            for time in np.arange(0.0, PRETREATED, AGONISTS[self.agonist])
            for inlet in model.inlet_groups[kept.group]
        ]
        on_top = [(PRETREATED - 1.0, inlet, LARGE) for inlet in model.inlet_groups[added.group]]
        schedules = tuple(
            Events.boluses(*(np.array(column) for column in zip(*records, strict=True)))
            for records in (doses, sorted(doses + on_top))
        )
        table = np.tile([item.value for item in model.parameters], (2, 1))
        kernel = compile_model(model, target="reference", outputs=list(RECORDED))
        times = PRETREATED - 1.0 + np.array([0.0, *np.linspace(0.05, 1.0, 20), 2.0, 3.0, 4.0])
        schedule = Schedules(schedules, np.arange(2))
        found = kernel.run(table, schedule, times, start=0.0, at_dose="before")
        assert not found.status.any()
        return dict(zip(RECORDED, np.moveaxis(found.values, 2, 0), strict=True))


def weaker(agonist: str) -> list[str]:
    """Routes of the drugs that no ligand they bring can carry the agonist's signal."""
    strongest = efficacy(agonist.split("/", maxsplit=1)[0]) * 0.6
    return [
        f"{drug.name}/{route.name}"
        for drug in catalog().drugs.values()
        for route in drug.routes
        if RECEPTOR in drug.receptors
        and f"{drug.name}/{route.name}" not in SLOW
        and all(
            efficacy(member.name) < strongest for member in catalog().family(drug.name) if member in LIGANDS
        )
    ]


CHALLENGES = [
    pytest.param(Challenge(agonist, other), id=f"{other} on {agonist}")
    for agonist in AGONISTS
    for other in weaker(agonist)
]


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_an_antagonist_or_partial_agonist_on_top_lowers_the_signal_and_the_score_answers(
    challenge: Challenge,
) -> None:
    without, with_it = challenge.values["signal.MOR"]
    assert without[0] > 0.2, "the agonist alone carries a signal"
    assert with_it[0] == pytest.approx(without[0], rel=1e-6), "no difference before it can have acted"
    is_lower = with_it[1:] < without[1:] * (1.0 - 1e-6)
    first = int(np.argmax(is_lower))
    assert is_lower[first:].all(), "once lower, the signal stays lower"
    # The first hour covers every lag and the absorption of what is swallowed.
    assert first < 20
    scores, drive = challenge.values["COWS"], challenge.values["withdrawal"]
    assert (scores[1] >= scores[0] * (1.0 - 1e-6)).all()
    # The score is that of the same moment: no delay lies between signal and withdrawal.
    order = np.argsort(drive.ravel())
    assert (np.diff(scores.ravel()[order]) >= -1e-9).all()
    assert (scores[drive > 1e-4] > score_at(0.0, "COWS")).all()
    np.testing.assert_allclose(scores[drive == 0.0], score_at(0.0, "COWS"), rtol=1e-12)


def test_an_injected_antagonist_acts_within_minutes() -> None:
    values = Challenge("morphine/subcutaneous", "naloxone/intravenous").values
    # 0.05 h is three minutes; the drive answers in the same moment as the signal.
    assert values["signal.MOR"][1, 1] < 0.7 * values["signal.MOR"][0, 1]
    assert values["COWS"][1, 1] > values["COWS"][0, 1] + 1.0


@pytest.mark.parametrize("agonist", AGONISTS)
@pytest.mark.parametrize("other", [f"naloxone/{route.name}" for route in catalog().drugs["naloxone"].routes])
def test_an_antagonist_by_any_route_precipitates_withdrawal_within_the_hour(agonist: str, other: str) -> None:
    scores = Challenge(agonist, other).values["COWS"]
    assert scores[1, 1:21].max() > scores[0].max() + 1.0


LEVEL = 0.8
SWITCH = 4000.0


@cache
def adapting() -> tuple[FloatArray, dict[str, FloatArray], Model]:
    """Adaptation to a signal that is constant for a long time and then gone."""
    net = signal(RECEPTOR)
    height = Parameter("height", "", "height of the signal")
    turn = Parameter("turn", "h", "when the signal ends")
    given = Module(
        "step",
        "a signal that ends",
        parameters=(height, turn),
        outputs=(Output(net, select(TIME, turn, 0.0, height)),),
    )
    modules = [given, suppression(RECEPTOR), adaptation(RECEPTOR), withdrawal()]
    model = compose([*modules, look()], load(), values={"height": LEVEL, "turn": SWITCH})
    spans = [model.parameter(f"dependence.half_life.{scale}").value for scale in TIME_SCALES]
    spans += [model.parameter(f"tolerance.half_life.{way}").value for way in ("on", "off")]
    times = np.unique([0.0, *spans, SWITCH, *(SWITCH + span for span in spans), SWITCH + 10_000.0])
    stop = Events.boluses(np.array([SWITCH]), 0, 0.0)
    kernel = compile_model(model, target="reference")
    other = Events(**{**vars(stop), "evid": np.array([2])})
    table = np.array([[item.value for item in model.parameters]])
    found = kernel.run(table, Schedules.shared(other, 1), times, start=0.0)
    assert not found.status.any()
    names = [output.name for output in model.outputs]
    return times, dict(zip(names, found.values[0].T, strict=True)), model


def look() -> Module:
    """Records the parts of dependence."""
    module = adaptation(RECEPTOR)
    return Module(
        "look",
        "what tests look at",
        states=module.states,
        outputs=tuple(
            Output(Signal(f"state {state.name}", "", ""), state.expression) for state in module.states
        ),
    )


@pytest.mark.parametrize("scale", TIME_SCALES)
def test_each_part_of_dependence_nears_a_constant_signal_with_its_half_life(scale: str) -> None:
    times, found, model = adapting()
    half_life = model.parameter(f"dependence.half_life.{scale}").value
    part = found[f"state dependence.{scale}"]
    rising = times <= SWITCH
    np.testing.assert_allclose(
        part[rising], LEVEL * -np.expm1(-np.log(2) * times[rising] / half_life), rtol=1e-6
    )
    assert part[times == half_life] == pytest.approx(LEVEL / 2.0, rel=1e-6)
    falling = times >= SWITCH
    expected = LEVEL * 0.5 ** ((times[falling] - SWITCH) / half_life)
    np.testing.assert_allclose(part[falling], expected, rtol=1e-6, atol=1e-9)


def test_tolerance_builds_and_fades_with_half_lives_of_its_own() -> None:
    times, found, model = adapting()
    on, off = (model.parameter(f"tolerance.half_life.{way}").value for way in ("on", "off"))
    assert on != off
    assert found["tolerance"][times == on] == pytest.approx(LEVEL / 2.0, rel=1e-6)
    reached = found["tolerance"][times == SWITCH]
    assert found["tolerance"][times == SWITCH + off] == pytest.approx(reached / 2.0, rel=1e-6)
    assert found["tolerance"][times == SWITCH + on] > reached / 2.0


def test_dependence_is_the_weighted_mean_of_its_parts() -> None:
    _, found, model = adapting()
    weights = np.array([model.parameter(f"dependence.weight.{scale}").value for scale in TIME_SCALES])
    parts = np.array([found[f"state dependence.{scale}"] for scale in TIME_SCALES])
    np.testing.assert_allclose(found["dependence"], weights @ parts / weights.sum(), rtol=1e-12)


def test_withdrawal_starts_when_the_signal_ends_and_passes() -> None:
    times, found, _ = adapting()
    drive = found["withdrawal"]
    assert not drive[times <= SWITCH].any(), "no withdrawal under a signal that is kept"
    after = drive[times > SWITCH]
    assert after[0] == after.max() > 0.5 * LEVEL
    assert (np.diff(after) < 0.0).all()
    assert after[-1] < 1e-6


@cache
def scored() -> Model:
    """Every scale over clamped drives."""
    held = clamp([WITHDRAWAL, AUTONOMIC, CRAVING])
    values = {item.name: 0.0 for item in held.parameters}
    return compose([held, latent_severity(), *(score(scale) for scale in SCALES)], load(), values=values)


def score_at(drive: float, scale: str, **values: float) -> float:
    """Expected total of the typical person at a drive that all arms share."""
    model = scored()
    point = {item.name: item.value for item in model.parameters} | values
    point |= {f"clamped {item.name}": drive for item in (WITHDRAWAL, AUTONOMIC, CRAVING)}
    return evaluate(model.output(scale).value, point)


@pytest.mark.parametrize("scale", [item.name for item in SCALES])
def test_scores_rise_with_the_drive_between_floor_and_maximum(scale: str) -> None:
    scores = [score_at(drive, scale) for drive in np.linspace(0.0, 1.0, 21)]
    assert (np.diff(scores) > 0.0).all()
    assert 0.0 < scores[0] < scores[-1] < load().slot(f"{scale}.maximum").value("score")
    most = score_at(1.0, scale, **{"severity.gain": 1e12})
    assert most == pytest.approx(load().slot(f"{scale}.maximum").value("score"), rel=1e-3)


@pytest.mark.parametrize("scale", BANDED, ids=lambda scale: scale.name)
def test_bands_rise_within_the_scale(scale: Scale) -> None:
    lowest = [load().slot(slot).value("score") for _, slot in scale.bands]
    assert lowest == sorted(set(lowest))
    assert lowest[0] > 0.0
    assert lowest[-1] < load().slot(f"{scale.name}.maximum").value("score")
