"""Sources as reference line, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from speciosa.evidence.row import Source

# Particles, family names, initials: "van den Oever HLA", "Leong Abdullah MFI".
_PERSON = re.compile(
    r"((?:[a-z]+ )*[A-Z]['’]?[A-Z]?[\w'’-]*[a-z][\w'’-]*(?: [A-Z][a-z]+)*) ([A-Z](?:-?[A-Z]){0,3})"
)
_FAMILY = re.compile(r"[A-Z][\w'’-]+")
_OTHERS = re.compile(r",?\s*\b(?:et al\b\.?|and others\b)")
_UNKNOWN = re.compile(r"|none|not seen.*|.*\bto verify")
_ISSUE = re.compile(r"(?P<name>.+?) (?P<volume>\d+)(?:\((?P<issue>[^)]+)\))?:(?P<page>\S+)")
_OWN = MappingProxyType(
    {True: "Own calculation, not literature", False: "Choice of this project, not literature"}
)
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True)
class Name:
    """An author: a person by family name and initials, or an institution by `literal` alone."""

    family: str = ""
    initials: str = ""
    literal: str = ""


@dataclass(frozen=True)
class Authors:
    """Author list of a source; empty where nobody is known."""

    names: tuple[Name, ...] = ()
    is_abbreviated: bool = False


def parse_authors(text: str) -> Authors:
    """Read an author list in the Vancouver manner.

    Examples
    --------
    >>> parse_authors("de Hoogd S, et al.").names
    (Name(family='de Hoogd', initials='S', literal=''),)
    >>> parse_authors("CDC, Outbreak Museum").names
    (Name(family='', initials='', literal='CDC, Outbreak Museum'),)
    """
    bare = re.sub(r"\s*\([^)]*\)", "", text).strip() or text.strip("() ")
    if _UNKNOWN.fullmatch(bare):
        return Authors()
    is_abbreviated = _OTHERS.search(bare) is not None
    listed = [part.strip() for part in _OTHERS.sub("", bare).split(",")]
    parts = [part for part in listed if part]
    persons = [_PERSON.fullmatch(part) for part in parts]
    if is_abbreviated and len(parts) == 1 and _FAMILY.fullmatch(parts[0]):
        return Authors((Name(family=parts[0]),), True)
    if not any(persons) or (len(parts) == 1 and not is_abbreviated and _is_institution(parts[0])):
        return Authors((Name(literal=", ".join(parts)),), is_abbreviated)
    names = (
        Name(found[1], found[2]) if found else Name(literal=part)
        for part, found in zip(parts, persons, strict=True)
    )
    return Authors(tuple(names), is_abbreviated)


def _is_institution(name: str) -> bool:
    """Whether a lone name of several words ends in an abbreviation, as "Emergency Care BC"."""
    *words, last = name.split()
    return len(last) > 1 and len([word for word in words if word[0].isupper()]) > 1


def reference(source: Source) -> str:
    """Write one line for a reference list.

    Calculations of this project say that they are none of the literature.
    """
    parts = [f"{source.authors or 'no author recorded'} ({source.year or 'no year recorded'})", source.title]
    parts += [_journal(source), f"doi:{source.doi}" if source.doi else "", source.pmid]
    text = ". ".join(part.rstrip(".") for part in parts if part) + "."
    return f"{_OWN[source.is_calculation]}: {text}" if source.is_own else text


def bibtex(sources: Iterable[Source]) -> str:
    """Write sources as a BibTeX file (UTF-8), sorted by key.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> print(bibtex([load().sources["kruegel2016"]]).splitlines()[0])
    @article{kruegel2016,
    """
    return "\n".join(bibtex_entry(source) for source in sorted(sources, key=lambda item: item.key))


def csl_json(sources: Iterable[Source]) -> str:
    """Write sources as a CSL-JSON file, sorted by key."""
    entries = [csl_entry(source) for source in sorted(sources, key=lambda item: item.key)]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def bibtex_entry(source: Source) -> str:
    """Write one BibTeX entry; fields that were not recorded are left out."""
    issue = _ISSUE.fullmatch(_journal(source))
    kind = "article" if _is_article(source) else "misc"
    journal = issue["name"] if issue else _journal(source)
    fields = {
        "author": _bibtex_authors(parse_authors(source.authors)),
        "title": f"{{{_escape(source.title)}}}",
        "year": str(source.year or ""),
        "journal" if kind == "article" else "howpublished": _escape(journal),
        "volume": issue["volume"] if issue else "",
        "number": (issue["issue"] or "") if issue else "",
        "pages": issue["page"].replace("-", "--") if issue else "",
        "doi": _escape(source.doi),
        "note": _escape(_remark(source)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{source.key},", *lines, "}", ""])


def csl_entry(source: Source) -> dict[str, Any]:
    """Give one CSL-JSON item as data; fields that were not recorded are left out."""
    issue = _ISSUE.fullmatch(_journal(source))
    numbers = dict(re.findall(r"(PMID:|PMC)(\d+)", source.pmid))
    entry: dict[str, Any] = {
        "id": source.key,
        "type": "article-journal" if _is_article(source) else "document",
        "title": source.title,
        "author": _csl_authors(parse_authors(source.authors)),
        "issued": {"date-parts": [[source.year]]} if source.year else None,
        "container-title": issue["name"] if issue else _journal(source),
        "volume": issue["volume"] if issue else None,
        "issue": issue["issue"] if issue else None,
        "page": issue["page"] if issue else None,
        "DOI": source.doi,
        "PMID": numbers.get("PMID:"),
        "PMCID": f"PMC{numbers['PMC']}" if "PMC" in numbers else None,
        "note": _remark(source),
    }
    return {name: value for name, value in entry.items() if value}


def _journal(source: Source) -> str:
    return "" if source.journal == "not seen" else source.journal


def _is_article(source: Source) -> bool:
    return bool(_ISSUE.fullmatch(_journal(source)) or (source.doi and source.journal))


def _remark(source: Source) -> str:
    remarks = [
        _OWN[source.is_calculation] if source.is_own else "",
        source.pmid,
        f"seen: {source.seen}",
        "author list abbreviated" if parse_authors(source.authors).is_abbreviated else "",
        source.note,
    ]
    return "; ".join(remark for remark in remarks if remark)


def _bibtex_authors(authors: Authors) -> str:
    names = [_bibtex_name(name) for name in authors.names]
    return " and ".join([*names, "others"] if authors.is_abbreviated and names else names)


def _bibtex_name(name: Name) -> str:
    if name.literal:
        return f"{{{_escape(name.literal)}}}"
    initials = re.sub(r"([A-Z])(?=[A-Z]|$)", r"\1. ", name.initials).replace("-", ".-").strip()
    return f"{_escape(name.family)}, {initials}" if initials else _escape(name.family)


def _csl_authors(authors: Authors) -> list[dict[str, str]]:
    labels = {"family": "family", "initials": "given", "literal": "literal"}
    return [
        {label: getattr(name, field) for field, label in labels.items() if getattr(name, field)}
        for name in authors.names
    ]


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)
