"""The published model of breathing and rescue a second time, written down from its description alone.

Seconds, L/s and mmHg as there; scalars and SciPy's DOP853 at tight tolerance, second by second, with all
dense solutions kept as history. Nothing of the program is used, so that agreement says something.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt

import numpy as np
from scipy.integrate import solve_ivp

Vector = list[float]
OPIOID = {
    "fentanyl": {
        "k10": 0.002,
        "k12": 0.0032,
        "k13": 0.0036,
        "k21": 0.0023,
        "k31": 0.00023,
        "V": 10.5,
        "ke0": 0.003,
        "M": 336.4,
    },
    "carfentanil": {
        "k10": 0.0002,
        "k12": 0.0032,
        "k13": 0.00036,
        "k21": 0.023,
        "k31": 0.0023,
        "V": 10.5,
        "ke0": 10 / 60,
        "M": 394.5,
    },
}
BINDING = {
    "fentanyl": (3.08e-5, 0.004331, 0.8439),
    "carfentanil": (9.95e-6, 2.47e-4, 1.025),
    "naloxone": (1.67e-4, 0.03959, 0.858),
}
NASAL = {
    "F": 0.2563,
    "f1": 0.2005,
    "f2": 0.165,
    "ktr": 0.0105,
    "kin": 0.002657,
    "V1": 114300,
    "CL": 38.8,
    "Q": 141.1,
    "V2": 113800,
}
EXPONENTS = {"naive": (2.875, 0.9), "chronic": (4.22625, 1.323)}
# Positions of the states.
AC, AO, BC, BO, TC, TO, YC, YO, DP, DC, AL, IM = range(12)
X1, X2, X3, L, RO = range(12, 17)
D, T1, T2, C, C2, N, RA = range(17, 24)
SIZE = 24
START = [40.28, 100.2, 0.645, 9.78e-4, 0.605, 1.3e-3, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]


def contents(po: float, pc: float) -> tuple[float, float]:
    """Oxygen and CO2 content of blood."""
    fo = max(po, 0.0) * (1 + 0.008275 * pc) / (14.99 * (1 + 0.03198 * pc))
    fc = pc * (1 + 0.03255 * po) / (194.4 * (1 + 0.05591 * po))
    go, gc = fo ** (1 / 0.3836), fc ** (1 / 1.819)
    return 0.02272 * 9 * go / (1 + go), 0.02272 * 86.11 * gc / (1 + gc)


def pressures(cao: float, cac: float) -> tuple[float, float]:
    """Arterial PO2 and PCO2."""
    full_o, full_c = 0.02272 * 9, 0.02272 * 86.11
    d1 = 14.99 * (cao / (full_o - cao)) ** 0.3836
    d2 = 194.4 * (cac / (full_c - cac)) ** 1.819
    a1, b1, a2, b2 = 0.03198, 0.008275, 0.05591, 0.03255
    s1 = -(d1 + a1 * d1 * d2) / (b2 + a2 * b1 * d2)
    s2 = -(d2 + a2 * d1 * d2) / (b1 + a1 * b2 * d1)
    r1 = -(1 + b1 * d2 - b2 * d1 - a1 * a2 * d1 * d2) / (2 * (b2 + a2 * b1 * d2))
    r2 = -(1 + b2 * d1 - b1 * d2 - a1 * a2 * d1 * d2) / (2 * (b1 + a1 * b2 * d1))
    return r1 + sqrt(r1 * r1 - s1), r2 + sqrt(r2 * r2 - s2)


@dataclass
class Blood:
    """What follows from the states of a moment without delays."""

    qb: float
    qt: float
    po: float
    pc: float
    pbo: float
    pbc: float
    pto: float
    alveolar: tuple[float, float]
    arterial: tuple[float, float]
    brain: tuple[float, float]
    tissue: tuple[float, float]
    mixed: tuple[float, float]

    @classmethod
    def of(cls, y: Sequence[float]) -> Blood:
        """From the states."""
        qb = 0.75 / 60 * (1 + y[YC] + y[YO]) * y[IM]
        qt = 4.25 / 60 * (1 + 0.32 * y[YO]) * y[IM]
        pbc, ptc = (y[BC] - 0.5824) / 6.67e-4, (y[TC] - 0.5824) / 6.67e-4
        pbo, pto = y[BO] / 3.17e-5, y[TO] / 3.17e-5
        brain, tissue, alveolar = contents(pbo, pbc), contents(pto, ptc), contents(y[AO], y[AC])
        mixed = tuple((qb * b + qt * t) / (qb + qt) for b, t in zip(brain, tissue, strict=True))
        arterial = tuple(0.976 * e + 0.024 * v for e, v in zip(alveolar, mixed, strict=True))
        po, pc = pressures(*arterial)
        return cls(qb, qt, po, pc, pbo, pbc, pto, alveolar, arterial, brain, tissue, mixed)

    @property
    def q(self) -> float:
        """Total flow, L/s."""
        return self.qb + self.qt


@dataclass
class Course:
    """A person over time: pieces of dense solutions.

    Parameters
    ----------
    opioid : str
    tolerance : str
    doses : sequence of (time in s, position, amount)
        What enters a state at once.
    bioavailability : sequence of (time in s, F)
        Changes of F.
    has_collapse : bool
    """

    opioid: str = "fentanyl"
    tolerance: str = "chronic"
    doses: Sequence[tuple[float, int, float]] = ()
    bioavailability: Sequence[tuple[float, float]] = ()
    has_collapse: bool = True
    low_since: float | None = None
    low_again: float | None = None
    collapse_at: float | None = None
    ends: Vector = field(default_factory=list)
    pieces: list[Callable[[float], np.ndarray]] = field(default_factory=list)

    def states(self, t: float) -> np.ndarray:
        """States at a time that has been solved."""
        index = min(bisect_right(self.ends, t), len(self.pieces) - 1)
        return self.pieces[index](t)

    def ventilation(self, y: Sequence[float], blood: Blood | None = None) -> float:
        """Minute ventilation, L/min."""
        blood = blood or Blood.of(y)
        kf = 6.62 * max(y[RO], 0.0) ** EXPONENTS[self.tolerance][1]
        chemo = max(0.0, (y[AL] * y[DP] if y[DP] >= 0 else y[DP]) + y[DC])
        v, q = max(0.0, 6.62 - kf + chemo), blood.q * 60
        return v if q > 0.98 else (v * q / 0.98 if q > 0.49 else 0.0)

    def slope(self, t: float, y: np.ndarray) -> np.ndarray:
        """Rates of change."""
        p1, p3 = EXPONENTS[self.tolerance]
        b = Blood.of(y)
        q_min = b.q * 60
        tp, tc = (0.588 / b.q, 0.9239 / b.q) if q_min >= 0.98 else (0.0, 0.0)
        then = Blood.of(self.states(t - tp)) if 0 < tp < t else b
        pbc_then = Blood.of(self.states(t - tc)).pbc if 0 < tc < t else b.pbc
        ro = max(y[RO], 0.0)
        kf, a = 6.62 * ro**p3, 1 - ro**p1
        m = (max(0.0, 6.62 - kf) / 6.62) ** 0.06319
        mc, mo = max(m, 0.87), max(m, 0.93)
        fb, ft = (1.0 if po > 6 else po / 6 for po in (b.pbo, b.pto))
        v = self.ventilation(y, b)
        va = 0.66 * v / 60
        qs = 1 + 1 / (1 + exp((1.6 - q_min / 4.87) / 0.05))
        d = np.zeros(SIZE)
        lung = 863 * b.q * 0.976
        d[AC] = (va * (0 - y[AC]) + lung * (b.mixed[1] - b.alveolar[1])) / 3.28
        d[AO] = (va * (149 - y[AO]) + lung * (b.mixed[0] - b.alveolar[0])) / 3.28
        d[BC] = (b.qb * (b.arterial[1] - b.brain[1]) + 0.04 / 60 * mc * fb) / 1.32
        d[BO] = (b.qb * (b.arterial[0] - b.brain[0]) - 0.05 / 60 * mo * fb) / 1.32
        d[TC] = (b.qt * (b.arterial[1] - b.tissue[1]) + 0.16 / 60 * mc * ft) / 38.68
        d[TO] = (b.qt * (b.arterial[0] - b.tissue[0]) - 0.2 / 60 * mo * ft) / 38.68
        psi_c = (-30 + 60 / (1 + exp(-(b.pc - 40) / 4.5))) * 1500 / 100 / 1000 / 0.75
        psi_o = min(2.0, 17 * (exp(-b.po / 11) - exp(-95 / 11)))
        d[YC], d[YO] = (psi_c - y[YC]) / 20, (psi_o - y[YO]) / 10
        e = exp((then.po - 45) / 29.27)
        f = 1.738 * log(then.pc / 18) * (12.3 + 0.8352 * e) / (1 + e)
        d[DP] = (-y[DP] + a * 2.5 * (f - 3.67)) / 7
        d[DC] = (-y[DC] + a * 2 * (pbc_then - 45.27)) / 60
        d[AL] = (1 + 10 * (min(max(b.pbo, 29.8), 37.0) - 32) / 32 - y[AL]) / 300
        if self.collapse_at is not None and t >= self.collapse_at:
            d[IM] = -0.024 * (0.15 + 0.85 * b.pc / 52) * y[IM]
        self._drugs(t, y, d, qs)
        return d

    def _drugs(self, t: float, y: np.ndarray, d: np.ndarray, qs: float) -> None:
        k = OPIOID[self.opioid]
        d[X1] = -(k["k10"] + k["k12"] + k["k13"]) * y[X1] + k["k21"] * y[X2] + k["k31"] * y[X3]
        d[X2] = k["k12"] * y[X1] - k["k21"] * y[X2]
        d[X3] = k["k13"] * y[X1] - k["k31"] * y[X3]
        d[L] = k["ke0"] * (y[X1] / (k["V"] / qs) * 1e9 / k["M"] - y[L])
        kon, koff, n = BINDING[self.opioid]
        free = 1 - y[RO] - y[RA]
        d[RO] = kon * max(y[L], 0.0) ** n * free - koff * y[RO]
        share = next((value for time, value in reversed(self.bioavailability) if t >= time), NASAL["F"])
        p = NASAL
        d[D] = -p["ktr"] * y[D]
        d[T1] = p["ktr"] * share * y[D] - p["ktr"] * y[T1]
        d[T2] = p["ktr"] * y[T1] - p["kin"] * y[T2]
        d[C] = (p["kin"] * y[T2] - p["CL"] * y[C] - p["Q"] * (y[C] - y[C2])) / (p["V1"] / qs)
        d[C2] = p["Q"] * (y[C] - y[C2]) / p["V2"]
        d[N] = 0.001774 * (y[C] * 1e6 / 327.27 - y[N])
        kon, koff, n = BINDING["naloxone"]
        d[RA] = kon * max(y[N], 0.0) ** n * free - koff * y[RA]

    def solve(self, y: np.ndarray, until: float, step: float = 3.0) -> np.ndarray:
        """Solve from time 0, ending intervals at doses and at what the rules look for."""
        y, t = np.array(y, dtype=float), 0.0
        given = sorted({time for time, _, _ in self.doses} | {time for time, _ in self.bioavailability})
        self._give(0.0, y)
        while t < until - 1e-9:
            stops = [time for time in given if time > t + 1e-9]
            if self.collapse_at is not None and self.collapse_at > t + 1e-9:
                stops.append(self.collapse_at)
            if self.low_since is not None and self.low_since + 220 > t + 1e-9:
                stops.append(self.low_since + 220)
            end = min([t + step, until, *stops])
            events = self._events(t)
            found = solve_ivp(
                self.slope,
                (t, end),
                y,
                method="DOP853",
                rtol=1e-9,
                atol=1e-11,
                dense_output=True,
                events=events,
            )
            assert found.success
            self.pieces.append(found.sol)
            t = float(found.t[-1])
            self.ends.append(t)
            y = found.y[:, -1].copy()
            self._judge(t, y)
            self._give(t, y)
        return y

    def _events(self, begin: float) -> list[Callable[[float, np.ndarray], float]]:
        """Where an interval ends: delays that begin to hold, limits of flow, the trigger of the collapse."""

        def met(volume: float) -> Callable[[float, np.ndarray], float]:
            return lambda t, y: t - volume / Blood.of(y).q

        events = [
            met(0.588),
            met(0.9239),
            lambda t, y: Blood.of(y).q * 60 - 0.98,
            lambda t, y: Blood.of(y).q * 60 - 0.49,
        ]
        if self.has_collapse and self.collapse_at is None:
            events.append(lambda t, y: Blood.of(y).po - 15)
        for event in events:
            event.terminal = True  # type: ignore[attr-defined]
        # An interval that begins at a crossing does not end there again.
        return [event for event in events if abs(event(begin, self._begin(begin))) > 1e-7]

    def _begin(self, t: float) -> np.ndarray:
        return self.states(t) if self.pieces else np.array([*START, *[0.0] * (SIZE - 12)])

    def _judge(self, t: float, y: np.ndarray) -> None:
        """The rule of collapse, at the end of an interval."""
        if not self.has_collapse or self.collapse_at is not None:
            return
        is_low = Blood.of(y).po <= 15 + 1e-7
        if self.low_since is None:
            self.low_since = t if is_low else None
        elif self.low_again is None and t >= self.low_since + 220 - 1e-9 and is_low:
            self.low_again = t
            was_low = abs(t - self.low_since - 220) < 1e-6
            self.collapse_at = t if was_low else t + 220

    def _give(self, t: float, y: np.ndarray) -> None:
        for time, position, amount in self.doses:
            if abs(time - t) < 1e-9:
                y[position] += amount


def rest() -> np.ndarray:
    """States after an hour without drug."""
    start = np.array([*START, *[0.0] * (SIZE - 12)])
    return Course(has_collapse=False).solve(start, 3600.0, step=7.0)
