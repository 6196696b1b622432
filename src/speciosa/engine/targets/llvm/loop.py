"""The control loop: each lane has its own person, time, step and stops, and takes the next person when done.

No lane ever reads another lane, so that a person's numbers do not depend on who shares the vector.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.step import part, step_functions
from speciosa.engine.targets.llvm.vector_math import math_functions
from speciosa.engine.targets.llvm.writer import Writer

ARGUMENTS = (
    "person",  # next person to begin
    "end",  # one past the last person of the chunk
    "parameters",
    "times",
    "n_times",
    "row_first",  # first time of each person at which outputs are wanted
    "stop_first",  # persons + 1: first stop of each person
    "stop_time",
    "action_first",  # stops + 1: first action of each stop
    "action_code",
    "action_value",
    "values",
    "status",
    "failure_time",
    "failure_error",
    "attempts",
    "step_limit",
    "is_before",
)
SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0
SMALLEST_STEP = 1e-15  # of the time
OK, STEP_LIMIT, STEP_UNDERFLOW, NOT_FINITE = 0, 1, 2, 3


def module(equations: Equations, width: int) -> str:
    """The whole module; its entry is ``run(workspace, arguments)``."""
    bits = 64 * width
    prefer = f'"min-legal-vector-width"="{min(bits, 512)}" "prefer-vector-width"="512"'
    v = f"<{width} x double>"
    declared = [
        f"declare {v} @llvm.{name}.v{width}f64({', '.join([v] * count)})"
        for name, count in (("fmuladd", 3), ("fabs", 1), ("sqrt", 1))
    ]
    declared.append(f"declare i1 @llvm.vector.reduce.or.v{width}i1(<{width} x i1>)")
    declared.append("declare i64 @llvm.cttz.i64(i64, i1)")
    body = [
        math_functions(width),
        equations.functions(width),
        step_functions(equations, width),
        _begin(equations, width),
        _arrive(equations, width),
        _fail(equations, width),
        _run(equations, width),
    ]
    text = "\n".join([*declared, *body]).replace("define ", "define internal ")
    text = text.replace("define internal void @run(", "define void @run(")
    text = text.replace("define internal void @portions(", "define void @portions(")
    return f"{text}\nattributes #0 = {{ nounwind {prefer} }}\n"


class Lane:
    """Scalar parts of one lane and arguments of the call, in a function with ``%w``, ``%a`` and ``%lane``."""

    def __init__(self, w: Writer, e: Equations, number: str = "%lane") -> None:
        self._w, self._e, self.number = w, e, number

    def address(self, name: str, index: int | str = 0) -> str:
        """Address of the lane's number in a vector of the workspace."""
        w = self._w
        base = part(w, self._e, name)
        vector = w.slot(base, index)
        return w.let(f"getelementptr inbounds double, ptr {vector}, i64 {self.number}")

    def get(self, name: str, kind: str = "i64", index: int | str = 0) -> str:
        """The lane's number."""
        return self._w.let(f"load {kind}, ptr {self.address(name, index)}")

    def set(self, name: str, value: str, kind: str = "i64", index: int | str = 0) -> None:
        """Change the lane's number."""
        self._w.say(f"store {kind} {value}, ptr {self.address(name, index)}")

    def argument(self, name: str, kind: str = "ptr") -> str:
        """An argument of the call."""
        return argument(self._w, name, kind)

    def element(self, name: str, index: str, kind: str = "double") -> str:
        """An element of an array that is an argument."""
        w = self._w
        place = w.let(f"getelementptr inbounds {kind}, ptr {self.argument(name)}, i64 {index}")
        return w.let(f"load {kind}, ptr {place}")

    def put(self, name: str, index: str, value: str, kind: str = "double") -> None:
        """Change an element of an array that is an argument."""
        w = self._w
        place = w.let(f"getelementptr inbounds {kind}, ptr {self.argument(name)}, i64 {index}")
        w.say(f"store {kind} {value}, ptr {place}")

    def aim(self, stop: str) -> None:
        """Make a stop the end of what comes next; the last one includes outputs at its own time."""
        w = self._w
        self.set("place", stop)
        self.set("stop", self.element("stop_time", stop), "double")
        is_last = w.let(f"icmp eq i64 {stop}, {self.get('last')}")
        is_before = w.let(f"icmp ne i64 {self.argument('is_before', 'i64')}, 0")
        closed = w.let(f"or i1 {is_last}, {is_before}")
        self.set("closed", w.let(f"uitofp i1 {closed} to double"), "double")


def argument(w: Writer, name: str, kind: str = "ptr") -> str:
    """An argument of the call, by name."""
    place = w.let(f"getelementptr inbounds i64, ptr %a, i64 {ARGUMENTS.index(name)}")
    return w.let(f"load {kind}, ptr {place}")


def _begin(e: Equations, width: int) -> str:
    """Give a lane the next person, or rest it."""
    w = Writer("begin", "ptr noalias %w, ptr noalias %a, i64 %lane", width)
    lane = Lane(w, e)
    person = lane.argument("person", "i64")
    is_left = w.let(f"icmp slt i64 {person}, {lane.argument('end', 'i64')}")
    w.say(f"br i1 {is_left}, label %person, label %rest")
    w.open("rest")
    for name, value in (("t", 0.0), ("stop", inf), ("wanted", inf), ("active", 0.0)):
        lane.set(name, "0x7FF0000000000000" if value == inf else "0.0", "double")
    w.say("ret void")
    w.open("person")
    place = w.let(f"getelementptr inbounds i64, ptr %a, i64 {ARGUMENTS.index('person')}")
    following = w.let(f"add i64 {person}, 1")
    w.say(f"store i64 {following}, ptr {place}")
    lane.set("person", person)
    lane.set("steps", "0")
    _want(w, lane, lane.element("row_first", person, "i64"))
    lane.set("active", "1.0", "double")
    lane.set("begun", "1.0", "double")
    first = lane.element("stop_first", person, "i64")
    beyond = lane.element("stop_first", following, "i64")
    lane.set("last", w.let(f"sub i64 {beyond}, 1"))
    lane.aim(first)
    lane.set("t", lane.get("stop", "double"), "double")
    for index in range(len(e.inputs)):
        lane.set("input", "0.0", "double", index)
    count = len(e.parameter)
    if count:
        row = w.let(f"mul i64 {person}, {count}")
        with w.repeat(count) as item:
            lane.set("p", lane.element("parameters", w.let(f"add i64 {row}, {item}")), "double", item)
    w.say("ret void")
    return w.text


def _arrive(e: Equations, width: int) -> str:
    """What happens at a stop; whether it was the person's last one."""
    w = Writer("arrive", "ptr noalias %w, ptr noalias %a, i64 %lane", width, "i1")
    lane = Lane(w, e)
    stop = lane.get("place")
    following = w.let(f"add i64 {stop}, 1")
    first = lane.element("action_first", stop, "i64")
    count = w.let(f"sub i64 {lane.element('action_first', following, 'i64')}, {first}")
    with w.when(w.let(f"icmp sgt i64 {count}, 0")), w.repeat(count) as turn:
        action = w.let(f"add i64 {first}, {turn}")
        _act(w, e, lane, lane.element("action_code", action, "i64"), lane.element("action_value", action))
    is_last = w.let(f"icmp eq i64 {stop}, {lane.get('last')}")
    with w.when(w.let(f"xor i1 {is_last}, true")):
        lane.aim(following)
    w.say(f"ret i1 {is_last}")
    return w.text


def _act(w: Writer, e: Equations, lane: Lane, code: str, value: str) -> None:
    """Codes: below n an addition to that state; then n for rates of input; then one for each parameter."""
    with w.when(w.let(f"icmp slt i64 {code}, {e.n}")):
        place = lane.address("y", code)
        total = w.let(f"fadd double {w.let(f'load double, ptr {place}')}, {value}")
        w.say(f"store double {total}, ptr {place}")
    if e.inputs:
        is_input = w.let(f"icmp ult i64 {w.let(f'sub i64 {code}, {e.n}')}, {e.n}")
        with w.when(is_input):
            lane.set("input", value, "double", w.let(f"sub i64 {code}, {e.n}"))
    if e.parameter:
        with w.when(w.let(f"icmp sge i64 {code}, {2 * e.n}")):
            lane.set("p", value, "double", w.let(f"sub i64 {code}, {2 * e.n}"))
            lane.set("changed", "1.0", "double")


def _fail(e: Equations, width: int) -> str:
    """Note why, when and by which state a person is given up."""
    w = Writer("fail", "ptr noalias %w, ptr noalias %a, i64 %lane, i64 %reason", width)
    lane = Lane(w, e)
    person = lane.get("person")
    code = w.let("trunc i64 %reason to i8")
    lane.put("status", person, code, "i8")
    lane.put("failure_time", person, lane.get("t", "double"))
    row = w.let(f"mul i64 {person}, {e.n}")
    with w.repeat(e.n) as state:
        error = lane.get("k", "double", w.let(f"add i64 {state}, {7 * e.n}"))
        scale = lane.get("atol", "double", state)
        size = w.let(f"fdiv double {error}, {scale}")
        lane.put("failure_error", w.let(f"add i64 {row}, {state}"), size)
    w.say("ret void")
    return w.text


def _run(e: Equations, width: int) -> str:
    """Everything from the first person of a chunk to its last."""
    w = Writer("run", "ptr noalias %w, ptr noalias %a", width)
    v = w.lanes
    bits = w.let("alloca i64, align 8")
    _start(w, e)
    with w.turn() as (_, leave):
        t, h, stop = (w.load(part(w, e, name), 0) for name in ("t", "h", "stop"))
        active = w.compare("une", w.load(part(w, e, "active"), 0), w.constant(0.0))
        left = w.binary("fsub", stop, t)
        is_still = w.compare("oeq", left, w.constant(0.0))
        # A step that would end just before the stop goes to it; one that would leave little is halved.
        reaches = w.compare("oge", w.binary("fmul", h, w.constant(1.0 + 1e-9)), left)
        is_near = w.compare("ogt", w.binary("fmul", h, w.constant(2.0)), left)
        size = w.select(is_near, w.binary("fmul", left, w.constant(0.5)), h)
        size = w.select(reaches, left, size)
        size = w.select(is_still, w.constant(1.0), size)
        error = w.let(f"call {v} @attempt(ptr %w, {v} {t}, {v} {size})")
        passes = w.compare("ole", error, w.constant(1.0))
        is_done = w.flag("or", passes, is_still)
        is_done = w.flag("and", is_done, active)
        now = w.select(reaches, stop, w.binary("fadd", t, size))
        _outputs(w, e, bits, is_done, is_still, t, now, size)
        moves = w.flag("and", is_done, w.inverse(is_still))
        with w.repeat(e.n) as state:
            new = w.load(part(w, e, "u"), state)
            old = w.load(part(w, e, "y"), state)
            w.store(w.select(moves, new, old), part(w, e, "y"), state)
        w.store(w.select(is_done, now, t), part(w, e, "t"), 0)
        following = w.binary("fmul", size, _factor(w, error))
        w.store(following, part(w, e, "h"), 0)
        is_bad, over = _trouble(w, e, active, is_done, following, t)
        arrives = w.flag("and", is_done, reaches)
        special = w.flag("or", arrives, w.flag("or", is_bad, over))
        with w.when(w.any(special)):
            _specials(w, e, bits, special, (arrives, over, w.compare("uno", error, error)))
            working = w.compare("une", w.load(part(w, e, "active"), 0), w.constant(0.0))
            on = w.fresh("on")
            w.say(f"br i1 {w.any(working)}, label %{on}, label %{leave}")
            w.open(on)
    w.say("ret void")
    return w.text


def _start(w: Writer, e: Equations) -> None:
    for name in ("begun", "changed"):
        w.store(w.constant(0.0), part(w, e, name), 0)
    with w.repeat(w.width) as lane:
        w.say(f"call void @begin(ptr %w, ptr %a, i64 {lane})")
    _renew(w, e)
    w.store(w.constant(1.0), part(w, e, "h"), 0)


def _renew(w: Writer, e: Equations) -> None:
    """Work out what follows from new parameters, and put persons who have just begun at their start."""
    begun = w.compare("une", w.load(part(w, e, "begun"), 0), w.constant(0.0))
    changed = w.compare("une", w.load(part(w, e, "changed"), 0), w.constant(0.0))
    with w.when(w.any(w.flag("or", begun, changed))):
        w.say("call void @prologue(ptr %w)")
        with w.repeat(e.n) as state:
            first, old = w.load(part(w, e, "init"), state), w.load(part(w, e, "y"), state)
            w.store(w.select(begun, first, old), part(w, e, "y"), state)
        for name in ("begun", "changed"):
            w.store(w.constant(0.0), part(w, e, name), 0)


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
    limit = w.let(f"insertelement {kind} poison, i64 {argument(w, 'step_limit', 'i64')}, i64 0")
    limit = w.let(f"shufflevector {kind} {limit}, {kind} poison, <{w.width} x i32> zeroinitializer")
    over = w.let(f"icmp sgt {kind} {steps}, {limit}")
    return is_bad, w.flag("and", over, active)


def _lanes_of(w: Writer, flags: str) -> str:
    """Set flags as the bits of a 64-bit integer."""
    if w.width == 1:
        return w.let(f"zext i1 {w.let(f'extractelement {w.flags} {flags}, i64 0')} to i64")
    return w.let(f"zext i{w.width} {w.let(f'bitcast {w.flags} {flags} to i{w.width}')} to i64")


def _walk(
    w: Writer, e: Equations, bits: str, flags: str, body: Callable[[Writer, Equations, Lane], None]
) -> None:
    """Do something for each lane of set flags, one after the other."""
    w.say(f"store i64 {_lanes_of(w, flags)}, ptr {bits}")
    with w.turn() as (_, leave):
        mask = w.let(f"load i64, ptr {bits}")
        go = w.fresh("lane")
        w.say(f"br i1 {w.let(f'icmp eq i64 {mask}, 0')}, label %{leave}, label %{go}")
        w.open(go)
        number = w.let(f"call i64 @llvm.cttz.i64(i64 {mask}, i1 true)")
        below = w.let(f"sub i64 {mask}, 1")
        w.say(f"store i64 {w.let(f'and i64 {mask}, {below}')}, ptr {bits}")
        body(w, e, Lane(w, e, number))


def _specials(w: Writer, e: Equations, bits: str, special: str, kinds: tuple[str, str, str]) -> None:
    """Lanes at a stop go on, or hand over to the next person; lanes in trouble give up."""
    arriving, over, unknown = (_lanes_of(w, kind) for kind in kinds)

    def is_in(mask: str, lane: Lane) -> str:
        return w.let(f"trunc i64 {w.let(f'lshr i64 {mask}, {lane.number}')} to i1")

    def settle(w: Writer, e: Equations, lane: Lane) -> None:
        end, fails, leaves, done = (w.fresh(name) for name in ("end", "fails", "leaves", "done"))
        arrive = w.fresh("arrives")
        w.say(f"br i1 {is_in(arriving, lane)}, label %{arrive}, label %{fails}")
        w.open(arrive)
        is_last = w.let(f"call i1 @arrive(ptr %w, ptr %a, i64 {lane.number})")
        w.say(f"br i1 {is_last}, label %{end}, label %{done}")
        w.open(end)
        lane.put("status", lane.get("person"), str(OK), "i8")
        w.say(f"br label %{leaves}")
        w.open(fails)
        reason = w.let(f"select i1 {is_in(unknown, lane)}, i64 {NOT_FINITE}, i64 {STEP_UNDERFLOW}")
        reason = w.let(f"select i1 {is_in(over, lane)}, i64 {STEP_LIMIT}, i64 {reason}")
        w.say(f"call void @fail(ptr %w, ptr %a, i64 {lane.number}, i64 {reason})")
        w.say(f"br label %{leaves}")
        w.open(leaves)
        lane.put("attempts", lane.get("person"), lane.get("steps"), "i64")
        w.say(f"call void @begin(ptr %w, ptr %a, i64 {lane.number})")
        w.say(f"br label %{done}")
        w.open(done)

    _walk(w, e, bits, special, settle)
    _renew(w, e)
    t, old = w.load(part(w, e, "t"), 0), w.load(part(w, e, "h"), 0)
    first = w.let(f"call {w.lanes} @first_step(ptr %w, {w.lanes} {t})")
    w.store(w.select(special, first, old), part(w, e, "h"), 0)


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
        w.say(f"call void @record(ptr %w, ptr {part(w, e, 'f')}, {v} {wanted})")
        _walk(w, e, bits, pending, _keep)


def _keep(w: Writer, e: Equations, lane: Lane) -> None:
    """Put one lane's outputs into the table."""
    n_times = lane.argument("n_times", "i64")
    row = lane.get("row")
    start = w.let(f"mul i64 {lane.get('person')}, {n_times}")
    start = w.let(f"mul i64 {w.let(f'add i64 {start}, {row}')}, {len(e.outputs)}")
    for item in range(len(e.outputs)):
        lane.put("values", w.let(f"add i64 {start}, {item}"), lane.get("out", "double", item))
    _want(w, lane, w.let(f"add i64 {row}, 1"))


def _want(w: Writer, lane: Lane, row: str) -> None:
    """The time of a row of the table is the next at which outputs are wanted; none after the last row."""
    lane.set("row", row)
    is_more = w.let(f"icmp slt i64 {row}, {lane.argument('n_times', 'i64')}")
    moment = lane.element("times", w.let(f"select i1 {is_more}, i64 {row}, i64 0"))
    lane.set("wanted", w.let(f"select i1 {is_more}, double {moment}, double 0x7FF0000000000000"), "double")
