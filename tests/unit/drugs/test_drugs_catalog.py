"""Reading the library: what is found, and every way in which a file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from speciosa.drugs import Catalog, Drug, Product, catalog, catalog_from, read
from speciosa.errors import DrugError, UnknownNameError

DRUG = """
name = "alpha"
aliases = ["A-1"]
group = "opioid agonist"
[disposition]
volumes = ["V"]
clearances = ["CL"]
[[routes]]
name = "oral"
[[routes.inputs]]
kind = "first-order"
ka = "ka"
"""
PRODUCT = """
name = "alpha drops"
aliases = ["drops"]
preparation = "drops"
main = "alpha"
[[components]]
drug = "alpha"
"""


def folder(path: Path, drugs: dict[str, str], products: dict[str, str] | None = None) -> Path:
    for name, files in (("molecules", drugs), ("products", products or {})):
        (path / name).mkdir()
        for file, content in files.items():
            (path / name / file).write_text(content, encoding="utf-8")
    return path


def refusal(path: Path, drugs: dict[str, str], products: dict[str, str] | None = None) -> str:
    with pytest.raises((DrugError, UnknownNameError)) as caught:
        catalog_from(folder(path, drugs, products))
    return str(caught.value)


class TestLibrary:
    def test_holds_what_the_program_promises(self) -> None:
        assert {
            "mitragynine",
            "7-hydroxymitragynine",
            "speciociliatine",
            "speciogynine",
            "paynantheine",
            "mitraciliatine",
            "isopaynantheine",
            "morphine",
            "morphine-6-glucuronide",
            "r-methadone",
            "s-methadone",
            "buprenorphine",
            "norbuprenorphine",
            "naloxone",
        } <= set(catalog().drugs)
        assert {"kratom powder", "kratom tea", "kratom extract", "methadone"} <= set(catalog().products)

    def test_is_read_once(self) -> None:
        assert catalog() is catalog()

    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("mitragynine", "mitragynine"),
            ("MTG", "mitragynine"),
            ("7-OH", "7-hydroxymitragynine"),
            ("Kratom", "kratom powder"),
            ("KRATOM  Leaf   powder", "kratom powder"),
            (" kratom tea ", "kratom tea"),
            ("m6g", "morphine-6-glucuronide"),
        ],
    )
    def test_names_and_aliases_in_any_case_and_spacing(self, name: str, found: str) -> None:
        assert catalog().item(name).name == found

    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("mitragynin", "'mitragynine'"),
            ("Morphin", "'morphine'"),
            ("kratom te", "'kratom tea'"),
            ("buprenorfine", "'buprenorphine'"),
        ],
    )
    def test_unknown_names_offer_near_misses_and_say_where_to_look(self, name: str, near: str) -> None:
        with pytest.raises(UnknownNameError) as caught:
            catalog().item(name)
        message = str(caught.value)
        assert message.startswith(f"unknown drug {name!r}. Did you mean ")
        assert near in message
        assert message.endswith("`speciosa drugs` lists the drugs and products of the library.")

    def test_names_without_likeness_list_what_is_known(self) -> None:
        with pytest.raises(UnknownNameError, match=r"^unknown drug 'xyzzy'\. Known: "):
            catalog().item("xyzzy")

    def test_families_start_with_the_parent(self) -> None:
        names = [drug.name for drug in catalog().family("morphine")]
        assert names == ["morphine", "morphine-6-glucuronide", "morphine-3-glucuronide"]
        assert [drug.name for drug in catalog().family("naloxone")] == ["naloxone"]

    def test_family_of_an_unknown_molecule(self) -> None:
        with pytest.raises(UnknownNameError, match=r"^unknown molecule 'morphin'\. Did you mean 'morphine'"):
            catalog().family("morphin")

    def test_family_ends_where_metabolites_form_each_other(self) -> None:
        looping = "\n".join([DRUG, '[[metabolites]]\ndrug = "{}"\nkind = "fraction"\nsystemic = "CL"'])
        alpha = read(looping.format("beta"), Drug, "alpha.toml")
        beta = read(looping.format("alpha").replace('"alpha"\naliases', '"beta"\naliases'), Drug, "beta.toml")
        library = Catalog({"alpha": alpha, "beta": beta}, {})
        assert [drug.name for drug in library.family("beta")] == ["beta", "alpha"]


class TestReading:
    def test_a_sound_folder(self, tmp_path: Path) -> None:
        found = catalog_from(folder(tmp_path, {"a.toml": DRUG, "notes.txt": "not read"}, {"p.toml": PRODUCT}))
        assert isinstance(found.item("a-1"), Drug)
        assert isinstance(found.item("DROPS"), Product)
        assert found.names == ("alpha", "a-1", "alpha drops", "drops")

    def test_bad_toml(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, {"a.toml": DRUG + "name = \n"})
        assert message.startswith("a.toml: not valid TOML: Invalid value (at line 13, column ")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                ('group = "', 'grop = "'),
                "a.toml, key grop: the key is not known. Did you mean 'group'?",
            ),
            (
                ('ka = "ka"', 'ka = "ka"\ntlag = "tlag"'),
                "a.toml, key routes.0.inputs.0.tlag: the key is not known. Did you mean 'lag'?",
            ),
            (
                ('group = "opioid agonist"\n', ""),
                "a.toml, key group: the key is missing.",
            ),
            (
                ('kind = "first-order"', 'kind = "third-order"'),
                "a.toml, key routes.0.inputs.0.kind: Input should be 'bolus', 'first-order', 'zero-order' or "
                "'transit' (given: 'third-order').",
            ),
            (
                ('name = "alpha"', "name = 3"),
                "a.toml, key name: Input should be a valid string (given: 3).",
            ),
            (
                ('volumes = ["V"]', 'volumes = ["V", "V2"]'),
                "a.toml, key disposition: a disposition has 2 volumes and 0 flows; "
                "expected one flow fewer than volumes.",
            ),
            (
                ('ka = "ka"', ""),
                "a.toml, key routes.0.inputs.0: a first-order input has no ka.",
            ),
            (
                ('group = "', 'variability = [["CL", "normal"]]\ngroup = "'),
                "a.toml, key variability.0.1: Input should be 'log-normal' or 'logit-normal' "
                "(given: 'normal').",
            ),
        ],
    )
    def test_faults_name_file_key_and_expectation(
        self, tmp_path: Path, change: tuple[str, str], message: str
    ) -> None:
        assert DRUG.replace(*change) != DRUG
        assert refusal(tmp_path, {"a.toml": DRUG.replace(*change)}) == message

    def test_unknown_metabolite(self, tmp_path: Path) -> None:
        formed = DRUG + '[[metabolites]]\ndrug = "alfa"\nkind = "fraction"\nsystemic = "CL"\n'
        message = refusal(tmp_path, {"a.toml": formed})
        assert message == "alpha: unknown molecule 'alfa'. Did you mean 'alpha'?"

    def test_unknown_component(self, tmp_path: Path) -> None:
        product = PRODUCT.replace('drug = "alpha"', 'drug = "alpah"').replace(
            'main = "alpha"', 'main = "alpah"'
        )
        message = refusal(tmp_path, {"a.toml": DRUG}, {"p.toml": product})
        assert message == "alpha drops: unknown molecule 'alpah'. Did you mean 'alpha'?"

    def test_main_component_that_is_none(self, tmp_path: Path) -> None:
        product = PRODUCT.replace('main = "alpha"', 'main = "beta"')
        message = refusal(tmp_path, {"a.toml": DRUG}, {"p.toml": product})
        assert message == "alpha drops: the main component 'beta' is none of its components."

    def test_route_that_a_component_lacks(self, tmp_path: Path) -> None:
        product = PRODUCT.replace('main = "alpha"', 'main = "alpha"\nroutes = ["nasal"]')
        message = refusal(tmp_path, {"a.toml": DRUG}, {"p.toml": product})
        assert message == "alpha drops: its component alpha has no route 'nasal'."

    def test_two_files_of_one_drug(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, {"a.toml": DRUG, "b.toml": DRUG})
        assert message == "b.toml: 'alpha' is described by two files."

    def test_alias_of_two_drugs(self, tmp_path: Path) -> None:
        other = DRUG.replace('name = "alpha"', 'name = "beta"').replace("A-1", "ALPHA")
        message = refusal(tmp_path, {"a.toml": DRUG, "b.toml": other})
        assert message == "'ALPHA' names both 'alpha' and 'beta'."

    def test_alias_of_a_drug_and_a_product(self, tmp_path: Path) -> None:
        product = PRODUCT.replace('"drops"]', '"a-1"]')
        message = refusal(tmp_path, {"a.toml": DRUG}, {"p.toml": product})
        assert message == "'a-1' names both 'alpha' and 'alpha drops'."
