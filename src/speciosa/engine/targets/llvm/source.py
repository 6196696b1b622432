"""The source of machine code: a model's equations, lowered only where their code is not yet at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from speciosa.cache import digest_of, remembered
from speciosa.engine.halts import Watch
from speciosa.engine.targets.llvm.equations import Equations, Shape
from speciosa.engine.targets.llvm.jit import Loaded
from speciosa.engine.targets.llvm.loop import Tape
from speciosa.engine.targets.llvm.module import Method, module
from speciosa.model import Expression, Model, Output, walk
from speciosa.model.expression import as_expression


class Source:
    """Equations by their name, which is a digest of the model as it was composed.

    Derivatives, factors and the text for LLVM follow from the model and from the code of this program. Both
    are in the name, so that what an earlier process made of them serves without them.

    Parameters
    ----------
    model, outputs, is_exact, watched
        As for `Equations`.
    """

    def __init__(
        self,
        model: Model,
        outputs: Sequence[Output],
        *,
        is_exact: bool = False,
        watched: Sequence[Watch] | None = None,
    ) -> None:
        self._given = model, outputs, is_exact, watched
        written = written_out(model, outputs, watched)
        self.name = digest_of([str(is_exact), *written], ("speciosa.engine", "speciosa.model"))
        self.shape: Shape = remembered(self.name, lambda: self.equations.shape)

    @cached_property
    def equations(self) -> Equations:
        """The equations themselves."""
        model, outputs, is_exact, watched = self._given
        return Equations(model, outputs, is_exact=is_exact, watched=watched)

    def loaded(self, width: int, method: Method, tape: Tape) -> Loaded:
        """Machine code for a number of lanes."""
        return Loaded(
            f"{self.name} {width} {method} {tape}", lambda: module(self.equations, width, method, tape)
        )


def written_out(model: Model, outputs: Sequence[Output], watched: Sequence[Watch] | None) -> Iterator[str]:
    """Everything of a model that equations are made of, each expression once.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    watched : sequence of Watch or None

    Yields
    ------
    str
        Names, then nodes with the numbers of their arguments, then the numbers of the roots.
    """
    roots: list[Expression] = [*model.derivatives, *(item.value for item in outputs)]
    roots += [as_expression(state.initial) for state in model.states]
    roots += [item.output.value for item in watched or ()]
    for inlet in model.inlets:
        parts = (inlet.fraction, inlet.lag, inlet.duration or 0.0, inlet.rate or 0.0)
        roots += [as_expression(part) for part in parts]
    yield repr([state.name for state in model.states])
    yield repr([item.name for item in model.parameters])
    yield repr([inlet.state.name for inlet in model.inlets])
    yield repr(None if watched is None else [item.is_rising for item in watched])
    number: dict[Expression, int] = {}
    for node in walk(roots):
        number[node] = len(number)
        arguments = [number[arg] for arg in node.args]
        yield f"{node.op.name} {arguments} {node.value!r} {node.name!r} {node.kind}"
    yield repr([number[root] for root in roots])
