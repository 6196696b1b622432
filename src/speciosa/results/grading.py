"""How well an output is known: the weakest row among the numbers of the equation that gives it."""

from __future__ import annotations

from speciosa.evidence import GRADES, KINDS, Row
from speciosa.model import Kind, Model, Module, symbols

_SEEN, _KINDS = list(GRADES), list(KINDS)


def weakest(model: Model, output: str) -> Row | None:
    """The weakest evidence row of an output's own equation; what it reads of other modules is graded there.

    Assumed rows are weaker than all others; among equals, the way a row was seen decides.

    Parameters
    ----------
    model : Model
    output : str

    Returns
    -------
    Row or None
        None where the equation holds no number.
    """
    (module,) = (item for item in model.modules if any(given.name == output for given in item.outputs))
    rows = [model.parameter(name).slot for name in _parameters(module, output)]
    return max((slot.row for slot in rows if slot is not None), key=_weakness, default=None)


def grade(model: Model, output: str) -> str:
    """One phrase on how well an output is known.

    Examples
    --------
    >>> from speciosa.body import modules_for
    >>> from speciosa.drugs import Use, catalog
    >>> from speciosa.evidence import load
    >>> from speciosa.model import compose
    >>> grade(compose(modules_for([Use("morphine", "oral")], catalog()), load()), "stress")
    'assumed (stress-half-life)'
    """
    row = weakest(model, output)
    if row is None:
        return "by definition"
    how = row.kind if row.kind == "assumed" else f"{row.kind}, seen: {row.seen}"
    return f"{how} ({row.id})"


def _weakness(row: Row) -> tuple[bool, int, int]:
    return (row.kind == "assumed", _SEEN.index(row.seen), _KINDS.index(row.kind))


def _parameters(module: Module, output: str) -> list[str]:
    """Names of the parameters of an output: of its equation, of its states' changes, of signals within."""
    values = {item.name: item.value for item in module.outputs}
    changes = {change.state.name: change.rate for change in module.changes}
    own = {item.name for item in module.parameters}
    waiting, seen = [output], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for root in (values.get(name), changes.get(name)):
            if root is not None:
                waiting += [item.name for item in symbols(root) if item.kind is not Kind.TIME]
    return sorted(seen & own)
