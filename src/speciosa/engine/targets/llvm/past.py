"""Looking back: each lane keeps the steps of its person in a ring and finds in it what it is asked for.

A record of the ring holds an accepted step: its begin, size and end, and of each state that something looks
back at the values at both ends and three coefficients of the interpolant. The rings lie behind the workspace,
lane after lane. A step is no longer than the shortest delay, so that all that its stages look back at is
known; a delay that shrinks within the step may look ahead of it, and then the step is tried again, smaller.
Jumps of the past are met by the error test of the step, as any other jump.

Source
------
Bellen A, Zennaro M. Numerical methods for delay differential equations. Oxford University Press 2003, ch. 3.
"""

from __future__ import annotations

from speciosa.engine.targets.llvm.equations import HEAD, Equations
from speciosa.engine.targets.llvm.lanes import Lane, walk
from speciosa.engine.targets.llvm.rosenbrock import H
from speciosa.engine.targets.llvm.scribe import Scribe
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.writer import Writer, number
from speciosa.model.expression import SHORTEST_DELAY

ROUNDING = 1e-13  # of a time: closer ones count as one
MARGIN = 0.9  # of a delay that varies: how long a step may be
BEYOND = 0.01  # of a step: how far outside of it its interpolant serves


def past_functions(e: Equations, width: int) -> str:
    """Definitions of ``look``, ``look_slopes``, ``reach`` and ``remember``, where anything looks back."""
    if not e.lags:
        return ""
    parts = [_recall(e, width, is_sloped=kind) for kind in (False, True)]
    parts += [_look(e, width, is_sloped=kind) for kind in (False, True)]
    return "\n".join([*parts, _reach(e, width), _remember(e, width)])


def _is_now(w: Writer, e: Equations, moment: str, close: str) -> str:
    """Where the value of now is taken: no delay, before the start, or nothing known yet."""
    t, origin, count = (w.load(part(w, e, name), 0) for name in ("t", "origin", "known"))
    first = w.compare("ole", "%t", t)
    edge = w.select(first, w.binary("fsub", origin, close), w.binary("fadd", origin, close))
    is_long = w.compare("ogt", "%d", w.constant(SHORTEST_DELAY))
    looks = w.flag("and", is_long, w.compare("ogt", moment, edge))
    # Ahead of the step is what nobody knows yet, from its first step on.
    ahead = w.flag("and", looks, w.compare("ogt", moment, w.binary("fadd", t, close)))
    old = w.load(part(w, e, "ahead"), 0)
    w.store(w.select(ahead, w.constant(1.0), old), part(w, e, "ahead"), 0)
    return w.inverse(w.flag("and", looks, w.compare("ogt", count, w.constant(0.0))))


def _look(e: Equations, width: int, *, is_sloped: bool) -> str:
    """What was a delay ago, left in ``seen``, ``slopes``, ``moment`` and ``now`` of that delay."""
    v = f"<{width} x double>"
    recall = "recall_slopes" if is_sloped else "recall"
    w = Writer("look_slopes" if is_sloped else "look", f"ptr noalias %w, {v} %t, {v} %d, i64 %which", width)
    bits = w.let("alloca i64, align 8")
    moment = w.binary("fsub", "%t", "%d")
    close = w.fused(w.intrinsic("fabs", "%t"), w.constant(ROUNDING), w.constant(ROUNDING))
    now = _is_now(w, e, moment, close)
    w.store(w.select(now, "%t", moment), part(w, e, "moment"), "%which")
    w.store(w.select(now, w.constant(1.0), w.constant(0.0)), part(w, e, "now"), "%which")
    # A step begins with the record that begins at a moment, and ends with the one that ends there.
    first = w.compare("ole", "%t", w.load(part(w, e, "t"), 0))
    search = w.select(first, w.binary("fadd", moment, close), w.binary("fsub", moment, close))
    w.store(search, part(w, e, "search"), 0)

    def each(w: Writer, e: Equations, lane: Lane) -> None:
        given = f"double {lane.get('search', 'double')}, double {lane.get('moment', 'double', '%which')}"
        w.say(f"call void @{recall}(ptr %w, i64 {lane.number}, i64 %which, {given})")

    walk(w, e, bits, w.inverse(now), each)
    w.say("ret void")
    return w.text


class _Ring:
    """The records of one lane, in a function with ``%w`` and ``%lane``."""

    def __init__(self, w: Writer, e: Equations, lane: Lane) -> None:
        self._w, self._size = w, HEAD + 5 * len(e.kept)
        self.room = lane.get("room")
        self._mask = w.let(f"sub i64 {self.room}, 1")
        self._first = w.let(f"mul i64 {lane.number}, {self.room}")
        self._base = w.slot("%w", e.layout.size)

    def record(self, turn: str) -> str:
        """Address of the record of a step, by its number."""
        w = self._w
        place = w.let(f"add i64 {self._first}, {w.let(f'and i64 {turn}, {self._mask}')}")
        return w.element(self._base, w.let(f"mul i64 {place}, {self._size}"))

    def number(self, record: str, index: int | str) -> str:
        """A number of a record."""
        return self._w.let(f"load double, ptr {self._w.element(record, index)}")


def _recall(e: Equations, width: int, *, is_sloped: bool) -> str:
    """Find the step of a lane that holds a moment, and what the states were then."""
    arguments = "ptr noalias %w, i64 %lane, i64 %which, double %search, double %moment"
    w = Writer("recall_slopes" if is_sloped else "recall", arguments, width)
    lane = Lane(w, e)
    ring = _Ring(w, e, lane)
    record = ring.record(_found(w, lane, ring))
    begin, size = ring.number(record, 0), ring.number(record, 1)
    x = w.let(f"fdiv double {w.let(f'fsub double %moment, {begin}')}, {size}")
    for condition, limit in (("ogt", 1.0 + BEYOND), ("olt", -BEYOND)):
        beyond = w.let(f"fcmp {condition} double {x}, {number(limit)}")
        x = w.let(f"select i1 {beyond}, double {number(limit)}, double {x}")
    rest = w.let(f"fsub double {number(1.0)}, {x}")
    product = w.let(f"fmul double {x}, {rest}")
    count = len(e.kept)
    first = w.let(f"mul i64 %which, {count}")
    with w.repeat(count) as state:
        y0, y1, c1, c2, c3 = (
            ring.number(record, w.let(f"add i64 {state}, {HEAD + turn * count}")) for turn in range(5)
        )
        place = w.let(f"add i64 {first}, {state}")
        inner = _fused(w, x, _fused(w, x, c3, c2), c1)
        value = _fused(w, rest, y0, w.let(f"fmul double {x}, {y1}"))
        lane.set("seen", _fused(w, product, inner, value), "double", place)
        if is_sloped:
            turn = _fused(w, x, w.let(f"fmul double {c3}, {number(2.0)}"), c2)
            change = _fused(w, w.let(f"fsub double {rest}, {x}"), inner, w.let(f"fsub double {y1}, {y0}"))
            change = _fused(w, product, turn, change)
            lane.set("slopes", w.let(f"fdiv double {change}, {size}"), "double", place)
    w.say("ret void")
    return w.text


def _fused(w: Writer, a: str, b: str, c: str) -> str:
    return w.let(f"call double @llvm.fmuladd.f64(double {a}, double {b}, double {c})")


def _found(w: Writer, lane: Lane, ring: _Ring) -> str:
    """Number of the first step that ends after the moment searched, from the one found last on."""
    count = lane.get("count")
    newest = w.let(f"sub i64 {count}, 1")
    lost = w.let(f"sub i64 {count}, {ring.room}")
    oldest = w.let(f"select i1 {w.let(f'icmp sgt i64 {lost}, 0')}, i64 {lost}, i64 0")
    cell = w.let("alloca i64, align 8")
    turn = lane.get("cursor", index="%which")
    turn = w.let(f"select i1 {w.let(f'icmp slt i64 {turn}, {oldest}')}, i64 {oldest}, i64 {turn}")
    turn = w.let(f"select i1 {w.let(f'icmp sgt i64 {turn}, {newest}')}, i64 {newest}, i64 {turn}")
    w.say(f"store i64 {turn}, ptr {cell}")
    for step, limit, offset, condition in ((1, newest, 0, "ole"), (-1, oldest, -1, "ogt")):
        with w.turn() as (_, leave):
            turn = w.let(f"load i64, ptr {cell}")
            look, go = w.fresh("look"), w.fresh("go")
            w.say(f"br i1 {w.let(f'icmp eq i64 {turn}, {limit}')}, label %{leave}, label %{look}")
            w.open(look)
            end = ring.number(ring.record(w.let(f"add i64 {turn}, {offset}")), 2)
            passed = w.let(f"fcmp {condition} double {end}, %search")
            w.say(f"br i1 {passed}, label %{go}, label %{leave}")
            w.open(go)
            w.say(f"store i64 {w.let(f'add i64 {turn}, {step}')}, ptr {cell}")
    turn = w.let(f"load i64, ptr {cell}")
    lane.set("cursor", turn, index="%which")
    is_first = w.let(f"icmp eq i64 {turn}, {oldest}")
    is_lost = w.let(f"and i1 {is_first}, {w.let(f'icmp sgt i64 {lost}, 0')}")
    early = w.let(f"fcmp olt double %search, {ring.number(ring.record(turn), 0)}")
    with w.when(w.let(f"and i1 {is_lost}, {early}")):
        lane.set("short", "1.0", "double")
    return turn


def _reach(e: Equations, width: int) -> str:
    """How long a step may be, by the delays at its start."""
    v = f"<{width} x double>"
    w = Writer("reach", f"ptr noalias %w, ptr noalias %y, {v} %t", width, v)
    scribe = Scribe(e, w, e.lags, "%y", e.given)
    least = w.constant(float("inf"))
    for item in e.lags:
        delay = scribe.value(item)
        allowed = delay if e.graph.is_fixed[item] else w.binary("fmul", delay, w.constant(MARGIN))
        counts = w.flag(
            "and", w.compare("ogt", delay, w.constant(SHORTEST_DELAY)), w.compare("olt", allowed, least)
        )
        least = w.select(counts, allowed, least)
    w.say(f"ret {v} {least}")
    return w.text


def _remember(e: Equations, width: int) -> str:
    """Put the step just made, from ``y`` to ``u``, into the rings of some lanes."""
    v = f"<{width} x double>"
    w = Writer("remember", f"ptr noalias %w, {v} %h, {v} %end, {w_flags(width)} %which", width)
    bits = w.let("alloca i64, align 8")
    y, u, k = (part(w, e, name) for name in ("y", "u", "k"))
    count = len(e.kept)
    place = part(w, e, "kept")
    for index, state in enumerate(e.kept):
        columns = [w.load(y, state), w.load(u, state)]
        for weights in H:
            value = w.binary("fmul", w.constant(weights[0]), w.load(k, state))
            for stage, weight in list(enumerate(weights))[1:]:
                value = w.fused(w.constant(weight), w.load(k, stage * e.n + state), value)
            columns.append(value)
        for turn, value in enumerate(columns):
            w.store(value, place, HEAD + turn * count + index)
    for index, value in enumerate((w.load(part(w, e, "t"), 0), "%h", "%end")):
        w.store(value, place, index)

    def each(w: Writer, e: Equations, lane: Lane) -> None:
        ring, turn = _Ring(w, e, lane), lane.get("count")
        record = ring.record(turn)
        with w.repeat(HEAD + 5 * count) as index:
            w.say(f"store double {lane.get('kept', 'double', index)}, ptr {w.element(record, index)}")
        lane.set("count", w.let(f"add i64 {turn}, 1"))
        lane.set("known", "1.0", "double")

    walk(w, e, bits, "%which", each)
    w.say("ret void")
    return w.text


def w_flags(width: int) -> str:
    """Type of the flags of all lanes."""
    return f"<{width} x i1>"
