"""Loading: the packaged data as a whole, and what stops a load."""

import re
from importlib import resources

import pytest

from speciosa.errors import EvidenceError
from speciosa.evidence import GRADES, KINDS, check_folder, load
from speciosa.evidence.check import find_faults


def packaged_files():
    def walk(folder):
        for entry in folder.iterdir():
            if entry.is_dir():
                yield from walk(entry)
            else:
                yield entry

    return list(walk(resources.files("speciosa.evidence") / "data"))


def test_the_packaged_data_load_in_full():
    evidence = load()
    assert len(evidence.rows) >= 2161
    assert len(evidence.sources) >= 383
    assert len(evidence.targets) >= 336
    assert len(evidence.timecourses) >= 9
    assert sum(len(items) for items in evidence.scales.values()) >= 69
    assert len(evidence.vocabulary) >= 64


def test_the_packaged_data_have_no_fault():
    assert [str(fault) for fault in check_folder()] == []
    load().check()


def test_the_package_is_read_once():
    assert load() is load()


def test_no_packaged_file_names_a_person_by_mail_or_a_place_on_a_disk():
    mail = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}")
    place = re.compile(r"(?<![\w./])/(home|tmp|root|work|mnt|usr|Users)/|shared[/]|science/\w+\.md")
    for file in packaged_files():
        text = file.read_text(encoding="utf-8")
        assert not mail.search(text), file.name
        assert not place.search(text), file.name


def test_a_known_row_is_read_field_by_field():
    row = load().rows["mtg-clf-tea-tanna2022"]
    assert (row.drug, row.quantity, row.value, row.unit) == ("mitragynine", "CL/F", 233.0, "L/h")
    assert (row.spread_type, row.spread, row.interval) == ("range", "71.7 to 302", (71.7, 302.0))
    assert (row.seen, row.grade, row.kind, row.n) == ("full-text", "A", "measured", 5)
    assert row.file == "kratom_pk.csv"
    text = (resources.files("speciosa.evidence") / "data" / row.file).read_text(encoding="utf-8")
    assert text.splitlines()[row.line - 1].startswith("mtg-clf-tea-tanna2022,")


def test_rows_give_only_known_words():
    rows = load().rows.values()
    assert {row.seen for row in rows} == set(GRADES)
    assert {row.kind for row in rows} == set(KINDS)


def test_scales_and_time_courses():
    evidence = load()
    cows = evidence.scales["COWS"]
    assert [item.allowed for item in cows if item.item_number == "11"] == [(0, 3, 5)]
    assert sum(max(item.allowed) for item in cows if item.item_number.isdigit()) == 48
    course = evidence.timecourses["ctn0094_ctn0030_phase1_taper_cows"]
    assert len(course.select(unit="fraction COWS>=5")) == 25
    assert "bup-nx 2-wk stabilization" in course.arms[0]
    assert course.comments[-1].startswith("Kind: derived")


def test_a_small_folder_loads(folder):
    evidence = folder.load()
    assert repr(evidence).endswith("8 rows, 2 sources, 2 slots, 1 targets, 1 time courses>")
    assert evidence.faults() == ()
    assert evidence.rows["b-ki"].drugs == ("beta", "alpha")
    assert evidence.timecourses["course"].arms == ("first", "second")
    assert evidence.targets["t-1"].segments[1] == {"drug": "beta", "dose": "1"}


def test_every_file_with_rows_and_every_source_file_joins_by_lying_there(folder):
    folder.append("sources_choices.csv", "key,authors,year,title,journal,doi,pmid_or_pmcid,seen,note\n")
    folder.append("sources_choices.csv", "choice,this project,2026,Choices,,,,memory,\n")
    header = (folder.path / "kinetics.csv").read_text(encoding="utf-8").splitlines()[0]
    folder.append(
        "choices.csv", f"{header}\nc-1,alpha,fu,adults,0.1,dimensionless,none,,,choice,,memory,,assumed\n"
    )
    folder.append("selection/more.toml", '["alpha.fu"]\nrow = "c-1"\nwhy = "No other."\n')
    evidence = folder.load()
    assert evidence.faults() == ()
    assert evidence.slot("alpha.fu").value("dimensionless") == 0.1
    assert evidence.sources["choice"].is_own


def test_a_quoted_line_break_does_not_shift_the_line_numbers(folder):
    folder.replace("kinetics.csv", '"adults, oral"', '"adults,\noral"')
    evidence = folder.load()
    assert evidence.rows["a-cl"].line == 2
    assert evidence.rows["a-cl-tea"].line == 4


def test_the_digest_follows_the_content(folder):
    first = folder.load().digest
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert folder.load().digest == first
    folder.replace("kinetics.csv", "600,mL/min", "601,mL/min")
    assert folder.load().digest != first


def test_mappings_cannot_be_changed(folder):
    with pytest.raises(TypeError):
        folder.load().rows["new"] = None


def test_a_folder_without_sources_is_refused(tmp_path):
    with pytest.raises(
        EvidenceError, match=r"is no evidence folder; expected a folder with a file 'sources\.csv'"
    ):
        load(tmp_path)


def test_checking_is_no_part_of_loading(folder):
    evidence = folder.replace("kinetics.csv", "36,L/h", "36,L/hx").load()
    assert [fault.column for fault in find_faults(evidence)] == ["unit"]
    with pytest.raises(EvidenceError, match=r"kinetics\.csv:2, column 'unit': unknown unit"):
        evidence.check()
