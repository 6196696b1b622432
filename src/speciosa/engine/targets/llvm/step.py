"""One attempt at a step, the size of the first step, and values between the ends of a step."""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.rosenbrock import GAMMA, NODES, ORDER, STAGES, A, C, D, H
from speciosa.engine.targets.llvm.scribe import Scribe
from speciosa.engine.targets.llvm.writer import Writer

TINY = 1e-300
LOOKED_AHEAD = 32.0  # error of a step that looked at what is not known yet


def step_functions(equations: Equations, width: int) -> str:
    """Definitions of ``attempt``, ``first_step`` and ``between``."""
    parts = (_attempt, _first_step, _between)
    return "\n".join(part(equations, width) for part in parts)


def part(w: Writer, equations: Equations, name: str, index: int = 0) -> str:
    """Address of a part of the workspace."""
    return w.slot("%w", equations.layout.of(name, index))


def _weighted(w: Writer, weights: Sequence[float], items: Sequence[str], start: str = "") -> str:
    """``start + sum of weights times items``."""
    value = start
    for weight, item in zip(weights, items, strict=True):
        factor = w.constant(weight)
        value = w.fused(factor, item, value) if value else w.binary("fmul", factor, item)
    return value


def _scale(w: Writer, e: Equations, state: int, *sizes: str) -> str:
    """``atol + rtol max |y|`` of one state, where what nobody sees counts as far as others notice it."""
    largest = w.intrinsic("fabs", sizes[0])
    for size in sizes[1:]:
        largest = _larger(w, w.intrinsic("fabs", size), largest)
    if state in e.drains:
        scribe = Scribe(e, w, [share for _, share in e.drains[state]], None, e.given)
        noticed = ""
        for target, share in e.drains[state]:
            size = w.intrinsic("fabs", w.load(part(w, e, "y"), target))
            size = w.binary("fmul", size, scribe.value(share))
            noticed = w.select(w.compare("olt", size, noticed), size, noticed) if noticed else size
        largest = _larger(w, noticed, largest)
    return w.fused(w.load(part(w, e, "rtol"), 0), largest, w.load(part(w, e, "atol"), state))


def _larger(w: Writer, new: str, old: str) -> str:
    """The larger one; the old one if the new one is no number."""
    return w.select(w.compare("ogt", new, old), new, old)


def _norm(w: Writer, values: Sequence[str]) -> str:
    """Root of the mean square."""
    total = w.binary("fmul", values[0], values[0])
    for value in values[1:]:
        total = w.fused(value, value, total)
    return w.intrinsic("sqrt", w.binary("fmul", total, w.constant(1.0 / len(values))))


def _quotients(w: Writer, above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Numbers over others; two quotients share a division, which takes as long as many products."""
    found = []
    for first in range(0, len(above) - 1, 2):
        (a, b), (c, d) = above[first : first + 2], below[first : first + 2]
        both = w.binary("fdiv", w.constant(1.0), w.binary("fmul", c, d))
        found += [w.binary("fmul", w.binary("fmul", *pair), both) for pair in ((a, d), (b, c))]
    if len(above) % 2:
        found.append(w.binary("fdiv", above[-1], below[-1]))
    return found


def _attempt(e: Equations, width: int) -> str:
    """The stages of one step: new states are left in ``u``; the result is the error over its tolerance."""
    v = f"<{width} x double>"
    w = Writer("attempt", f"ptr noalias %w, {v} %t, {v} %h", width, v)
    y, u, f, r, k = (part(w, e, name) for name in ("y", "u", "f", "r", "k"))
    if e.lags:
        w.store(w.constant(0.0), part(w, e, "ahead"), 0)
    per_step = w.binary("fdiv", w.constant(1.0), "%h")
    diagonal = w.binary("fmul", per_step, w.constant(1.0 / GAMMA))
    w.say(f"call void @factor(ptr %w, ptr {y}, {v} %t, {v} {diagonal})")
    for stage in range(STAGES):
        _combine(w, e, stage)
        time = w.fused(w.constant(NODES[stage]), "%h", "%t") if stage else "%t"
        w.say(f"call void @rates(ptr %w, ptr {u if stage else y}, ptr {f}, {v} {time})")
        slope = w.binary("fmul", w.constant(D[stage]), "%h")
        goal = w.slot(k, stage * e.n)
        w.say(f"call void @solve(ptr %w, ptr {f}, ptr {r}, ptr {goal}, {v} {per_step}, {v} {slope})")
    errors, scales = [], []
    for state in range(e.n):
        errors.append(w.load(k, (STAGES - 1) * e.n + state))
        new = w.binary("fadd", w.load(u, state), errors[-1])
        w.store(new, u, state)
        scales.append(_scale(w, e, state, w.load(y, state), new))
    error = _norm(w, _quotients(w, errors, scales))
    if e.lags:
        ahead = w.compare("une", w.load(part(w, e, "ahead"), 0), w.constant(0.0))
        error = w.select(ahead, w.constant(LOOKED_AHEAD), error)
    w.say(f"ret {v} {error}")
    return w.text


def _combine(w: Writer, e: Equations, stage: int) -> None:
    """From the stages before: states of a stage in ``u``, and what its right side has of them in ``r``."""
    y, u, r, k = (part(w, e, name) for name in ("y", "u", "r", "k"))
    with w.repeat(e.n) as state:
        known = [w.load(k, w.let(f"add i64 {state}, {item * e.n}")) for item in range(stage)]
        if 0 < stage < len(A):
            w.store(_weighted(w, A[stage], known, w.load(y, state)), u, state)
        elif stage:
            w.store(w.binary("fadd", w.load(u, state), known[-1]), u, state)
        w.store(_weighted(w, C[stage], known) or w.constant(0.0), r, state)


def _first_step(e: Equations, width: int) -> str:
    """Size of the first step after a stop.

    Source
    ------
    Hairer E, Norsett SP, Wanner G. Solving Ordinary Differential Equations I, 2nd ed. Springer 1993, II.4.
    """
    v = f"<{width} x double>"
    w = Writer("first_step", f"ptr noalias %w, {v} %t", width, v)
    y, u, f, r = (part(w, e, name) for name in ("y", "u", "f", "r"))
    w.say(f"call void @rates(ptr %w, ptr {y}, ptr {f}, {v} %t)")
    values, slopes = ([w.load(place, state) for state in range(e.n)] for place in (y, f))
    scales = [_scale(w, e, state, value) for state, value in enumerate(values)]
    ones = _quotients(w, [w.constant(1.0)] * e.n, scales)
    d0, d1 = (
        _norm(w, [w.binary("fmul", *pair) for pair in zip(items, ones, strict=True)])
        for items in (values, slopes)
    )
    guess = w.binary("fdiv", w.binary("fmul", w.constant(0.01), d0), d1)
    few = w.flag("or", w.compare("olt", d0, w.constant(1e-5)), w.compare("olt", d1, w.constant(1e-5)))
    h0 = w.select(few, w.constant(1e-6), guess)
    for state, (value, slope) in enumerate(zip(values, slopes, strict=True)):
        w.store(w.fused(h0, slope, value), u, state)
    w.say(f"call void @rates(ptr %w, ptr {u}, ptr {r}, {v} {w.binary('fadd', '%t', h0)})")
    changes = [w.binary("fsub", w.load(r, state), slope) for state, slope in enumerate(slopes)]
    d2 = _norm(w, [w.binary("fmul", *pair) for pair in zip(changes, ones, strict=True)])
    d2 = w.binary("fdiv", d2, h0)
    largest = w.select(w.compare("ogt", d1, d2), d1, d2)
    ratio = w.binary("fdiv", w.constant(0.01), w.binary("fadd", largest, w.constant(TINY)))
    h1 = w.call("vpow", ratio, w.constant(1.0 / ORDER))
    top = w.binary("fmul", w.constant(100.0), h0)
    w.say(f"ret {v} {w.select(w.compare('ogt', h1, top), top, h1)}")
    return w.text


def _between(e: Equations, width: int) -> str:
    """States that outputs read, inside of the step just made, left in ``f``; x runs from 0 to 1."""
    v = f"<{width} x double>"
    w = Writer("between", f"ptr noalias %w, {v} %x", width)
    y, u, f, k = (part(w, e, name) for name in ("y", "u", "f", "k"))
    rest = w.binary("fsub", w.constant(1.0), "%x")
    product = w.binary("fmul", "%x", rest)
    weights = []
    for first, second, third in zip(*H, strict=True):
        inner = w.fused("%x", w.constant(third), w.constant(second))
        weights.append(w.binary("fmul", product, w.fused("%x", inner, w.constant(first))))
    for state in e.read:
        value = w.binary("fmul", "%x", w.load(u, state))
        value = w.fused(rest, w.load(y, state), value)
        for stage, weight in enumerate(weights):
            value = w.fused(weight, w.load(k, stage * e.n + state), value)
        w.store(value, f, state)
    w.say("ret void")
    return w.text
