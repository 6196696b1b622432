"""Protocol files: TOML or JSON in, checked against the library and the design."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from speciosa.errors import ScenarioError, TrialError, UnknownNameError
from speciosa.simulation import Setting
from speciosa.simulation.written import explained
from speciosa.trials.checks import check
from speciosa.trials.place import Place
from speciosa.trials.protocol import Protocol

SUFFIX = ".toml"


def read_protocol(path: str | Path, setting: Setting | None = None) -> Protocol:
    """Read and check a protocol.

    Parameters
    ----------
    path : str or Path
        A TOML file, the JSON of a result folder, or the name of a template that ships with the program.
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    Protocol

    Raises
    ------
    SpeciosaError
        Naming file, line where it is known, key, and what to do.

    Examples
    --------
    >>> read_protocol("lofexidine-3200ug-against-placebo").design
    'parallel'
    """
    place = Path(path)
    if place.suffix not in (SUFFIX, ".json") and not place.exists():
        return read_protocol_text(template(str(path)), f"{path}{SUFFIX}", setting)
    try:
        content = place.read_text(encoding="utf-8")
    except OSError as fault:
        raise TrialError(
            f"cannot be read: {fault.strerror}",
            where=str(place),
            expected=f"a protocol file, or one of the templates {', '.join(templates())}",
        ) from fault
    return read_protocol_text(content, str(place), setting, folder=place.parent)


def read_protocol_text(
    content: str, where: str, setting: Setting | None = None, *, folder: Path | None = None
) -> Protocol:
    """Read and check the text of a protocol; see `read_protocol`.

    Parameters
    ----------
    content : str
        TOML, or JSON where the name ends so.
    where : str
        Name of the file, for messages.
    setting : Setting, optional
    folder : Path, optional
        Where a file of people that the protocol names lies.
    """
    is_json = where.endswith(".json")
    try:
        table = json.loads(content) if is_json else tomllib.loads(content)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as fault:
        raise TrialError(f"not valid {'JSON' if is_json else 'TOML'}: {fault}", where=where) from fault
    try:
        protocol = Protocol.model_validate(table)
    except ValidationError as fault:
        told: ScenarioError = explained(fault, Protocol, content, where)
        raise TrialError(
            told.problem, where=told.where, expected=told.expected, advice=told.advice
        ) from fault
    people = protocol.people
    if people.file and people.specification is None and people.table is None:
        people = people.from_file((folder or Path()) / people.file)
        protocol = protocol.model_copy(update={"people": people})
    check(protocol, Place(where, content), setting or Setting())
    return protocol


def templates() -> tuple[str, ...]:
    """Names of the protocols that ship with the program."""
    folder = files("speciosa.trials") / "templates"
    names = (item.name for item in folder.iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def template(name: str) -> str:
    """Text of a protocol that ships with the program.

    Raises
    ------
    UnknownNameError
        With near misses.
    """
    if name not in templates():
        raise UnknownNameError("template", name, templates())
    return (files("speciosa.trials") / "templates" / f"{name}{SUFFIX}").read_text(encoding="utf-8")
