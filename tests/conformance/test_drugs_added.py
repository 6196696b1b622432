"""Adding a drug or a product is a matter of data: one file, its rows and their selection."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest

from speciosa.body.person import modules_for
from speciosa.drugs import Catalog, Use, catalog_from
from speciosa.engine import Events, Schedules, compile_model
from speciosa.errors import UnknownNameError
from speciosa.evidence import Evidence, load
from speciosa.model import check_module, compose
from speciosa.people import parameter_table, population, typical_person
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, prepare, simulate

MOLECULE = """
name = "examplamine"
aliases = ["EXA"]
group = "opioid agonist"
receptors = ["MOR"]
variability = [["CL", "log-normal"], ["oral.F", "logit-normal"]]
correlations = [["CL", "oral.F", "corr.CL.F"]]
occasions = [["oral.ka", "log-normal"]]

[disposition]
volumes = ["V"]
clearances = ["CL"]

[[routes]]
name = "oral"
[[routes.inputs]]
kind = "first-order"
fractions = ["oral.F"]
ka = "oral.ka"

[[metabolites]]
drug = "norexamplamine"
kind = "fraction"
systemic = "CL"

[[covariates]]
slot = "CL"
covariate = "weight"
reference = "/allometry.weight"
exponent = "/allometry.clearance"
[[covariates]]
slot = "CL"
covariate = "child_pugh"
factors = [["C", "CL.child_pugh.C"]]
[[covariates]]
slot = "V"
covariate = "age"
reference = "age.reference"
coefficient = "V.age"
"""
METABOLITE = """
name = "norexamplamine"
aliases = []
group = "opioid agonist"
routes = []

[disposition]
volumes = ["V"]
rate = "kel"
"""
PRODUCT = """
name = "example drops"
aliases = ["drops"]
preparation = "drops"
main = "examplamine"

[[components]]
drug = "examplamine"
preparation = "example drops.preparation"
"""
ROWS = {
    "examplamine.V": (100.0, "L"),
    "examplamine.CL": (200.0, "mL/min"),
    "examplamine.IIV_CL": (30.0, "CV%"),
    "examplamine.oral.F": (0.6, "dimensionless"),
    "examplamine.IIV_oral.F": (0.5, "omega"),
    "examplamine.oral.ka": (1.0, "1/h"),
    "examplamine.IOV_oral.ka": (0.4, "omega"),
    "examplamine.corr.CL.F": (-0.6, "dimensionless"),
    "examplamine.CL.child_pugh.C": (0.25, "dimensionless"),
    "examplamine.age.reference": (35.0, "year"),
    "examplamine.V.age": (0.01, "1/year"),
    "examplamine.molar_mass": (300.0, "g/mol"),
    "examplamine.fu": (0.5, "dimensionless"),
    "examplamine.Kp,uu": (1.0, "dimensionless"),
    "examplamine.Ki.MOR": (10.0, "nM"),
    "examplamine.in_vivo.MOR": (1.0, "dimensionless"),
    "examplamine.efficacy.MOR": (0.8, "dimensionless"),
    "norexamplamine.V": (50.0, "L"),
    "norexamplamine.kel": (0.1, "1/h"),
    "norexamplamine.molar_mass": (286.0, "g/mol"),
    "example drops.preparation": (0.5, "dimensionless"),
}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("evidence") / "data"
    with as_file(files("speciosa.evidence").joinpath("data")) as packaged:
        shutil.copytree(packaged, folder)
    header = (folder / "choices.csv").read_text(encoding="utf-8").splitlines()[0]
    rows, tables = [header], []
    for number, (slot, (value, unit)) in enumerate(ROWS.items()):
        drug, _, quantity = slot.partition(".")
        cells = [f"exa-{number}", drug, f'"{quantity}"', "example", str(value), unit, "none", "", ""]
        rows.append(",".join([*cells, "speciosa_choice", "choice of this project", "memory", "", "assumed"]))
        tables.append(f'["{slot}"]\nrow = "exa-{number}"\nwhy = "An example."\n')
    (folder / "example.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "selection" / "example.toml").write_text("\n".join(tables), encoding="utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("drugs") / "data"
    with as_file(files("speciosa.drugs").joinpath("data")) as packaged:
        shutil.copytree(packaged, folder)
    write(folder)
    return catalog_from(folder)


def write(folder: Path) -> None:
    (folder / "molecules" / "examplamine.toml").write_text(MOLECULE, encoding="utf-8")
    (folder / "molecules" / "norexamplamine.toml").write_text(METABOLITE, encoding="utf-8")
    (folder / "products" / "example-drops.toml").write_text(PRODUCT, encoding="utf-8")


def test_the_new_names_are_known_beside_the_old(library: Catalog) -> None:
    assert library.item("exa").name == "examplamine"
    assert library.item("Drops").name == "example drops"
    assert library.item("morphine").name == "morphine"
    assert [member.name for member in library.family("examplamine")] == ["examplamine", "norexamplamine"]


def test_the_evidence_has_no_faults(evidence: Evidence) -> None:
    assert [
        fault for fault in evidence.faults() if fault.file.startswith(("example", "selection/example"))
    ] == []


def test_it_composes_with_the_drugs_of_the_library(library: Catalog, evidence: Evidence) -> None:
    uses = [
        Use("examplamine", "oral"),
        Use("examplamine", "oral", "example drops"),
        Use("naloxone", "intravenous"),
    ]
    modules = modules_for(uses, library)
    for module in modules:
        check_module(module)
    model = compose(modules, evidence)
    assert model.parameter("examplamine.CL").value == pytest.approx(12.0), "mL/min became L/h"
    assert {"plasma.examplamine", "plasma.norexamplamine", "plasma.naloxone"} <= set(model.output_index)
    assert set(model.inlet_groups) == {use.group for use in uses}


def test_it_is_simulated_as_its_file_says(library: Catalog, evidence: Evidence) -> None:
    use, drops = Use("examplamine", "oral"), Use("examplamine", "oral", "example drops")
    model = compose(modules_for([use, drops], library), evidence)
    kernel = compile_model(model, target="reference", outputs=["plasma.examplamine", "plasma.norexamplamine"])
    times = np.array([0.0, 0.5, 1.0, 4.0, 12.0, 24.0])
    schedules = tuple(
        Events.boluses(np.array([0.0]), model.inlet_groups[item.group][0], 1000.0) for item in (use, drops)
    )
    table = np.tile([item.value for item in model.parameters], (2, 1))
    found = kernel.run(table, Schedules(schedules, np.arange(2)), times).values
    ka, ke, km = 1.0, 12.0 / 100.0, 0.1
    parent = 0.6 * 1000.0 / 100.0 * ka / (ka - ke) * (np.exp(-ke * times) - np.exp(-ka * times))
    np.testing.assert_allclose(found[0, :, 0], parent, rtol=1e-6, atol=1e-9)
    coefficients = [
        np.exp(-a * times) / ((b - a) * (c - a)) for a, b, c in ((ka, ke, km), (ke, ka, km), (km, ka, ke))
    ]
    metabolite = 0.6 * 1000.0 / 50.0 * ka * ke * sum(coefficients)
    np.testing.assert_allclose(found[0, :, 1], metabolite, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found[1], 0.5 * found[0], rtol=1e-6, atol=1e-9)


def test_people_vary_as_its_file_says(library: Catalog, evidence: Evidence) -> None:
    model = compose(modules_for([Use("examplamine", "oral")], library), evidence)
    table = parameter_table(model, population(evidence, 200, 1), evidence)
    share = table[:, model.parameter_index["examplamine.oral.F"]]
    assert 0.0 < share.min() < 0.6 < share.max() < 1.0
    assert np.ptp(table[:, model.parameter_index["examplamine.oral.ka"]]) == 0.0
    assert np.ptp(table[:, model.parameter_index["examplamine.CL"]]) > 0.0


def test_correlations_occasions_and_categories_act_as_its_file_says(
    library: Catalog, evidence: Evidence
) -> None:
    setting = Setting(evidence, library)
    base = Scenario(
        parse("examplamine 100 mg oral every 24 h for 6 days", library),
        population(evidence, 300, 1),
        until=144.0,
        every=0.5,
        outputs=("plasma.examplamine",),
    )
    ready = prepare(base, setting)
    columns = ready.model.parameter_index
    table = parameter_table(ready.model, base.people, evidence)
    share = table[:, columns["examplamine.oral.F"]]
    together = np.corrcoef(np.log(table[:, columns["examplamine.CL"]]), np.log(share / (1.0 - share)))[0, 1]
    assert together == pytest.approx(-0.6, abs=0.2), "weight adds to the spread of clearance"
    curve = simulate(base, setting).data["plasma.examplamine"]
    times = np.stack([curve.sel(time=slice(day, day + 23.5)).argmax("time") for day in (24.0, 48.0, 72.0)])
    assert (np.ptp(times, axis=0) > 0).mean() > 0.5, "the time of the peak moves from dose to dose"
    one = simulate(replace(base, occasion=144.0), setting).data["plasma.examplamine"]
    times = np.stack([one.sel(time=slice(day, day + 23.5)).argmax("time") for day in (72.0, 96.0, 120.0)])
    assert (np.ptp(times, axis=0) <= 1).all(), "one occasion, one rate of absorption"


def test_covariates_of_every_form_act_as_its_file_says(library: Catalog, evidence: Evidence) -> None:
    model = compose(modules_for([Use("examplamine", "oral")], library), evidence)
    person = replace(typical_person(evidence), child_pugh="C", age=45.0)
    (row,) = parameter_table(model, population(evidence, 1, 1, typical=person), evidence)
    assert row[model.parameter_index["examplamine.CL"]] == pytest.approx(0.25 * 12.0)
    assert row[model.parameter_index["examplamine.V"]] == pytest.approx(100.0 * np.exp(0.1))


def test_without_its_rows_the_missing_slot_is_named(library: Catalog) -> None:
    with pytest.raises(UnknownNameError, match=r"^unknown parameter 'examplamine\.V'"):
        compose(modules_for([Use("examplamine", "oral")], library), load())
