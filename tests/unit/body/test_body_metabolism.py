"""Enzymes and extraction: the equations against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.body.enzymes import acting, lasting, reversible, shared_enzymes
from speciosa.body.metabolism import interplay
from speciosa.body.person import is_linear, modules_for
from speciosa.drugs import Disposition, Drug, Input, Route, Use, catalog
from speciosa.drugs.interaction import Inhibition, Metabolism, Pathway
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import Model, compose, evaluate
from speciosa.model.expression import as_expression

DRUGS = catalog().drugs


def model(*uses: Use) -> Model:
    return compose(modules_for(uses, catalog()), load())


def at_rest(composed: Model) -> dict[str, float]:
    point = {item.name: item.value for item in composed.parameters}
    return point | {item.name: evaluate(as_expression(item.initial), point) for item in composed.states}


class TestWhatMeets:
    def test_a_drug_alone_keeps_its_empirical_model(self) -> None:
        assert interplay([DRUGS["midazolam"]]).modules == ()
        names = [module.name for module in modules_for([Use("midazolam", "oral")], catalog())]
        assert not [name for name in names if "CYP" in name or "metabolism" in name]

    def test_drugs_that_share_no_enzyme_do_not_meet(self) -> None:
        assert interplay([DRUGS["midazolam"], DRUGS["quinidine"], DRUGS["morphine"]]).victims.keys() == set()

    def test_an_effect_on_the_gut_wall_reaches_only_drugs_that_it_clears(self) -> None:
        """Buprenorphine under the tongue names no gut wall; kratom acts on nothing else."""
        assert shared_enzymes(DRUGS["buprenorphine"], [DRUGS["mitragynine"]]) == ()
        assert shared_enzymes(DRUGS["midazolam"], [DRUGS["mitragynine"]]) == ("CYP3A",)

    def test_own_effects_count_where_the_file_says_so(self) -> None:
        parox, keto = DRUGS["paroxetine"], DRUGS["ketoconazole"]
        assert shared_enzymes(parox, [parox]) == ("CYP2D6",)
        assert acting([keto], "CYP3A", "liver", keto) == ()
        assert len(acting([keto], "CYP3A", "liver")) == 1

    def test_lasting_and_reversible_effects_are_told_apart(self) -> None:
        found = acting([DRUGS["paroxetine"], DRUGS["quinidine"]], "CYP2D6", "liver")
        assert [drug.name for drug, _ in lasting(found)] == ["paroxetine"]
        assert [drug.name for drug, _ in reversible(found)] == ["paroxetine", "quinidine"]
        assert all(isinstance(effect, Inhibition) for _, effect in reversible(found))

    def test_linear_or_not(self) -> None:
        assert is_linear([Use("midazolam", "oral")], catalog())
        assert is_linear([Use("mitragynine", "oral")], catalog()), "kratom does not act on itself"
        assert not is_linear([Use("ketoconazole", "oral")], catalog()), "saturable"
        assert not is_linear([Use("rifampicin", "oral")], catalog()), "induces itself"


class TestWellStirredLiver:
    def test_clearance_and_first_pass_of_midazolam_by_hand(self) -> None:
        """One half of the activity in the liver, one third in the gut wall."""
        composed = model(Use("midazolam", "oral"), Use("ketoconazole", "oral"))
        point = at_rest(composed)
        fu, ki = point["ketoconazole.fu"], point["ketoconazole.Ki.CYP3A"]
        # Plasma alone gives an activity of 1/2; what is absorbed must then make up for the gut wall.
        point["ketoconazole.central"] = ki / fu * point["ketoconazole.V/F"]
        liver, gut = 0.5, 0.5
        e, fm, fg = point["midazolam.extraction"], point["midazolam.fm.CYP3A"], point["midazolam.Fg"]
        m = 1.0 + fm * (liver - 1.0)
        d = 1.0 / (1.0 - e + m * e)
        value = {output.name: evaluate(output.value, point) for output in composed.outputs}
        assert value["binding.CYP3A.liver.ketoconazole"] == pytest.approx(1.0)
        assert value["metabolism.midazolam.clearance"] == pytest.approx(m * d)
        escaping = 1.0 / (1.0 + gut * (1.0 / fg - 1.0))
        assert value["metabolism.midazolam.passing"] == pytest.approx((1.0 - e) * d * escaping)

    def test_area_after_swallowing_depends_on_the_intrinsic_clearance_alone(self) -> None:
        """With a well-stirred liver AUC = F/CL goes as 1/m, whatever the extraction ratio."""
        composed = model(Use("dextromethorphan", "oral"), Use("quinidine", "oral"))
        point = at_rest(composed) | {"quinidine.central": 500.0 * at_rest(composed)["quinidine.V/F"]}
        ratios = []
        for extraction in (0.05, 0.5, 0.93):
            point["dextromethorphan.extraction"] = extraction
            value = {output.name: evaluate(output.value, point) for output in composed.outputs}
            passing = value["metabolism.dextromethorphan.passing"] / (1.0 - extraction)
            ratios.append(passing / value["metabolism.dextromethorphan.clearance"])
        np.testing.assert_allclose(ratios, ratios[0], rtol=1e-12)
        assert ratios[0] > 5.0

    def test_the_renal_part_stays(self) -> None:
        composed = model(Use("quinidine", "oral"), Use("itraconazole", "oral"))
        point = at_rest(composed) | {"itraconazole.central": 1e12}
        value = {output.name: evaluate(output.value, point) for output in composed.outputs}
        least = 1.0 - point["quinidine.hepatic.share"]
        assert value["metabolism.quinidine.clearance"] > least

    def test_the_share_that_forms_a_metabolite_stays_a_share(self) -> None:
        composed = model(Use("oxycodone", "oral"), Use("rifampicin", "oral"), Use("itraconazole", "oral"))
        share = at_rest(composed)["oxycodone.noroxycodone.share"]
        for state, value in (("enzyme.CYP3A.liver.amount", 100.0), ("itraconazole.central", 1e12)):
            point = at_rest(composed) | {state: value}
            factor = evaluate(composed.output("metabolism.oxycodone.to.noroxycodone").value, point)
            assert 0.0 <= share * factor <= 1.0
            assert (factor > 1.0) == state.startswith("enzyme")


class TestEnzymes:
    def test_turnover_returns_with_its_half_life(self) -> None:
        """Half of an enzyme that was lost is back after one half-life, without any drug."""
        composed = model(Use("dextromethorphan", "oral"), Use("paroxetine", "oral"))
        index = composed.state_index["enzyme.CYP2D6.liver.amount"]
        point = at_rest(composed)
        slope = evaluate(composed.derivatives[index], point | {"enzyme.CYP2D6.liver.amount": 0.0})
        assert slope == pytest.approx(np.log(2.0) / point["CYP2D6.liver.half_life"])

    def test_induction_reaches_its_fold(self) -> None:
        """At concentrations far above EC50 the enzyme settles at 1 + Emax."""
        composed = model(Use("midazolam", "oral"), Use("rifampicin", "oral"))
        point = at_rest(composed) | {"rifampicin.central": 1e15}
        index = composed.state_index["enzyme.CYP3A.liver.amount"]
        fold = 1.0 + point["rifampicin.Emax.CYP3A"]
        rate = evaluate(composed.derivatives[index], point | {"enzyme.CYP3A.liver.amount": fold})
        assert rate == pytest.approx(0.0, abs=1e-6)

    def test_phenotype_sets_the_start_and_the_level(self) -> None:
        uses = [Use("dextromethorphan", "oral"), Use("paroxetine", "oral")]
        composed = compose(modules_for(uses, catalog(), ("CYP2D6",)), load())
        part = composed.parameter("CYP2D6.phenotype")
        (relation,) = part.parameter.covariates
        assert relation.covariate == "cyp2d6_activity_score"
        point = {item.name: item.value for item in composed.parameters} | {"CYP2D6.phenotype": 0.4}
        state = next(item for item in composed.states if item.name == "enzyme.CYP2D6.liver.amount")
        assert evaluate(as_expression(state.initial), point) == pytest.approx(0.4)
        index = composed.state_index[state.name]
        full = {item.name: 0.0 for item in composed.states} | point | {state.name: 0.4}
        assert evaluate(composed.derivatives[index], full) == pytest.approx(0.0, abs=1e-15)

    def test_poor_metabolizers_of_dextromethorphan_have_the_area_of_their_own_fit(self) -> None:
        """The share of CYP2D6 is from them: without the enzyme the area is theirs, 28 times as large."""
        use = Use("dextromethorphan", "oral")
        composed = compose(modules_for([use], catalog(), ("CYP2D6",)), load())
        names = [item.name for item in composed.parameters]
        table = np.tile([item.value for item in composed.parameters], (2, 1))
        table[1, names.index("CYP2D6.phenotype")] = 0.0
        inlet = composed.inlet_groups[use.group][0]
        events = Events.boluses(np.zeros(1), np.array([inlet], dtype=np.int64), 1000.0)
        times = np.linspace(0.0, 600.0, 6001)
        kernel = compile_model(composed, target="reference", outputs=["plasma.dextromethorphan"])
        found = kernel.run(table, Schedules.shared(events, 2), times, start=0.0).values[:, :, 0]
        area = np.trapezoid(found, times, axis=1)
        rows = load().rows
        expected = rows["fit-dextromethorphan-cl-f-em"].value / rows["fit-dextromethorphan-cl-f-pm"].value
        assert area[1] / area[0] == pytest.approx(expected, rel=0.02)


class TestSeveralClearances:
    """A made-up drug: one clearance by an enzyme, one by the liver otherwise, one by the kidney."""

    DRUG = Drug(
        "examplamine",
        (),
        "opioid agonist",
        (Route("intravenous", (Input("bolus"),)),),
        Disposition(("V",), ("CLe", "CLh", "CLr")),
        metabolism=Metabolism(
            "E", (Pathway("CYP3A", clearance="CLe"),), hepatic=("CLe", "CLh"), first_pass=()
        ),
    )

    def test_each_clearance_changes_by_its_own_factor(self) -> None:
        found = interplay([self.DRUG, DRUGS["ketoconazole"]])
        extraction = found.victims["examplamine"]
        assert set(extraction.parts) == {"CLe", "CLh", "CLr"}
        module = next(item for item in found.modules if item.name == "metabolism of examplamine")
        activity = 0.25
        point = {"examplamine.E": 0.4, "examplamine.CLe": 30.0, "examplamine.CLh": 10.0}
        point["binding.CYP3A.liver.ketoconazole"] = 1.0 / activity - 1.0
        relative = (30.0 * activity + 10.0) / 40.0
        escaping = 1.0 / (1.0 - 0.4 + 0.4 * relative)
        point["metabolism.examplamine.liver"] = escaping
        value = {output.name: evaluate(output.value, point) for output in module.outputs}
        assert value["metabolism.examplamine.liver"] == pytest.approx(escaping)
        assert value["metabolism.examplamine.CLe"] == pytest.approx(activity * escaping)
        assert value["metabolism.examplamine.CLh"] == pytest.approx(escaping)
        assert value["metabolism.examplamine.CLr"] == 1.0
