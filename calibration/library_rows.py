"""Arithmetic on published numbers behind derived rows of the library of drugs: units, products and ratios.

Run: ``python calibration/library_rows.py`` prints the rows.
"""

from __future__ import annotations

from math import log, sqrt

from speciosa.evidence import Evidence, load

DIGITS = 4
REFERENCE = 70.0  # kg, the adult to which per-kg values are brought


class Rows:
    """Values of rows in the units wanted."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def __call__(self, row_id: str, unit: str = "") -> float:
        """The value of a row in a unit."""
        return float(self._evidence.rows[row_id].convert(unit))

    def printed(self, row_id: str) -> float:
        """The number as the row prints it, for units that do not convert."""
        return float(self._evidence.rows[row_id].value or 0.0)


def morphine_clearances(value: Rows, weight: float) -> tuple[float, float, float]:
    """Clearances of de Hoogd (L/h) at a weight: to M3G, to M6G and in all."""
    size = weight / value("mor-ref-weight", "kg")
    exponent = value("morphine-dehoogd2017-tbw-exponent-clf-m6g")
    to_m6g = value("morphine-dehoogd2017-clf-m6g-98p5-kg", "L/h") * size**exponent
    to_m3g = value("morphine-dehoogd2017-clf-m3g", "L/h")
    return to_m3g, to_m6g, to_m3g + to_m6g + value("morphine-dehoogd2017-cl-non-glucuronide", "L/h")


def morphine(value: Rows) -> dict[str, float]:
    """Shares of the first pass that become glucuronides, the clearance of M3G with them, and cirrhosis."""
    f = value("morphine-franken2015-f-oral")
    early = value("morphine-oral-m6g-formed-first-pass")
    ratio = early / value("morphine-oral-m6g-from-systemic-morphine")
    to_m3g, to_m6g, total = morphine_clearances(value, REFERENCE)
    return {
        "mor-first-pass-m6g": ratio * f * to_m6g / total / (1.0 - f),
        "mor-first-pass-m3g": ratio * f * to_m3g / total / (1.0 - f),
        "m3g-cl-first-pass": value("morphine-franken2015-cl-m3g", "L/h") * (1.0 + ratio),
        "mor-cl-factor-child-pugh-c": REFERENCE * value("morphine-cirrhosis-cl", "L/h/kg") / total,
        "mor-f-factor-child-pugh-c": value("morphine-cirrhosis-f-oral") / f,
    }


def codeine(value: Rows) -> dict[str, float]:
    """Share that becomes morphine at activity score 2, and the part of it that reaches the circulation."""
    formed = value("codeine-ashraf2024-f-morphine-at-as-2")
    apparent = value("codeine-ashraf2024-cl-morphine", "L/h")
    return {
        "cod-morphine-share": formed / (1.0 + formed),
        "cod-morphine-escape": morphine_clearances(value, value("cod-ref-weight", "kg"))[2] / apparent,
    }


def diamorphine(value: Rows) -> dict[str, float]:
    """Clearances of Cai, and the volumes that give the half-lives of Rook after intravenous doses."""
    volume, spread = value("heroin-cai2025-v1-v2", "L"), value("heroin-cai2025-iiv-v1", "omega")
    parent = value("heroin-cai2025-k12-diamorphine-to-6-mam", "1/h") * volume
    middle = value("heroin-cai2025-k23-6-mam-to-morphine", "1/h") * volume
    morphine_volume = value("heroin-cai2025-v3-morphine", "L")
    exchange = morphine_volume * value("heroin-cai2025-k3p", "1/h")
    return {
        "heroin-morphine-q": exchange,
        "heroin-morphine-vp": exchange / value("heroin-cai2025-kp3", "1/h"),
        "heroin-cl": parent,
        "6mam-cl": middle,
        "heroin-iv-v": parent * value("heroin-rook2006-t1-2-heroin", "h") / log(2.0),
        "6mam-iv-v": middle * value("heroin-rook2006-t1-2-6-mam", "h") / log(2.0),
        "heroin-iiv-cl": sqrt(spread**2 + value("heroin-cai2025-iiv-k12", "omega") ** 2),
        "6mam-iiv-cl": sqrt(spread**2 + value("heroin-cai2025-iiv-k23", "omega") ** 2),
    }


def oxycodone(value: Rows) -> dict[str, float]:
    """Sets fitted to oral data, made absolute with the measured bioavailability, and a set in one volume."""
    f = value("oxycodone-f-oral")
    to_nor = value("oxycodone-agema2021-k34-to-noroxycodone", "1/h")
    volume = value("oxycodone-agema2021-v4-f-noroxycodone-fixed", "L")
    gone = value("oxycodone-agema2021-k40", "1/h") + value("oxycodone-agema2021-k45-to-noroxymorphone", "1/h")
    return {
        "oxy-franke-cl": f * value("oxycodone-franke2015-cl-f", "L/h"),
        "oxy-franke-v": f * value("oxycodone-franke2015-v-f", "L"),
        "oxy-agema-cl": f * value("oxycodone-agema2021-cl-f-derived", "L/h"),
        "oxy-agema-v": f * value("oxycodone-agema2021-v3-f", "L"),
        "oxy-lamminsalo-v": value("oxycodone-lamminsalo2019-v1", "L")
        + value("oxycodone-lamminsalo2019-v2", "L"),
        "oxy-noroxycodone-share": to_nor / (to_nor + value("oxycodone-agema2021-k30-fixed", "1/h")),
        "noroxy-cl": f * gone * volume,
        "noroxy-v": f * volume,
    }


def micro(value: Rows, prefix: str, volume: float, keys: dict[str, str]) -> dict[str, float]:
    """Clearances (L/h) and volumes (L) from rate constants and a central volume."""
    k = {name: value(row_id, "1/h") for name, row_id in keys.items()}
    found = {"v1": volume, "q2": k["k12"] * volume, "q3": k["k13"] * volume}
    found |= {"v2": found["q2"] / k["k21"], "v3": found["q3"] / k["k31"]}
    if "k10" in k:
        found["cl"] = k["k10"] * volume
    return {f"{prefix}-{name}": number for name, number in found.items()}


def by_rate_constants(value: Rows) -> dict[str, float]:
    """Hydromorphone (Drover), carfentanil (FDA) and alfentanil (Maitre, men and women in equal parts)."""
    names = ("k10", "k12", "k13", "k21", "k31")
    men, women = (value(f"alf-maitre1987-v1-{who}", "L/kg") for who in ("men", "women"))
    alfentanil = 0.5 * (men + women)
    return {
        "alf-v1-factor-men": men / alfentanil,
        "alf-v1-factor-women": women / alfentanil,
        **micro(
            value,
            "hym",
            REFERENCE * value("hym-drover2002-v1", "L/kg"),
            {name: f"hym-drover2002-{name}" for name in names},
        ),
        **micro(
            value,
            "carf",
            value("fda-carf-vp", "L"),
            {"k10": "fda-carf-kout", **{name: f"fda-carf-{name}" for name in names[1:]}},
        ),
        **micro(value, "alf", REFERENCE * alfentanil, {name: f"alf-maitre1987-{name}" for name in names[1:]}),
    }


def affinities(value: Rows) -> dict[str, float]:
    """Kinetic constants joined to the scale of the agonists, and in-vivo ratios."""
    bridge = value("fentanyl-mor-ki-volpe2011", "nM") / value("fent-mor-kd-fda", "nM")

    def kinetic(prefix: str) -> float:
        # The rates are per pM to the power n; the ratio of rates to 1/n is in pM.
        kon = value.printed(f"{prefix}-kon")
        return (value.printed(f"{prefix}-koff") / kon) ** (1.0 / value(f"{prefix}-n")) / 1000.0

    nalmefene = bridge * kinetic("fda-nlm")
    half = value("nalmefene-kyhl2016-mu-occupancy-ec50", "ng/mL") / value("molar-mass-nlm", "g/mol") * 1000.0
    plus, minus = value("m1plus-mor-ki-gillen2000", "nM"), value("m1minus-mor-ki-gillen2000", "nM")
    return {
        "carf-mor-k-bridged": bridge * value("carf-mor-kd-fda", "nM"),
        "alf-mor-k-bridged": bridge * kinetic("mann-s2-alfentanil"),
        "nlm-mor-k-bridged": nalmefene,
        "nlm-invivo-mor": half * value("nlm-fu") / nalmefene,
        "m1-mor-ki-racemate": 2.0 / (1.0 / plus + 1.0 / minus),
    }


def others(value: Rows) -> dict[str, float]:
    """Genotype, film and isolated 7-hydroxymitragynine."""
    dose, peak = value("7oh-dog-dose", "mg/kg"), value("7oh-cmax-dog-maxwell2021", "mg/L")
    less = "tramadol-lee2019-cyp2d6-10-10-on"
    return {
        "tram-clf-10-10": value("tramadol-lee2019-cl-f-non-m1", "L/h") * (1.0 + value(f"{less}-cl-f")),
        "tram-clpm-10-10": value("tramadol-lee2019-clpm-f-formation-of-m1", "L/h")
        * (1.0 + value(f"{less}-clpm-f")),
        "bup-film-ka": value("bup-bjornsson2023-ka-sl1", "1/h")
        * value("bup-jones2021-frk14-film-vs-tablet-on-k14"),
        "7oh-v-dog": REFERENCE * dose / peak,
    }


def compute(evidence: Evidence) -> dict[str, float]:
    """The value of each row, to four significant digits."""
    value = Rows(evidence)
    parts = (morphine, codeine, diamorphine, oxycodone, by_rate_constants, affinities, others)
    found = {name: number for part in parts for name, number in part(value).items()}
    return {name: float(f"{number:.{DIGITS}g}") for name, number in found.items()}


if __name__ == "__main__":
    for row_id, number in compute(load()).items():
        print(f"{row_id}: {number}")
