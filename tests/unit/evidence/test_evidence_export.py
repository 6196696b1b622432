"""Export of sources: BibTeX that parses, CSL-JSON that is valid, references that say what they are."""

import json
import re

import pytest

from speciosa.evidence import bibtex, csl_json, load
from speciosa.evidence.export import Name, parse_authors


def parse_bibtex(text):
    """Read entries with a scanner of its own: braces must balance and every field must be closed."""
    entries = {}
    position = 0
    while (start := text.find("@", position)) >= 0:
        head = re.compile(r"@(\w+)\{([^,\s]+),\n").match(text, start)
        assert head, text[start : start + 40]
        depth, end = 1, head.end()
        while depth:
            character = text[end]
            if character == "\\":
                end += 1
            depth += {"{": 1, "}": -1}.get(character, 0) if character != "\\" else 0
            end += 1
        body = text[head.end() : end - 1]
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, flags=re.MULTILINE))
        assert len(fields) == body.count("\n"), body
        assert head[2] not in entries
        entries[head[2]] = {"type": head[1], **fields}
        position = end
    return entries


def test_bibtex_of_all_sources_parses():
    sources = load().sources
    entries = parse_bibtex(bibtex(sources.values()))
    assert entries.keys() == sources.keys()
    assert all(entry["title"] for entry in entries.values())


def test_special_characters_of_bibtex_are_escaped_in_every_field():
    for key, entry in parse_bibtex(bibtex(load().sources.values())).items():
        for name, value in entry.items():
            assert not re.search(r"(?<!\\)[&%$#_]", value), (key, name, value)


def test_fields_of_an_article(folder):
    entry = parse_bibtex(bibtex(folder.load().sources.values()))["meyer2020"]
    assert entry == {
        "type": "article",
        "author": "Meyer, A. B. and de Vries, C.-D. and others",
        "title": r"{Tea 5\% \& \{x\}\_y}",
        "year": "2020",
        "journal": "J Ph",
        "volume": "2",
        "number": "3",
        "pages": "4--7",
        "doi": r"10.1000/\_1",
        "note": "PMID:1; PMC4; seen: full-text; author list abbreviated",
    }


def test_an_own_calculation_is_no_literature(folder):
    source = folder.load().sources["prefit_fit"]
    assert source.is_own
    assert source.bibtex().startswith("@misc{prefit_fit,\n  author = {{this project}},\n")
    assert "Own calculation, not literature" in source.bibtex()
    assert (
        source.reference == "Own calculation, not literature: this project (2026). Own fits. not published."
    )


def test_csl_json_of_all_sources_is_valid():
    sources = load().sources
    entries = {entry["id"]: entry for entry in json.loads(csl_json(sources.values()))}
    assert entries.keys() == sources.keys()
    for key, entry in entries.items():
        assert entry["type"] in {"article-journal", "document"}
        assert entry["title"]
        assert ("issued" in entry) == (sources[key].year is not None)
        assert all(
            author.keys() <= {"family", "given", "literal"} and author for author in entry.get("author", [])
        )


def test_fields_of_a_csl_item(folder):
    (entry, own) = json.loads(csl_json(folder.load().sources.values()))
    assert entry == {
        "id": "meyer2020",
        "type": "article-journal",
        "title": "Tea 5% & {x}_y",
        "author": [{"family": "Meyer", "given": "AB"}, {"family": "de Vries", "given": "C-D"}],
        "issued": {"date-parts": [[2020]]},
        "container-title": "J Ph",
        "volume": "2",
        "issue": "3",
        "page": "4-7",
        "DOI": "10.1000/_1",
        "PMID": "1",
        "PMCID": "PMC4",
        "note": "PMID:1; PMC4; seen: full-text; author list abbreviated",
    }
    assert own["type"] == "document"


def test_reference_line(folder):
    assert folder.load().sources["meyer2020"].reference == (
        "Meyer AB, de Vries C-D, et al (2020). Tea 5% & {x}_y. J Ph 2(3):4-7. doi:10.1000/_1. PMID:1; PMC4."
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("O'Donnell J, D'Onofrio GH", (Name("O'Donnell", "J"), Name("D'Onofrio", "GH"))),
        ("Barbosa-Leiker C et al", (Name("Barbosa-Leiker", "C"),)),
        (
            "van den Oever HLA, Leong Abdullah MFI",
            (Name("van den Oever", "HLA"), Name("Leong Abdullah", "MFI")),
        ),
        ("Holler et al.", (Name("Holler"),)),
        ("Kamble SH, et al., Hiranita T", (Name("Kamble", "SH"), Name("Hiranita", "T"))),
        ("Boas RA, Villiger JW (memory)", (Name("Boas", "RA"), Name("Villiger", "JW"))),
        ("Bates D, R Core Team", (Name("Bates", "D"), Name(literal="R Core Team"))),
        ("Emergency Care BC", (Name(literal="Emergency Care BC"),)),
        ("CDC, Outbreak Museum", (Name(literal="CDC, Outbreak Museum"),)),
        ("(US prescribing information)", (Name(literal="US prescribing information"),)),
        ("not seen", ()),
        ("not seen (Huestis group presumed)", ()),
        ("(author to verify)", ()),
        ("", ()),
    ],
)
def test_author_lists(text, names):
    assert parse_authors(text).names == names
