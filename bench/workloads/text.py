"""The text of a workload as source for the engines that compile Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workloads.definition import Workload

NAME = re.compile(r"[A-Za-z_]\w*")


def python_lines(workload: Workload) -> list[str]:
    """Assignments of states from ``y``, drawn parameters from ``p``, constants and abbreviations."""
    states = [f"{name} = y[{index}]" for index, name in enumerate(workload.rates)]
    drawn = [f"{item.name} = p[{index}]" for index, item in enumerate(workload.columns)]
    fixed = [f"{name} = {value!r}" for name, value in workload.fixed.items()]
    algebra = [f"{name} = {text}" for name, text in workload.algebra.items()]
    return [*states, *drawn, *fixed, *algebra]


def function(workload: Workload, head: str, results: Mapping[str, str], ending: str) -> str:
    """Source of a function of ``y`` and ``p``.

    Parameters
    ----------
    workload : Workload
    head : str
        Name and arguments.
    results : mapping of str to str
        Rates or outputs of the workload.
    ending : str
        ``"d[{index}] = {text}"`` for a line each, or ``"return ..."`` with ``{all}`` for all in one.
    """
    texts = list(results.values())
    if "{all}" in ending:
        last = [ending.format(all=", ".join(texts))]
    else:
        last = [ending.format(index=index, text=text) for index, text in enumerate(texts)]
    body = _needed([*python_lines(workload)], last)
    return "\n".join([f"def {head}:", *(f"    {line}" for line in [*body, *last])]) + "\n"


def _needed(lines: list[str], last: list[str]) -> list[str]:
    """The assignments that the last lines, or other assignments that are needed, read."""
    read = {name for line in last for name in NAME.findall(line)}
    kept = []
    for line in reversed(lines):
        name, _, value = line.partition(" = ")
        if name in read:
            kept.append(line)
            read.update(NAME.findall(value))
    return kept[::-1]


def compiled(source: str, names: Mapping[str, object]) -> dict[str, object]:
    """Names that a source defines, beside those given to it."""
    found = dict(names)
    exec(compile(source, "<workload>", "exec"), found)  # the text is that of the workload
    return found
