"""Exponential, logarithm and power on vectors, of additions and products only.

They are written out here, and not taken from a library, so that a person gets the same bits in any lane, at
any lane width and on any machine with fused multiplication. Errors stay below 2 units in the last place for
`exp` and `log`.

Source
------
The reduction and the polynomial of the logarithm are those of fdlibm (Sun Microsystems 1993), e_log.c; the
exponential is reduced in the same way and uses the Taylor series to degree 13.
"""

from __future__ import annotations

from math import factorial, inf, log, nan

from speciosa.engine.targets.llvm.writer import Writer

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
SHIFTER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number
EXP_HIGH, EXP_LOW = 709.782712893384, -745.2
LOG_TERMS = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
SMALLEST_NORMAL = 2.2250738585072014e-308
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
MANTISSA = 0x000FFFFFFFFFFFFF


def math_functions(width: int) -> str:
    """Definitions of ``vexp``, ``vlog`` and ``vpow`` and of what they need."""
    return "\n".join([_exponential(width), _logarithm(width), _power(width)])


def _series(w: Writer, x: str, terms: list[float]) -> str:
    """Polynomial by Horner's rule, lowest power first."""
    value = w.constant(terms[-1])
    for term in reversed(terms[:-1]):
        value = w.fused(value, x, w.constant(term))
    return value


def _exponential(width: int) -> str:
    v = f"<{width} x double>"
    w = Writer("vexp", f"{v} %x", width, v)
    low = w.select(w.compare("olt", "%x", w.constant(EXP_LOW)), w.constant(EXP_LOW), "%x")
    x = w.select(w.compare("ogt", low, w.constant(EXP_HIGH)), w.constant(EXP_HIGH), low)
    shifted = w.fused(x, w.constant(1.0 / log(2.0)), w.constant(SHIFTER))
    k = w.binary("fsub", shifted, w.constant(SHIFTER))
    r = w.fused(k, w.constant(-LN2_HIGH), x)
    r = w.fused(k, w.constant(-LN2_LOW), r)
    value = _series(w, r, [1.0 / factorial(n) for n in range(14)])
    # 2**k in two factors, so that results close to the limits of the numbers are right.
    whole = w.integers("sub", w.bits(shifted), w.bits(w.constant(SHIFTER)))
    half = w.integers("ashr", whole, w.whole(1))
    rest = w.integers("sub", whole, half)
    for part in (half, rest):
        exponent = w.integers("shl", w.integers("add", part, w.whole(1023)), w.whole(52))
        value = w.binary("fmul", value, w.doubles(exponent))
    above = w.compare("ogt", "%x", w.constant(EXP_HIGH))
    w.say(f"ret {v} {w.select(above, w.constant(inf), value)}")
    return w.text


def _logarithm(width: int) -> str:
    v = f"<{width} x double>"
    w = Writer("vlog", f"{v} %x", width, v)
    is_small = w.compare("olt", "%x", w.constant(SMALLEST_NORMAL))
    x = w.select(is_small, w.binary("fmul", "%x", w.constant(2.0**54)), "%x")
    offset = w.select(is_small, w.constant(-54.0), w.constant(0.0))
    bits = w.integers("sub", w.bits(x), w.whole(SQRT_HALF_BITS))
    # The exponent relative to sqrt(1/2), so that the rest lies between sqrt(1/2) and sqrt(2).
    exponent = w.integers("ashr", bits, w.whole(52))
    rest = w.doubles(w.integers("add", w.integers("and", bits, w.whole(MANTISSA)), w.whole(SQRT_HALF_BITS)))
    lifted = w.integers("add", exponent, w.bits(w.constant(SHIFTER)))
    k = w.binary("fadd", w.binary("fsub", w.doubles(lifted), w.constant(SHIFTER)), offset)
    f = w.binary("fsub", rest, w.constant(1.0))
    s = w.binary("fdiv", f, w.binary("fadd", f, w.constant(2.0)))
    z = w.binary("fmul", s, s)
    tail = w.binary("fmul", z, _series(w, z, list(LOG_TERMS)))
    half = w.binary("fmul", w.binary("fmul", w.constant(0.5), f), f)
    low = w.fused(s, w.binary("fadd", half, tail), w.binary("fmul", k, w.constant(LN2_LOW)))
    value = w.binary("fsub", f, w.binary("fsub", half, low))
    value = w.fused(k, w.constant(LN2_HIGH), value)
    value = w.select(w.compare("oeq", "%x", w.constant(inf)), w.constant(inf), value)
    value = w.select(w.compare("oeq", "%x", w.constant(0.0)), w.constant(-inf), value)
    bad = w.compare("ult", "%x", w.constant(0.0))
    w.say(f"ret {v} {w.select(bad, w.constant(nan), value)}")
    return w.text


def _power(width: int) -> str:
    """``x ** y`` for a base of at least 0; a base below 0 (a solver's slip) counts as 0."""
    v = f"<{width} x double>"
    w = Writer("vpow", f"{v} %x, {v} %y", width, v)
    value = w.call("vexp", w.binary("fmul", "%y", w.call("vlog", "%x")))
    at_zero = w.select(w.compare("olt", "%y", w.constant(0.0)), w.constant(inf), w.constant(0.0))
    at_zero = w.select(w.compare("oeq", "%y", w.constant(0.0)), w.constant(1.0), at_zero)
    at_zero = w.select(w.compare("uno", "%y", w.constant(0.0)), "%y", at_zero)
    w.say(f"ret {v} {w.select(w.compare('ole', '%x', w.constant(0.0)), at_zero, value)}")
    return w.text
