"""From what was typed (text or a file) to a regimen or a scenario."""

from __future__ import annotations

from pathlib import Path

from speciosa.cli.scenario_file import ScenarioFile, read_file
from speciosa.regimens import Regimen, regimen_from_nonmem, to_dict
from speciosa.simulation import Setting
from speciosa.simulation.written import regimen_of

TABLES = (".csv", ".txt", ".dat")
SCENARIOS = (".toml", ".json")


def is_file(text: str) -> bool:
    """Whether an argument names a file rather than being a regimen."""
    return text.endswith((*SCENARIOS, *TABLES)) and "\n" not in text


def regimen_from(text: str, setting: Setting) -> Regimen:
    """A regimen from text, a TOML scenario or a NONMEM event table.

    Raises
    ------
    SpeciosaError
        If it cannot be read.
    """
    if not is_file(text):
        return regimen_of(text, setting)
    if text.endswith(TABLES):
        return regimen_from_nonmem(Path(text), setting.library)
    given = read_file(Path(text), ScenarioFile)
    return regimen_of(given.regimen, setting, given.history)


def scenario_file_from(text: str, setting: Setting) -> ScenarioFile:
    """What a scenario file says, or what one would say for a regimen given as text."""
    if text.endswith(SCENARIOS):
        return read_file(Path(text), ScenarioFile)
    if is_file(text):
        return ScenarioFile(regimen=to_dict(regimen_from(text, setting)), title=Path(text).name)
    return ScenarioFile(regimen=text)
