"""People in lanes: how a person enters a lane, what happens at a stop, and how outputs leave it.

No lane ever reads another lane, so that a person's numbers do not depend on who shares the vector.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.step import part
from speciosa.engine.targets.llvm.writer import Writer

ARGUMENTS = (
    "person",  # next person to begin
    "end",  # one past the last person of the chunk
    "parameters",
    "times",
    "n_times",
    "times_stride",  # 0 where all people share their times, else the length of a row of times
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
    "tape_first",  # persons: first place of each person on the tape
    "tape",
    "levels",  # persons by watched outputs
    "halt_time",
    "halt_which",
    "halt_states",
    "halt_seen",
)
OK, STEP_LIMIT, STEP_UNDERFLOW, NOT_FINITE, PAST_LOST = 0, 1, 2, 3, 6


def lane_functions(e: Equations, width: int) -> str:
    """Definitions of ``begin``, ``arrive`` and ``fail``."""
    return "\n".join(part(e, width) for part in (_begin, _arrive, _fail))


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

    def want(self, row: str) -> None:
        """The time of a row of the table is the next at which outputs are wanted; none after the last row."""
        w = self._w
        self.set("row", row)
        is_more = w.let(f"icmp slt i64 {row}, {self.argument('n_times', 'i64')}")
        first = w.let(f"mul i64 {self.get('person')}, {self.argument('times_stride', 'i64')}")
        place = w.let(f"add i64 {first}, {w.let(f'select i1 {is_more}, i64 {row}, i64 0')}")
        moment = self.element("times", place)
        later = w.let(f"select i1 {is_more}, double {moment}, double 0x7FF0000000000000")
        self.set("wanted", later, "double")


def argument(w: Writer, name: str, kind: str = "ptr") -> str:
    """An argument of the call, by name."""
    place = w.let(f"getelementptr inbounds i64, ptr %a, i64 {ARGUMENTS.index(name)}")
    return w.let(f"load {kind}, ptr {place}")


def _begin(e: Equations, width: int) -> str:
    """Give a lane the next person, or rest it."""
    w = Writer("begin", "ptr noalias %w, ptr noalias %a, i64 %lane", width)
    lane = Lane(w, e)
    _flushed(w, e)
    person = lane.argument("person", "i64")
    is_left = w.let(f"icmp slt i64 {person}, {lane.argument('end', 'i64')}")
    w.say(f"br i1 {is_left}, label %person, label %rest")
    w.open("rest")
    for name, value in (("t", 0.0), ("stop", inf), ("wanted", inf), ("active", 0.0)):
        lane.set(name, "0x7FF0000000000000" if value == inf else "0.0", "double")
    _forget(lane, e)
    w.say("ret void")
    w.open("person")
    place = w.let(f"getelementptr inbounds i64, ptr %a, i64 {ARGUMENTS.index('person')}")
    following = w.let(f"add i64 {person}, 1")
    w.say(f"store i64 {following}, ptr {place}")
    lane.set("person", person)
    lane.set("steps", "0")
    lane.want(lane.element("row_first", person, "i64"))
    lane.set("mark", lane.element("tape_first", person, "i64"))
    for name in ("active", "begun", "stale"):
        lane.set(name, "1.0", "double")
    first = lane.element("stop_first", person, "i64")
    beyond = lane.element("stop_first", following, "i64")
    lane.set("last", w.let(f"sub i64 {beyond}, 1"))
    lane.aim(first)
    lane.set("t", lane.get("stop", "double"), "double")
    _forget(lane, e)
    for index in range(len(e.inputs)):
        lane.set("input", "0.0", "double", index)
    count = len(e.parameter)
    if count:
        row = w.let(f"mul i64 {person}, {count}")
        with w.repeat(count) as item:
            lane.set("p", lane.element("parameters", w.let(f"add i64 {row}, {item}")), "double", item)
    if e.watched:
        row = w.let(f"mul i64 {person}, {len(e.watched)}")
        with w.repeat(len(e.watched)) as item:
            lane.set("level", lane.element("levels", w.let(f"add i64 {row}, {item}")), "double", item)
    w.say("ret void")
    return w.text


def _forget(lane: Lane, e: Equations) -> None:
    """Begin without a past."""
    if e.lags:
        lane.set("origin", lane.get("t", "double"), "double")
        lane.set("count", "0")
        for name in ("known", "ahead", "short"):
            lane.set(name, "0.0", "double")


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
            lane.set("stale", "1.0", "double")
    if e.parameter:
        with w.when(w.let(f"icmp sge i64 {code}, {2 * e.n}")):
            _flushed(w, e)
            lane.set("p", value, "double", w.let(f"sub i64 {code}, {2 * e.n}"))
            for name in ("changed", "stale"):
                lane.set(name, "1.0", "double")


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


def _flushed(w: Writer, e: Equations) -> None:
    """Before a lane gets other parameters: outputs of what is held follow from those that it had."""
    if e.depth:
        w.say("call void @flush(ptr %w, ptr %a)")


def start(w: Writer, e: Equations) -> None:
    """Give every lane its first person."""
    for name in ("begun", "changed", "filled"):
        w.store(w.constant(0.0), part(w, e, name), 0)
    with w.repeat(w.width) as lane:
        w.say(f"call void @begin(ptr %w, ptr %a, i64 {lane})")
    renew(w, e)


def renew(w: Writer, e: Equations) -> None:
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


def is_active(w: Writer, e: Equations) -> str:
    """Lanes that hold a person."""
    return w.compare("une", w.load(part(w, e, "active"), 0), w.constant(0.0))


def lanes_of(w: Writer, flags: str) -> str:
    """Set flags as the bits of a 64-bit integer."""
    if w.width == 1:
        return w.let(f"zext i1 {w.let(f'extractelement {w.flags} {flags}, i64 0')} to i64")
    return w.let(f"zext i{w.width} {w.let(f'bitcast {w.flags} {flags} to i{w.width}')} to i64")


def walk(
    w: Writer, e: Equations, bits: str, flags: str, body: Callable[[Writer, Equations, Lane], None]
) -> None:
    """Do something for each lane of set flags, one after the other."""
    w.say(f"store i64 {lanes_of(w, flags)}, ptr {bits}")
    with w.turn() as (_, leave):
        mask = w.let(f"load i64, ptr {bits}")
        go = w.fresh("lane")
        w.say(f"br i1 {w.let(f'icmp eq i64 {mask}, 0')}, label %{leave}, label %{go}")
        w.open(go)
        number = w.let(f"call i64 @llvm.cttz.i64(i64 {mask}, i1 true)")
        below = w.let(f"sub i64 {mask}, 1")
        w.say(f"store i64 {w.let(f'and i64 {mask}, {below}')}, ptr {bits}")
        body(w, e, Lane(w, e, number))


def settle(w: Writer, e: Equations, bits: str, special: str, kinds: tuple[str, str, str], leave: str) -> None:
    """Lanes at a stop go on, or hand over to the next person; lanes in trouble give up.

    Parameters
    ----------
    w, e
    bits : str
        Room for a mask.
    special : str
        The lanes.
    kinds : tuple of str
        Those at a stop, those with too many steps, those whose states are no numbers.
    leave : str
        Where to go when no lane has a person left.
    """
    arriving, over, unknown = (lanes_of(w, kind) for kind in kinds)

    def is_in(mask: str, lane: Lane) -> str:
        return w.let(f"trunc i64 {w.let(f'lshr i64 {mask}, {lane.number}')} to i1")

    def each(w: Writer, e: Equations, lane: Lane) -> None:
        end, fails, leaves, done = (w.fresh(name) for name in ("end", "fails", "leaves", "done"))
        arrive = w.fresh("arrives")
        w.say(f"br i1 {is_in(arriving, lane)}, label %{arrive}, label %{fails}")
        w.open(arrive)
        if e.is_halting:
            go = w.fresh("goes")
            crossed = w.let(f"fcmp une double {lane.get('crossed', 'double')}, 0.0")
            w.say(f"br i1 {crossed}, label %{end}, label %{go}")
            w.open(go)
        is_last = w.let(f"call i1 @arrive(ptr %w, ptr %a, i64 {lane.number})")
        w.say(f"br i1 {is_last}, label %{end}, label %{done}")
        w.open(end)
        lane.put("status", lane.get("person"), str(OK), "i8")
        if e.is_halting:
            crossed = w.let(f"fcmp une double {lane.get('crossed', 'double')}, 0.0")
            w.say(f"call void @halted(ptr %w, ptr %a, i64 {lane.number}, i1 {crossed})")
        w.say(f"br label %{leaves}")
        w.open(fails)
        reason = w.let(f"select i1 {is_in(unknown, lane)}, i64 {NOT_FINITE}, i64 {STEP_UNDERFLOW}")
        reason = w.let(f"select i1 {is_in(over, lane)}, i64 {STEP_LIMIT}, i64 {reason}")
        if e.lags:
            short = w.let(f"fcmp une double {lane.get('short', 'double')}, 0.0")
            reason = w.let(f"select i1 {short}, i64 {PAST_LOST}, i64 {reason}")
        w.say(f"call void @fail(ptr %w, ptr %a, i64 {lane.number}, i64 {reason})")
        w.say(f"br label %{leaves}")
        w.open(leaves)
        lane.put("attempts", lane.get("person"), lane.get("steps"), "i64")
        w.say(f"call void @begin(ptr %w, ptr %a, i64 {lane.number})")
        w.say(f"br label %{done}")
        w.open(done)

    walk(w, e, bits, special, each)
    renew(w, e)
    on = w.fresh("on")
    w.say(f"br i1 {w.any(is_active(w, e))}, label %{on}, label %{leave}")
    w.open(on)
