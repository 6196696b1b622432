"""A small writer of LLVM intermediate representation on vectors with one person in each lane."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@cache
def number(value: float) -> str:
    """A constant as the text that LLVM reads back to the same bits."""
    return "0x" + struct.pack(">d", value).hex().upper()


@cache
def _spread(kind: str, value: str, width: int) -> str:
    return "<" + ", ".join([f"{kind} {value}"] * width) + ">"


class Writer:
    """Writes one function, instruction after instruction.

    Parameters
    ----------
    name : str
    arguments : str
        As in the definition.
    width : int
        Number of lanes.
    result : str
        Type of the result.
    """

    def __init__(self, name: str, arguments: str, width: int, result: str = "void") -> None:
        self.width = width
        self.lanes = f"<{width} x double>"
        self.flags = f"<{width} x i1>"
        self._head = f"define {result} @{name}({arguments}) #0 {{"
        self._lines = ["entry:"]
        self._count = 0
        self.block = "entry"

    @property
    def text(self) -> str:
        """The whole definition."""
        return "\n".join([self._head, *self._lines, "}", ""])

    def say(self, line: str) -> None:
        """An instruction without a value."""
        self._lines.append(f"  {line}")

    def let(self, line: str) -> str:
        """An instruction with a value; its name."""
        self._count += 1
        self._lines.append(f"  %v{self._count} = {line}")
        return f"%v{self._count}"

    def fresh(self, stem: str) -> str:
        """A name for a block."""
        self._count += 1
        return f"{stem}{self._count}"

    def open(self, block: str) -> None:
        """Begin a block."""
        self._lines.append(f"{block}:")
        self.block = block

    def constant(self, value: float) -> str:
        """The same number in all lanes."""
        return _spread("double", number(value), self.width)

    def whole(self, value: int) -> str:
        """The same 64-bit integer in all lanes."""
        return _spread("i64", str(value), self.width)

    def everywhere(self, kind: str, value: str) -> str:
        """A scalar in all lanes."""
        vector = f"<{self.width} x {kind}>"
        first = self.let(f"insertelement {vector} poison, {kind} {value}, i64 0")
        return self.let(
            f"shufflevector {vector} {first}, {vector} poison, <{self.width} x i32> zeroinitializer"
        )

    def slot(self, base: str, index: int | str) -> str:
        """Address of a vector, by its position."""
        return self.let(f"getelementptr inbounds {self.lanes}, ptr {base}, i64 {index}")

    def load(self, base: str, index: int | str) -> str:
        """Vector at a position."""
        return self.let(f"load {self.lanes}, ptr {self.slot(base, index)}, align {8 * self.width}")

    def store(self, value: str, base: str, index: int | str) -> None:
        """Put a vector at a position."""
        self.say(f"store {self.lanes} {value}, ptr {self.slot(base, index)}, align {8 * self.width}")

    def element(self, base: str, index: int | str) -> str:
        """Address of a number, by its position."""
        return self.let(f"getelementptr inbounds double, ptr {base}, i64 {index}")

    def binary(self, operation: str, a: str, b: str) -> str:
        """An arithmetic operation on two vectors: fadd, fsub, fmul, fdiv."""
        return self.let(f"{operation} {self.lanes} {a}, {b}")

    def negated(self, a: str) -> str:
        """The negative."""
        return self.let(f"fneg {self.lanes} {a}")

    def fused(self, a: str, b: str, c: str) -> str:
        """``a b + c``, rounded once where the processor can."""
        v = self.lanes
        return self.let(f"call {v} @llvm.fmuladd.v{self.width}f64({v} {a}, {v} {b}, {v} {c})")

    def intrinsic(self, name: str, *values: str) -> str:
        """A function of LLVM of vectors that gives a vector."""
        given = ", ".join(f"{self.lanes} {value}" for value in values)
        return self.let(f"call {self.lanes} @llvm.{name}.v{self.width}f64({given})")

    def call(self, name: str, *values: str) -> str:
        """A function of this module of vectors that gives a vector."""
        given = ", ".join(f"{self.lanes} {value}" for value in values)
        return self.let(f"call {self.lanes} @{name}({given})")

    def compare(self, condition: str, a: str, b: str) -> str:
        """Flags of a comparison: ogt, olt, oge, ole, uno..."""
        return self.let(f"fcmp {condition} {self.lanes} {a}, {b}")

    def select(self, flags: str, a: str, b: str) -> str:
        """The first where the flag is set, the second elsewhere."""
        return self.let(f"select {self.flags} {flags}, {self.lanes} {a}, {self.lanes} {b}")

    def flag(self, operation: str, a: str, b: str) -> str:
        """An operation on flags: and, or, xor."""
        return self.let(f"{operation} {self.flags} {a}, {b}")

    def inverse(self, flags: str) -> str:
        """Flags set where they were not."""
        return self.flag("xor", flags, _spread("i1", "true", self.width))

    def any(self, flags: str) -> str:
        """Whether a flag is set in any lane."""
        return self.let(f"call i1 @llvm.vector.reduce.or.v{self.width}i1({self.flags} {flags})")

    def bits(self, value: str) -> str:
        """The bits of doubles as integers."""
        return self.let(f"bitcast {self.lanes} {value} to <{self.width} x i64>")

    def doubles(self, value: str) -> str:
        """The doubles of which integers are the bits."""
        return self.let(f"bitcast <{self.width} x i64> {value} to {self.lanes}")

    def integers(self, operation: str, a: str, b: str) -> str:
        """An operation on vectors of 64-bit integers."""
        return self.let(f"{operation} <{self.width} x i64> {a}, {b}")

    @contextmanager
    def repeat(self, count: int | str) -> Iterator[str]:
        """A counted loop of at least one turn; the counter."""
        head, tail = self.fresh("loop"), self.fresh("done")
        before = self.block
        step = f"%{head}.next"
        self.say(f"br label %{head}")
        self.open(head)
        place = len(self._lines)
        counter = f"%{head}.i"
        yield counter
        self._lines.insert(place, f"  {counter} = phi i64 [0, %{before}], [{step}, %{self.block}]")
        self.say(f"{step} = add nuw nsw i64 {counter}, 1")
        again = self.let(f"icmp ult i64 {step}, {count}")
        self.say(f"br i1 {again}, label %{head}, label %{tail}")
        self.open(tail)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is done only if a scalar flag is set."""
        then, after = self.fresh("then"), self.fresh("after")
        self.say(f"br i1 {condition}, label %{then}, label %{after}")
        self.open(then)
        yield
        self.say(f"br label %{after}")
        self.open(after)

    @contextmanager
    def turn(self) -> Iterator[tuple[str, str]]:
        """A loop without end, left by a branch to its exit: names of its head and of its exit."""
        head, leave = self.fresh("turn"), self.fresh("left")
        self.say(f"br label %{head}")
        self.open(head)
        yield head, leave
        self.say(f"br label %{head}")
        self.open(leave)
