"""Running the targets: every arm once, alike models one after the other, over the cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.engine.executors import processors
from speciosa.errors import SpeciosaError
from speciosa.evidence import Target
from speciosa.qualification.designs import Designs, designs
from speciosa.qualification.measure import MASS, Course, answer
from speciosa.qualification.plan import Arm, NotRunError, Piece, Plan, Sizes
from speciosa.qualification.planning import STEP, check_doses, plan_of
from speciosa.qualification.study import read_study
from speciosa.qualification.verdict import Verdict, judged, not_run
from speciosa.results import Result, nca
from speciosa.simulation import Scenario, Setting, simulate
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
POINTS = 241


@dataclass(frozen=True)
class Job:
    """One simulation: an arm with everything that any target reads of it.

    Parameters
    ----------
    arm : Arm
    outputs : tuple of str
    times : tuple of float
        h.
    """

    arm: Arm
    outputs: tuple[str, ...]
    times: tuple[float, ...]


@dataclass(frozen=True)
class Curves:
    """What a job gives: concentrations in ng/mL by molecule, or the reason why there are none."""

    time: FloatArray
    values: Mapping[str, FloatArray]
    molar_mass: Mapping[str, float]
    weight: FloatArray
    slots: tuple[str, ...]
    fault: str = ""


def qualify(
    targets: Iterable[Target],
    setting: Setting | None = None,
    *,
    sizes: Sizes | None = None,
    given: Designs | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Verdict]:
    """Run targets and judge them.

    Parameters
    ----------
    targets : iterable of Target
    setting : Setting, optional
        The packaged evidence and library if left out; another one is run in this process only.
    sizes : Sizes, optional
        Numbers of virtual people, and the seed.
    given : Designs, optional
        The packaged designs if left out.
    workers : int, optional
        Processes; one a processor if left out. No number depends on it.
    progress : callable, optional
        Called with the number of simulations done and in all.

    Returns
    -------
    list of Verdict
        One a target, in their order; a target that cannot be run says why.

    Raises
    ------
    QualificationError
        If the regimen of a target cannot be read.
    """
    own = setting or Setting()
    sizes = sizes or Sizes()
    known = given or designs()
    plans: dict[str, Plan | str] = {}
    wanted = list(targets)
    for target in wanted:
        study = read_study(target)
        try:
            plan = plan_of(study, known, own, sizes)
            check_doses(plan.pieces, own)
            plans[target.id] = plan
        except NotRunError as reason:
            plans[target.id] = str(reason)
    jobs = jobs_of(plan for plan in plans.values() if isinstance(plan, Plan))
    count = 1 if setting is not None else (workers or processors())
    curves = dict(_simulated(jobs, own, count, progress))
    return [_verdict(target, plans[target.id], curves, own, sizes) for target in wanted]


def jobs_of(plans: Iterable[Plan]) -> list[Job]:
    """The simulations that some plans need, each arm once."""
    outputs: dict[Arm, dict[str, None]] = {}
    times: dict[Arm, list[FloatArray]] = {}
    for plan in plans:
        for piece in plan.pieces:
            outputs.setdefault(piece.arm, {}).update(dict.fromkeys(piece.analytes))
            times.setdefault(piece.arm, []).append(
                piece.start + grid(piece, is_even=plan.metric == "absorbed")
            )
    return [
        Job(arm, tuple(outputs[arm]), tuple(np.unique(np.round(np.concatenate(times[arm]), 9)).tolist()))
        for arm in outputs
    ]


def grid(piece: Piece, *, is_even: bool = False) -> FloatArray:
    """Times after the start of a piece, h: dense at first, where doses peak, and ever wider."""
    if is_even:
        return np.arange(0.0, piece.length + STEP / 2.0, STEP)
    return np.asarray(piece.length * np.linspace(0.0, 1.0, POINTS) ** 2)


def _simulated(
    jobs: Sequence[Job], setting: Setting, workers: int, progress: Progress | None
) -> Iterator[tuple[Arm, Curves]]:
    groups = _alike(jobs, setting)
    done = 0
    if workers == 1 or len(groups) < 2:  # noqa: PLR2004
        for group in groups:
            for job in group:
                yield job.arm, run_job(job, setting)
                done += 1
                if progress is not None:
                    progress(done, len(jobs))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(groups)), mp_context=context) as pool:
        waiting = {pool.submit(_run_group, group): group for group in groups}
        for future in as_completed(waiting):
            group = waiting[future]
            yield from zip((job.arm for job in group), future.result(), strict=True)
            done += len(group)
            if progress is not None:
                progress(done, len(jobs))


def _alike(jobs: Sequence[Job], setting: Setting) -> list[tuple[Job, ...]]:
    """Jobs of one model together, so that it is compiled once; the largest groups first."""
    groups: dict[object, list[Job]] = {}
    for job in jobs:
        uses = {
            (segment.dose.item, segment.dose.route, bool(segment.dose.content), bool(segment.dose.containing))
            for track in job.arm.regimen.tracks
            for segment in track
            if segment.dose is not None
        }
        key = (tuple(sorted(map(str, uses))), tuple(sorted(job.outputs)), job.arm.choices)
        groups.setdefault(key, []).append(job)
    return sorted((tuple(group) for group in groups.values()), key=_cost, reverse=True)


def _cost(group: Sequence[Job]) -> float:
    return sum(job.arm.crowd.size * len(job.arm.regimen.administrations(job.times[-1])) for job in group)


def _run_group(group: Sequence[Job]) -> list[Curves]:
    setting = Setting()
    return [run_job(job, setting) for job in group]


def run_job(job: Job, setting: Setting) -> Curves:
    """Simulate one arm on the one road; what the library refuses is told as the curves' fault."""
    try:
        result = simulate(
            Scenario(
                regimen=job.arm.regimen,
                people=job.arm.crowd.population(setting),
                until=job.times[-1],
                times=job.times,
                outputs=tuple(f"plasma.{name}" for name in job.outputs),
                choices=dict(job.arm.choices),
            ),
            setting,
        )
    except SpeciosaError as fault:
        empty = np.empty(0)
        return Curves(empty, {}, {}, empty, (), str(fault))
    return _curves(result, job)


def _curves(result: Result, job: Job) -> Curves:
    values, masses = {}, {}
    for name in job.outputs:
        curve = result.output(f"plasma.{name}")
        masses[name] = float(curve.attrs["molar_mass"])
        factor = float(convert(1.0, curve.attrs["unit"], MASS, molar_mass=masses[name]))
        values[name] = np.asarray(curve.values, dtype=np.float64) * factor
    weight = np.asarray(result.persons["weight"].values, dtype=np.float64)
    return Curves(result.time, values, masses, weight, result.slots)


def _verdict(
    target: Target, plan: Plan | str, curves: Mapping[Arm, Curves], setting: Setting, sizes: Sizes
) -> Verdict:
    if isinstance(plan, str):
        return not_run(target, plan, setting.evidence)
    faults = [curves[piece.arm].fault for piece in plan.pieces if curves[piece.arm].fault]
    if faults:
        return not_run(target, faults[0], setting.evidence)
    courses = {piece: course_of(piece, curves[piece.arm]) for piece in plan.pieces}
    rows = [setting.evidence.rows[name] for name in target.evidence_ids if name in setting.evidence.rows]
    n = rows[0].n if rows else None
    slots = tuple(dict.fromkeys(slot for piece in plan.pieces for slot in curves[piece.arm].slots))
    return judged(target, plan, answer(plan, courses, n, sizes.seed), setting.evidence, slots)


def course_of(piece: Piece, curves: Curves) -> Course:
    """The window of a piece, its molecules added."""
    total = np.sum([curves.values[name] for name in piece.analytes], axis=0)
    time, values = nca.between(curves.time, total, piece.start, piece.start + piece.length)
    return Course(time - piece.start, values, curves.molar_mass[piece.analytes[0]], curves.weight)
