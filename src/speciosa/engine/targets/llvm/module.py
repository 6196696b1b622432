"""All functions of a model and a method as one module of LLVM's intermediate representation."""

from __future__ import annotations

from typing import Literal

from speciosa.engine.targets.llvm.equations import Equations
from speciosa.engine.targets.llvm.lanes import lane_functions
from speciosa.engine.targets.llvm.linear import linear_functions, linear_loop
from speciosa.engine.targets.llvm.loop import Tape, adaptive_loop
from speciosa.engine.targets.llvm.past import past_functions
from speciosa.engine.targets.llvm.recording import flush
from speciosa.engine.targets.llvm.step import step_functions
from speciosa.engine.targets.llvm.stopping import stopping_functions
from speciosa.engine.targets.llvm.vector_math import math_functions

Method = Literal["rosenbrock", "exponential"]
ENTRIES = ("run", "portions")


def module(equations: Equations, width: int, method: Method, tape: Tape = "none") -> str:
    """The module; its entries are ``run(workspace, arguments)`` and ``portions``."""
    bits = 64 * width
    prefer = f'"min-legal-vector-width"="{min(bits, 512)}" "prefer-vector-width"="512"'
    v = f"<{width} x double>"
    declared = [
        f"declare {v} @llvm.{name}.v{width}f64({', '.join([v] * count)})"
        for name, count in (("fmuladd", 3), ("fabs", 1), ("sqrt", 1))
    ]
    declared.append(f"declare i1 @llvm.vector.reduce.or.v{width}i1(<{width} x i1>)")
    if equations.lags:
        declared.append("declare double @llvm.fmuladd.f64(double, double, double)")
    declared.append("declare i64 @llvm.cttz.i64(i64, i1)")
    body = [math_functions(width), equations.functions(width), lane_functions(equations, width)]
    if method == "exponential":
        body += [linear_functions(equations, width), linear_loop(equations, width)]
    else:
        body += [flush(equations, width), past_functions(equations, width), step_functions(equations, width)]
        body.append(stopping_functions(equations, width))
        body.append(adaptive_loop(equations, width, tape))
    text = "\n".join([*declared, *body]).replace("define ", "define internal ")
    for name in ENTRIES:
        text = text.replace(f"define internal void @{name}(", f"define void @{name}(")
    return f"{text}\nattributes #0 = {{ nounwind {prefer} }}\n"
