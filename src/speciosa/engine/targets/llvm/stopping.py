"""Where a course halts by itself: the first moment of a step at which a watched output reaches its level.

After an accepted step the watched outputs are compared with their levels; where one is at or beyond it, the
moment is found by bisection on the interpolant of the step, in each lane for itself.
"""

from __future__ import annotations

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.lanes import Lane
from speciosa.engine.targets.llvm.scribe import Scribe
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.writer import Writer, number

TURNS = 54  # halvings that leave nothing of a step
NEXT, LEAST = 2.0**-52, 1e-290  # the next number after another one, relative and from 0


def stopping_functions(e: Equations, width: int) -> str:
    """Definitions of ``watch`` and ``halted``, for a model that is made to halt."""
    return "\n".join(made(e, width) for made in (_watch, _halted)) if e.is_halting else ""


def _watch(e: Equations, width: int) -> str:
    """The watched outputs at some states, left in ``watched``; whether any is at or beyond its level."""
    v = f"<{width} x double>"
    w = Writer("watch", f"ptr noalias %w, ptr noalias %y, {v} %t", width, f"<{width} x i1>")
    scribe = Scribe(e, w, [item for item, _ in e.watched], "%y", e.given)
    beyond = w.compare("uno", w.constant(0.0), w.constant(0.0))
    for index, (item, is_rising) in enumerate(e.watched):
        value = scribe.value(item)
        w.store(value, "%w", e.layout.of("watched", index))
        level = w.load("%w", e.layout.of("level", index))
        beyond = w.flag("or", beyond, w.compare("oge" if is_rising else "ole", value, level))
    w.say(f"ret {w.flags} {beyond}")
    return w.text


def _halted(e: Equations, width: int) -> str:
    """Note when, why and in which states a lane halts."""
    w = Writer("halted", "ptr noalias %w, ptr noalias %a, i64 %lane, i1 %crossed", width)
    lane = Lane(w, e)
    person = lane.get("person")
    lane.put("halt_time", person, lane.get("t", "double"))
    row = w.let(f"mul i64 {person}, {e.n}")
    with w.repeat(e.n) as state:
        lane.put("halt_states", w.let(f"add i64 {row}, {state}"), lane.get("y", "double", state))
    row = w.let(f"mul i64 {person}, {len(e.watched)}")
    which, best = "-1", number(float("-inf"))
    for index, (_, is_rising) in enumerate(e.watched):
        value, level = (lane.get(name, "double", index) for name in ("watched", "level"))
        lane.put("halt_seen", w.let(f"add i64 {row}, {index}"), value)
        pair = (value, level) if is_rising else (level, value)
        ahead = w.let(f"fsub double {pair[0]}, {pair[1]}")
        is_more = w.let(f"fcmp ogt double {ahead}, {best}")
        which = w.let(f"select i1 {is_more}, i64 {index}, i64 {which}")
        best = w.let(f"select i1 {is_more}, double {ahead}, double {best}")
    lane.put("halt_which", person, w.let(f"select i1 %crossed, i64 {which}, i64 -1"), "i64")
    w.say("ret void")
    return w.text


def find(w: Writer, e: Equations, moves: str, t: str, size: str, now: str) -> tuple[str, str]:
    """Lanes that halt within the step just made, whose states then go into ``halt``; and its end for all."""
    u, f, halt = (part(w, e, name) for name in ("u", "f", "halt"))
    v = w.lanes
    beyond = w.let(f"call {w.flags} @watch(ptr %w, ptr {u}, {v} {now})")
    crossed = w.flag("and", moves, beyond)
    w.store(now, part(w, e, "end"), 0)
    with w.when(w.any(crossed)):
        low, high = part(w, e, "low"), part(w, e, "high")
        w.store(w.constant(0.0), low, 0)
        w.store(w.constant(1.0), high, 0)
        with w.repeat(TURNS):
            left, right = w.load(low, 0), w.load(high, 0)
            middle = w.binary("fmul", w.binary("fadd", left, right), w.constant(0.5))
            w.say(f"call void @between(ptr %w, {v} {middle})")
            moment = w.fused(middle, size, t)
            there = w.let(f"call {w.flags} @watch(ptr %w, ptr {f}, {v} {moment})")
            w.store(w.select(there, middle, right), high, 0)
            w.store(w.select(there, left, middle), low, 0)
        x = w.load(high, 0)
        w.say(f"call void @between(ptr %w, {v} {x})")
        with w.repeat(e.n) as state:
            w.store(w.load(f, state), halt, state)
        # What was due at the start of the step is over at the halt.
        first = w.fused(w.intrinsic("fabs", t), w.constant(NEXT), w.binary("fadd", t, w.constant(LEAST)))
        found = w.fused(x, size, t)
        found = w.select(w.compare("olt", found, first), first, found)
        found = w.select(w.compare("ogt", found, now), now, found)
        w.store(w.select(crossed, found, now), part(w, e, "end"), 0)
    return crossed, w.load(part(w, e, "end"), 0)
