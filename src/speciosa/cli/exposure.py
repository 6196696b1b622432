"""``speciosa exposure``: how much of a drug a regimen brings to the blood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress
from speciosa.cli.options import (
    Age,
    Batches,
    ChildPugh,
    Choose,
    Cyp2b6,
    Cyp2d6,
    Egfr,
    Every,
    FormatOption,
    Height,
    Out,
    People,
    PeopleFile,
    Pregnancy,
    Quiet,
    Seed,
    Sex,
    Target,
    Until,
    Values,
    Weight,
    span_of,
)
from speciosa.cli.simulate import speak, with_options

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.drugs import Catalog
    from speciosa.results import Result
    from speciosa.simulation import Scenario, Setting

CROWD = 200
DETAILS = ("lambda_z", "lambda_z R2", "AUC extrapolated")


def exposure(
    drug: Annotated[
        str, typer.Argument(metavar="DRUG", help="Drug, metabolite or product whose molecules are looked at.")
    ],
    what: Annotated[
        str,
        typer.Argument(metavar="REGIMEN|FILE", help="Regimen as text, or a TOML scenario or NONMEM table."),
    ],
    until: Until = None,
    people: People = None,
    seed: Seed = None,
    weight: Weight = None,
    height: Height = None,
    age: Age = None,
    sex: Sex = None,
    egfr: Egfr = None,
    child_pugh: ChildPugh = None,
    pregnancy: Pregnancy = None,
    cyp2d6: Cyp2d6 = None,
    cyp2b6: Cyp2b6 = None,
    people_file: PeopleFile = None,
    batches: Batches = None,
    every: Every = None,
    values: Values = None,
    choose: Choose = None,
    target: Target = None,
    dose: Annotated[
        str | None, typer.Option(help="Window from a dose to the next one: first, last, or its number.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Window by time instead: 0h,24h; the whole time if left out.")
    ] = None,
    tail: Annotated[
        str | None,
        typer.Option(help="Where the terminal half-life is read, from the window's start: 48h,120h."),
    ] = None,
    unit: Annotated[str, typer.Option(help="Unit of concentrations.")] = "ng/mL",
    all_rows: Annotated[bool, typer.Option("--all", help="Every metric in the table.")] = False,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Exposure to a drug: Cmax, tmax, AUC, half-life and more, with their intervals over 200 people."""
    from speciosa.cli.loading import is_file, scenario_file_from
    from speciosa.simulation import Setting
    from speciosa.simulation import simulate as run

    setting = Setting()
    people = CROWD if people is None and people_file is None and not is_file(what) else people
    given = with_options(
        scenario_file_from(what, setting),
        values,
        choose,
        people={
            **{"size": people, "seed": seed, "weight": weight, "height": height, "age": age, "sex": sex},
            **{"egfr": egfr, "child_pugh": child_pugh, "pregnancy": pregnancy, "cyp2d6": cyp2d6},
            "cyp2b6_genotype": cyp2b6,
        },
        other={"until": until, "every": every, "target": target, "batches": batches},
    )
    if people_file is not None:
        given = given.model_copy(update={"people": given.people.from_file(people_file)})
    scenario = given.scenario(given.regimen, given.title, setting)
    molecules = _molecules(drug, scenario, setting)
    scenario = _recording(scenario, molecules)
    with progress("Simulating", is_quiet=quiet) as advance:
        result = run(scenario, setting, progress=advance)
    amounts = _single_doses(scenario, setting)
    frame = _table(result, molecules, unit, amounts, dose=dose, window=window, tail=tail)
    if form is Format.TABLE and not all_rows:
        frame = frame[~frame["metric"].isin(DETAILS)]
    emit(frame, form, out, title=f"{drug}: {result.description.title} (n = {result.n})")
    speak(result, is_quiet=quiet)
    if result.failed:
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _molecules(name: str, scenario: Scenario, setting: Setting) -> list[str]:
    """The molecules that a name stands for and that the regimen brings.

    Raises
    ------
    ScenarioError
        If the regimen brings none of them.
    """
    from speciosa.drugs import Product
    from speciosa.errors import ScenarioError
    from speciosa.regimens import input_doses, uses

    item = setting.library.item(name)
    doses = input_doses(scenario.administrations, setting.library, setting.evidence)
    brought = _families([use.drug for use in uses(doses)], setting.library)
    if isinstance(item, Product):
        wanted = _families([part.drug for part in item.components], setting.library)
    else:
        wanted = [item.name]
    found = [molecule for molecule in wanted if molecule in brought]
    if not found:
        raise ScenarioError(
            f"the regimen brings no {item.name}",
            where=scenario.regimen.text,
            expected=f"one of: {', '.join(brought) or 'a regimen with doses'}",
        )
    return found


def _families(roots: list[str], library: Catalog) -> list[str]:
    return list(dict.fromkeys(drug.name for root in roots for drug in library.family(root)))


def _recording(scenario: Scenario, molecules: list[str]) -> Scenario:
    from dataclasses import replace

    return replace(scenario, outputs=tuple(f"plasma.{name}" for name in molecules))


def _table(
    result: Result,
    molecules: list[str],
    unit: str,
    amounts: Mapping[str, float],
    *,
    dose: str | None,
    window: str | None,
    tail: str | None,
) -> pd.DataFrame:
    import pandas as pd

    from speciosa.results import summarize

    parts = []
    for name in molecules:
        metrics = result.exposure(
            name,
            unit,
            window=span_of(window, "--window") if window else None,
            after_dose=_index(dose, len(result.description.doses)) if dose else None,
            tail=span_of(tail) if tail else None,
            dose=(amounts[name], "mg") if name in amounts else None,
        )
        frame = summarize(metrics)
        frame.insert(0, "drug", name)
        parts.append(frame.drop(columns=["output", "failed"]))
    return pd.concat(parts, ignore_index=True)


def _index(text: str, count: int) -> int:
    """First, last or the number of a dose, from 1."""
    from speciosa.errors import ScenarioError

    if text in ("first", "last"):
        return 0 if text == "first" else -1
    if not text.isdigit() or not 1 <= int(text) <= count:
        raise ScenarioError(
            f"{text!r} is no dose of the regimen", where="--dose", expected=f"first, last, or 1 to {count}"
        )
    return int(text) - 1


def _single_doses(scenario: Scenario, setting: Setting) -> dict[str, float]:
    """The molecules that are dosed once, and how much of them, mg: their clearance can be told."""
    from speciosa.regimens import input_doses

    amounts: dict[str, list[float]] = {}
    for item in input_doses(scenario.administrations, setting.library, setting.evidence):
        amounts.setdefault(item.use.drug, []).append(item.amount_mg)
    return {name: given[0] for name, given in amounts.items() if len(given) == 1}
