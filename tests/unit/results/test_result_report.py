"""The report: well formed, loads nothing, names what is weak."""

from __future__ import annotations

import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from speciosa.errors import ResultError
from speciosa.results import Comparison, Result, own_figures, render_report, write_report

VOID = {"meta", "br", "wbr", "link", "img", "hr", "input"}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "xlink:href"}


class Page(HTMLParser):
    """Reads a page and fails where tags do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.stack, f"not closed: {self.stack}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.stack.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"nothing open for </{tag}>"
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.stack or self.stack[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


@pytest.fixture(scope="module")
def sensitivity() -> pd.DataFrame:
    frame = pd.DataFrame({"assumption": ["unbound fraction"], "low": [9.25], "high": [15.125]})
    frame.attrs["caption"] = "Peak COWS at both ends of each range"
    return frame


@pytest.fixture
def page(arms: dict[str, Result], evidence: Any, sensitivity: pd.DataFrame) -> str:
    comparison = Comparison(arms)
    return render_report(
        comparison,
        title="After morphine & what then",
        question="What happens?\n\nAnd then?",
        table=comparison.table(final_stop=480.0, at=(480.0,)),
        unknowns=["Nobody measured <this>."],
        sensitivity=sensitivity,
        equations="<p class='equation'><math><mi>x</mi></math></p>",
        evidence=evidence,
    )


def test_it_is_well_formed_with_ids_used_once(page: str) -> None:
    read = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    ids = Counter(read.values("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    targets = {value[1:] for tag, key, value in read.attributes if key == "href" and value.startswith("#")}
    assert targets <= set(ids)


def test_it_loads_nothing(page: str) -> None:
    read = Page(page)
    for tag, name, value in read.attributes:
        if name in LOADING:
            assert value.startswith("#"), f"{tag} {name} loads {value}"
        if name == "href" and not value.startswith("#"):
            assert tag == "a"
            assert value.startswith("https://doi.org/")
        assert not name.startswith("on")
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(read.tags)
    assert not re.search(r"@import|url\((?!#)", page)
    assert "default-src 'none'" in page


def test_it_can_be_read_by_everybody(page: str) -> None:
    read = Page(page)
    assert read.values("lang") == ["en"]
    assert read.tags["table"] == read.tags["caption"]
    assert read.tags["h1"] == 1
    assert all(b <= a + 1 for a, b in zip(read.headings, read.headings[1:], strict=False))
    assert ("a", "class", "skip") in read.attributes
    assert read.tags["svg"] == read.tags["figure"] == read.tags["figcaption"] == 5
    labels = [value for tag, name, value in read.attributes if tag == "svg" and name == "aria-label"]
    assert len(labels) == 5
    assert all("n = " in label for label in labels)


def test_it_says_what_it_is_for_and_what_it_is_not(page: str) -> None:
    text = Page(page).text
    assert "research and professional monitoring; not medical advice; no dosing advice" in text
    assert "No part of this report advises anybody to take kratom, or how much of it." in text


def test_sections_and_given_content(page: str) -> None:
    text = Page(page).text
    for words in (
        "After morphine & what then",
        "And then?",
        "What is not known",
        "Nobody measured <this>.",
        "Peak COWS at both ends of each range",
        "15.1",
        "peak COWS after the final stop",
        "buprenorphine: 1 of 30 persons could not be simulated and are left out: step size too small.",
        "after morphine 30 mg SC every 6 h for 60 days",
        "4 arms of 30 persons each (1 failed and left out), 28 days simulated.",
    ):
        assert words in text, words
    assert "<math><mi>x</mi></math>" in page


def test_trust_parameters_and_sources(page: str) -> None:
    text = Page(page).text
    assert "1 of the 3 evidence rows used (33 %) are recalled from memory" in text
    weak = text[text.index("Numbers recalled from memory or assumed") :]
    assert weak.split("why ")[1].startswith("dependence. gain 1 dimensionless CV% 30 gain memory, assumed")
    assert "Numbers that the scenario set itself" in text
    assert "first2020: Table 2" in text
    assert 'href="https://doi.org/10.1000/first2020"' in page
    assert "Title of first2020 <with> markup & more" in text
    assert "never2001" not in text
    assert "unused1990" not in text


def test_versions_and_seed(page: str) -> None:
    text = Page(page).text
    assert "Seed 7" in text
    assert "0123456789abcdef" in text
    assert "Engine target reference" in text


def test_report_of_one_result(population: Result, evidence: Any) -> None:
    text = render_report(population, evidence=evidence)
    read = Page(text)
    assert "Nothing after morphine" in read.text
    assert "plasma. mitragynine" in read.text
    assert read.tags["figure"] == len(own_figures(population)) == 5
    assert "The question" not in read.text
    assert "What is not known" not in read.text


def test_one_person_and_a_table_of_the_callers(make: Any, evidence: Any) -> None:
    frame = pd.DataFrame({"metric": ["Cmax"], "value": [93.25], "unit": [None]})
    text = Page(render_report(make(persons=1), table=frame, figures={}, evidence=evidence)).text
    assert "Cmax 93.2 –" in text
    assert "Figures" not in text


def test_written_at_once_and_the_same_every_time(population: Result, evidence: Any, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        assert write_report(tmp_path / name, population, evidence=evidence) == tmp_path / name
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_nothing_is_left_where_it_cannot_be_written(
    population: Result, evidence: Any, tmp_path: Path
) -> None:
    with pytest.raises(ResultError, match="cannot write"):
        write_report(tmp_path / "missing" / "a.html", population, figures={}, evidence=evidence)
    assert not list(tmp_path.iterdir())


def test_missing_jinja_names_the_extra(
    population: Result, evidence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ResultError, match=r"reports need the package jinja2.*speciosa\[plots\]"):
        render_report(population, figures={}, evidence=evidence)


def _luminance(color: str) -> float:
    parts = [int(color[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_words_have_contrast_in_light_and_dark(page: str) -> None:
    themes = re.findall(r":root \{([^}]*--paper: #[0-9a-f]{6}[^}]*)\}", page)
    assert len(themes) == 2
    for theme in themes:
        colors = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", theme))
        for words in ("ink", "soft", "accent", "warm"):
            for ground in ("paper", "panel"):
                light, dark = sorted((_luminance(colors[words]), _luminance(colors[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (words, ground)
