"""Run folders: the resolved scenario beside the result, so that a run can be repeated."""

from __future__ import annotations

import json
from pathlib import Path

from speciosa.cli.scenario_file import Common
from speciosa.results import Result, write_atomically


def save_run(result: Result, given: Common, folder: Path) -> Path:
    """Write a result, its sources and the scenario it came from.

    Parameters
    ----------
    result : Result
    given : Common
        The scenario as read, options included.
    folder : Path

    Returns
    -------
    Path
        The folder; ``scenario.json`` in it is what `speciosa simulate` was given.
    """
    saved = result.save(folder)
    save_scenario(given, saved)
    write_atomically(saved / "sources.txt", result.sources().text() + "\n")
    return saved


def save_scenario(given: Common, folder: Path) -> Path:
    """Write the scenario as read, options included.

    Parameters
    ----------
    given : Common
    folder : Path

    Returns
    -------
    Path
        A file that `speciosa simulate` and `speciosa population` take.
    """
    resolved = given.model_dump(exclude_defaults=True)
    text = json.dumps(resolved, indent=2, ensure_ascii=False) + "\n"
    return write_atomically(folder / "scenario.json", text)
