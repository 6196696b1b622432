"""What a drug file may say of enzymes, and what is said where it may not."""

from __future__ import annotations

import pytest

from speciosa.drugs import Disposition, Drug
from speciosa.drugs.definition import Formation
from speciosa.drugs.interaction import ENZYMES, Inhibition, Metabolism, Pathway, acts_at
from speciosa.errors import DrugError

KINETICS = Disposition(("V",), ("CL",))


def test_an_enzyme_must_be_known() -> None:
    with pytest.raises(DrugError, match=r"^the enzyme 'CYP9Z' is not known; expected one of: CYP3A, CYP2D6"):
        Inhibition("CYP9Z", "Ki")


def test_a_site_must_have_the_enzyme() -> None:
    with pytest.raises(DrugError, match=r"^CYP2D6 does not clear drugs in the gut; expected one of: liver"):
        Inhibition("CYP2D6", "Ki", sites=("gut",))
    with pytest.raises(DrugError, match="CYP2B6 does not clear drugs in the gut"):
        Pathway("CYP2B6", "fm", gut="Fg")


def test_a_pathway_needs_a_share_or_a_clearance() -> None:
    with pytest.raises(DrugError, match="names no share; expected fraction, or the clearance it makes up"):
        Pathway("CYP3A")
    assert Pathway("CYP3A", clearance="CL").fraction is None


def test_a_share_of_a_formation_needs_a_metabolite() -> None:
    with pytest.raises(DrugError, match="has a share of a formation, and forms nothing"):
        Pathway("CYP3A", "fm", formed="share")


def test_metabolism_must_fit_the_drug() -> None:
    with pytest.raises(DrugError, match=r"names 'CLX', which is no clearance of examplamine"):
        Drug(
            "examplamine",
            (),
            "x",
            (),
            KINETICS,
            metabolism=Metabolism("E", (Pathway("CYP3A", clearance="CLX"),)),
        )
    with pytest.raises(DrugError, match=r"forms 'norexamplamine', which is no metabolite of examplamine"):
        pathway = Pathway("CYP3A", "fm", forms="norexamplamine")
        Drug("examplamine", (), "x", (), KINETICS, metabolism=Metabolism("E", (pathway,)))
    formation = Formation("norexamplamine", "fraction", systemic="CL")
    made = Drug("examplamine", (), "x", (), KINETICS, (formation,), metabolism=Metabolism("E", (pathway,)))
    assert made.metabolism is not None
    assert made.metabolism.enzymes == ("CYP3A",)


def test_metabolism_names_a_pathway() -> None:
    with pytest.raises(DrugError, match="the metabolism names no pathway; expected at least one enzyme"):
        Metabolism("E", ())


def test_sites_of_an_enzyme_that_clears() -> None:
    both = Metabolism("E", (Pathway("CYP3A", "fm", gut="Fg"), Pathway("CYP2D6", "fm2")))
    assert both.sites("CYP3A") == ("liver", "gut")
    assert both.sites("CYP2D6") == ("liver",)
    assert both.sites("CYP2B6") == ()


def test_effects_act_everywhere_unless_sites_are_named() -> None:
    assert all(acts_at(Inhibition("CYP3A", "Ki"), "CYP3A", site) for site in ENZYMES["CYP3A"])
    assert not acts_at(Inhibition("CYP3A", "Ki", sites=("gut",)), "CYP3A", "liver")
    assert not acts_at(Inhibition("CYP3A", "Ki"), "CYP2D6", "liver")


def test_saturable_elimination_names_both_constants() -> None:
    with pytest.raises(DrugError, match=r"^a saturable elimination names one slot; expected vmax and km"):
        Disposition(("V",), vmax="vmax")
    assert Drug("x", (), "x", (), Disposition(("V",), vmax="vmax", km="km")).is_saturable
    assert not Drug("x", (), "x", (), KINETICS).is_saturable
