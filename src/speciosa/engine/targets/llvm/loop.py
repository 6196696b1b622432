"""The control loop of the adaptive method: each lane has its own person, time, step and stops.

A sequence of steps can be kept on a tape, each as its share of what is left to the next stop, and played back
for other parameters: then all that differs between two runs is a smooth function of the parameters, as
sensitivities need it.
"""

from __future__ import annotations

from typing import Literal

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.lanes import Lane, argument, is_active, settle, start, walk
from speciosa.engine.targets.llvm.recording import hold
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.stopping import find
from speciosa.engine.targets.llvm.writer import Writer

SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0
SMALLEST_STEP = 1e-15  # of the time
Tape = Literal["none", "record", "replay"]


def adaptive_loop(e: Equations, width: int, tape: Tape) -> str:
    """Definition of ``run``: everything from the first person of a chunk to its last."""
    w = Writer("run", "ptr noalias %w, ptr noalias %a", width)
    v = w.lanes
    bits = w.let("alloca i64, align 8")
    start(w, e)
    w.store(w.constant(1.0), part(w, e, "h"), 0)
    with w.turn() as (_, leave):
        t, stop = (w.load(part(w, e, name), 0) for name in ("t", "stop"))
        active = is_active(w, e)
        left = w.binary("fsub", stop, t)
        is_still = w.compare("oeq", left, w.constant(0.0))
        if tape == "replay":
            walk(w, e, bits, active, _play)
        size, reaches = _size(w, e, left, is_replay=tape == "replay")
        size = w.select(is_still, w.constant(1.0), size)
        error = w.let(f"call {v} @attempt(ptr %w, {v} {t}, {v} {size})")
        passes = w.compare("ord" if tape == "replay" else "ole", error, w.constant(1.0))
        is_done = w.flag("and", w.flag("or", passes, is_still), active)
        now = w.select(w.flag("or", reaches, is_still), stop, w.binary("fadd", t, size))
        if e.lags:
            made = w.flag("and", is_done, w.inverse(is_still))
            w.say(f"call void @remember(ptr %w, {v} {size}, {v} {now}, {w.flags} {made})")
        crossed = ""
        if e.is_halting:
            crossed, now = find(w, e, w.flag("and", is_done, w.inverse(is_still)), t, size, now)
        _outputs(w, e, bits, is_done, is_still, t, now, size)
        _move(w, e, w.flag("and", is_done, w.inverse(is_still)), crossed)
        w.store(w.select(is_done, now, t), part(w, e, "t"), 0)
        if tape == "record":
            w.store(w.select(reaches, w.constant(1.0), w.binary("fdiv", size, left)), part(w, e, "share"), 0)
            walk(w, e, bits, is_done, _note)
        following = w.binary("fmul", size, _factor(w, error))
        w.store(following, part(w, e, "h"), 0)
        is_bad, over = _trouble(w, e, active, is_done, following, t)
        arrives = w.flag("and", is_done, reaches)
        if crossed:
            arrives = w.flag("or", arrives, crossed)
            w.store(w.select(crossed, w.constant(1.0), w.constant(0.0)), part(w, e, "crossed"), 0)
        if e.lags:
            arrives = w.flag("and", arrives, w.inverse(is_bad))
        special = w.flag("or", arrives, w.flag("or", is_bad, over))
        with w.when(w.any(special)):
            if crossed:
                seen = w.load(part(w, e, "t"), 0)
                w.let(f"call {w.flags} @watch(ptr %w, ptr {part(w, e, 'y')}, {v} {seen})")
            settle(w, e, bits, special, (arrives, over, w.compare("uno", error, error)), leave)
            _first_step(w, e, special)
    w.say("ret void")
    return w.text


def _move(w: Writer, e: Equations, moves: str, crossed: str) -> None:
    """Take the new states, or those of a halt within the step."""
    with w.repeat(e.n) as state:
        new = w.load(part(w, e, "u"), state)
        if crossed:
            new = w.select(crossed, w.load(part(w, e, "halt"), state), new)
        old = w.load(part(w, e, "y"), state)
        w.store(w.select(moves, new, old), part(w, e, "y"), state)


def _first_step(w: Writer, e: Equations, which: str) -> None:
    """Guess the size of the next step where the one before is no guide."""
    t, old = (w.load(part(w, e, name), 0) for name in ("t", "h"))
    first = w.let(f"call {w.lanes} @first_step(ptr %w, {w.lanes} {t})")
    w.store(w.select(which, first, old), part(w, e, "h"), 0)


def _size(w: Writer, e: Equations, left: str, *, is_replay: bool) -> tuple[str, str]:
    """Size of the step, and whether it goes to the stop."""
    if is_replay:
        share = w.load(part(w, e, "share"), 0)
        return w.binary("fmul", share, left), w.compare("oeq", share, w.constant(1.0))
    h = w.load(part(w, e, "h"), 0)
    if e.lags:
        t = w.load(part(w, e, "t"), 0)
        reach = w.let(f"call {w.lanes} @reach(ptr %w, ptr {part(w, e, 'y')}, {w.lanes} {t})")
        h = w.select(w.compare("olt", reach, h), reach, h)
    # A step that would end just before the stop goes to it; one that would leave little is halved.
    reaches = w.compare("oge", w.binary("fmul", h, w.constant(1.0 + 1e-9)), left)
    is_near = w.compare("ogt", w.binary("fmul", h, w.constant(2.0)), left)
    size = w.select(is_near, w.binary("fmul", left, w.constant(0.5)), h)
    return w.select(reaches, left, size), reaches


def _note(w: Writer, e: Equations, lane: Lane) -> None:
    """Put a step on the tape."""
    mark = lane.get("mark")
    lane.put("tape", mark, lane.get("share", "double"))
    lane.set("mark", w.let(f"add i64 {mark}, 1"))


def _play(w: Writer, e: Equations, lane: Lane) -> None:
    """Take the next step from the tape."""
    mark = lane.get("mark")
    lane.set("share", lane.element("tape", mark), "double")
    lane.set("mark", w.let(f"add i64 {mark}, 1"))


def _factor(w: Writer, error: str) -> str:
    """By how much the next step is larger."""
    floor = w.select(w.compare("olt", error, w.constant(1e-12)), w.constant(1e-12), error)
    exponent = w.binary("fmul", w.constant(-0.2), w.call("vlog", floor))
    value = w.binary("fmul", w.constant(SAFETY), w.call("vexp", exponent))
    value = w.select(w.compare("ogt", value, w.constant(SHRINK)), value, w.constant(SHRINK))
    return w.select(w.compare("olt", value, w.constant(GROW)), value, w.constant(GROW))


def _trouble(w: Writer, e: Equations, active: str, is_done: str, following: str, t: str) -> tuple[str, str]:
    """Lanes whose step is too small, and lanes that have taken too many."""
    least = w.fused(w.intrinsic("fabs", t), w.constant(SMALLEST_STEP), w.constant(SMALLEST_STEP))
    is_large = w.compare("ogt", following, least)
    is_bad = w.flag("and", w.flag("and", active, w.inverse(is_done)), w.inverse(is_large))
    kind = f"<{w.width} x i64>"
    place = part(w, e, "steps")
    steps = w.integers("add", w.let(f"load {kind}, ptr {place}, align {8 * w.width}"), w.whole(1))
    w.say(f"store {kind} {steps}, ptr {place}, align {8 * w.width}")
    limit = w.everywhere("i64", argument(w, "step_limit", "i64"))
    over = w.let(f"icmp sgt {kind} {steps}, {limit}")
    if e.lags:
        short = w.compare("une", w.load(part(w, e, "short"), 0), w.constant(0.0))
        is_bad = w.flag("or", is_bad, w.flag("and", active, short))
    return is_bad, w.flag("and", over, active)


def _outputs(
    w: Writer, e: Equations, bits: str, is_done: str, is_still: str, t: str, now: str, size: str
) -> None:
    """Record outputs wanted inside of the step; at its end only where the stop is closed."""
    v = w.lanes
    with w.turn() as (_, leave):
        wanted = w.load(part(w, e, "wanted"), 0)
        closed = w.compare("une", w.load(part(w, e, "closed"), 0), w.constant(0.0))
        inside = w.compare("olt", wanted, now)
        at_end = w.flag("and", closed, w.compare("oeq", wanted, now))
        pending = w.flag("and", is_done, w.flag("or", inside, at_end))
        go = w.fresh("go")
        w.say(f"br i1 {w.any(pending)}, label %{go}, label %{leave}")
        w.open(go)
        x = w.binary("fdiv", w.binary("fsub", wanted, t), size)
        w.say(f"call void @between(ptr %w, {v} {x})")
        # Before anything has moved there is no step to look into.
        for state in e.read:
            f = w.load(part(w, e, "f"), state)
            w.store(w.select(is_still, w.load(part(w, e, "y"), state), f), part(w, e, "f"), state)
        walk(w, e, bits, pending, hold)
        full = w.compare("oge", w.load(part(w, e, "filled"), 0), w.constant(float(e.depth)))
        with w.when(w.any(full)):
            w.say("call void @flush(ptr %w, ptr %a)")
