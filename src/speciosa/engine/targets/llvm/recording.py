"""How outputs come into the table.

Lanes reach the times that are asked for at different turns. Working outputs out for one lane takes as long as
for all, so each lane holds its states at some of those times until one can hold no more.
"""

from __future__ import annotations

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.lanes import Lane, walk
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.writer import Writer


def keep(w: Writer, e: Equations, lane: Lane) -> None:
    """Put one lane's outputs into the table."""
    row = lane.get("row")
    _put(w, e, lane, row)
    lane.want(w.let(f"add i64 {row}, 1"))


def _put(w: Writer, e: Equations, lane: Lane, row: str) -> None:
    start = w.let(f"mul i64 {lane.get('person')}, {lane.argument('n_times', 'i64')}")
    start = w.let(f"mul i64 {w.let(f'add i64 {start}, {row}')}, {len(e.outputs)}")
    for item in range(len(e.outputs)):
        lane.put("values", w.let(f"add i64 {start}, {item}"), lane.get("out", "double", item))


def hold(w: Writer, e: Equations, lane: Lane) -> None:
    """Keep one lane's states at a time that is wanted, until outputs are worked out for all lanes."""
    filled = lane.get("filled", "double")
    first = w.let(f"mul i64 {w.let(f'fptosi double {filled} to i64')}, {e.n + 1}")
    for state in e.read:
        lane.set("held", lane.get("f", "double", state), "double", w.let(f"add i64 {first}, {state}"))
    lane.set("held", lane.get("wanted", "double"), "double", w.let(f"add i64 {first}, {e.n}"))
    lane.set("filled", w.let(f"fadd double {filled}, 1.0"), "double")
    lane.want(w.let(f"add i64 {lane.get('row')}, 1"))


def flush(e: Equations, width: int) -> str:
    """Work out the outputs of what lanes hold; a call of ``record`` serves all of them."""
    w = Writer("flush", "ptr noalias %w, ptr noalias %a", width)
    bits = w.let("alloca i64, align 8")
    filled = w.load(part(w, e, "filled"), 0)
    with w.repeat(e.depth) as slot:
        turn = w.let(f"uitofp i64 {slot} to double")
        holding = w.compare("ogt", filled, w.everywhere("double", turn))
        with w.when(w.any(holding)):
            states = w.slot(part(w, e, "held"), w.let(f"mul i64 {slot}, {e.n + 1}"))
            # Lanes that hold nothing here look at where they are: of what is long past they may know no more.
            moment = w.select(holding, w.load(states, e.n), w.load(part(w, e, "t"), 0))
            w.say(f"call void @record(ptr %w, ptr {states}, {w.lanes} {moment})")

            def put(w: Writer, e: Equations, lane: Lane) -> None:
                behind = w.let(f"fsub double {lane.get('filled', 'double')}, {turn}")
                behind = w.let(f"fptosi double {behind} to i64")
                _put(w, e, lane, w.let(f"sub i64 {lane.get('row')}, {behind}"))

            walk(w, e, bits, holding, put)
    w.store(w.constant(0.0), part(w, e, "filled"), 0)
    w.say("ret void")
    return w.text
