"""The page for a reader in withdrawal: sourced, plain, and without an amount of kratom."""

from __future__ import annotations

import re

import pytest

from speciosa.claims import Guidance, guidance
from speciosa.claims.guidance import Section, Sentence
from speciosa.claims.writing import guidance_html, guidance_markdown
from speciosa.errors import ClaimError, UnknownNameError
from speciosa.evidence import load

GRADE = 8.0
AMOUNT = re.compile(r"\d\s*(g|mg|ug|grams?|milligrams?|spoons?|capsules?|cups?|ml)\b", re.IGNORECASE)


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e: what readability formulas count by rule."""
    word = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith("le") and groups > 1:
        groups -= 1
    return max(groups, 1)


def grade(sentences: list[str]) -> float:
    """Flesch-Kincaid grade (Kincaid 1975)."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z'-]+", sentence)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_formula_tells_plain_from_learned() -> None:
    assert grade(["The cat sat on the mat."]) < 2
    assert grade(["Pharmacokinetic heterogeneity necessitates individualized therapeutic monitoring."]) > 16


def test_every_sentence_has_sources_that_exist() -> None:
    evidence = load()
    guidance().check(evidence)
    for sentence in guidance().sentences:
        assert sentence.sources(evidence)


def test_it_reads_at_grade_eight_or_lower() -> None:
    texts = [sentence.text for sentence in guidance().sentences]
    assert grade(texts) <= GRADE


def test_no_sentence_is_hard_by_itself() -> None:
    assert [item.text for item in guidance().sentences if grade([item.text]) > GRADE + 6] == []


@pytest.mark.parametrize("write", [guidance_html, guidance_markdown])
def test_it_names_no_amount(write: object) -> None:
    shown = "\n".join(sentence.text for sentence in guidance().sentences)
    assert AMOUNT.search(shown) is None
    assert AMOUNT.search("take 2 g of leaf") is not None
    assert not any(character.isdigit() for character in shown.replace("7-OH", ""))
    assert all(sentence.text in write(guidance(), load()) for sentence in guidance().sentences)  # type: ignore[operator]


def test_it_begins_with_when_to_call_for_help_and_names_approved_treatment() -> None:
    assert guidance().sections[0].heading == "Call for help now"
    text = " ".join(sentence.text for sentence in guidance().sentences)
    for medicine in ("methadone", "buprenorphine", "Lofexidine", "Naltrexone", "naloxone"):
        assert medicine in text


def test_a_sentence_without_rows_is_refused() -> None:
    with pytest.raises(ClaimError, match="names no row"):
        Sentence("So it is said.", ())


def test_a_row_that_does_not_exist_is_named() -> None:
    page = Guidance("A page", (Section("A heading", (Sentence("A sentence.", ("kr-singh14",)),)),))
    with pytest.raises(UnknownNameError, match="A sentence"):
        page.check(load())
