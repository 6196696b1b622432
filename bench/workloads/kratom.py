"""W3: the program's own kratom model, with everything that a scenario of it records.

`CROWD` needs NumPy alone; the other names need this program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.definition import Crowd, FloatArray, IntArray

if TYPE_CHECKING:
    from workloads.case import Case

REGIMEN = "kratom powder 2 g every 6 h for 28 days"
CROWD = Crowd(
    name="W3",
    title="the program's kratom model, four doses of 2 g powder a day for 28 days",
    people=500,
    seed=20261103,
    end=672,
    every=25,
)
TIGHT = (1e-11, 1e-14)


def case(rows: IntArray) -> Case:
    """The kratom model for some people of the crowd."""
    from speciosa.drugs import catalog
    from speciosa.engine import Schedules
    from speciosa.evidence import load
    from speciosa.people import parameter_table, population
    from speciosa.regimens import input_doses, parse, to_events, uses
    from speciosa.simulation import DETAILS, Scenario, model_of
    from workloads.case import Case

    evidence = load()
    people = population(evidence, CROWD.people, CROWD.seed)
    scenario = Scenario(parse(REGIMEN, catalog()), people, until=float(CROWD.end), every=1.0)
    model = model_of(scenario)
    doses = input_doses(scenario.administrations, catalog(), evidence)
    inlets = {use: model.inlet_groups[use.group] for use in uses(doses)}
    masses = {use.drug: evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in inlets}
    events = to_events(doses, inlets, masses)
    return Case(
        model,
        tuple(output.name for output in model.outputs if not output.name.startswith(DETAILS)),
        parameter_table(model, people, evidence)[rows],
        Schedules.shared(events, len(rows)),
    )


def reference(rows: IntArray) -> FloatArray:
    """Outputs by our own engine at tight tolerance."""
    from speciosa.engine import compile_model

    given = case(rows)
    kernel = compile_model(given.model, target="llvm", outputs=given.outputs, rtol=TIGHT[0], atol=TIGHT[1])
    return kernel.run(given.parameters, given.schedules, CROWD.times, threads=1).values
