"""Blood gases: contents from pressures and pressures from contents (Spencer's equations).

    F_O2 = P_O2 (1 + beta1 P_CO2) / (K1 (1 + alpha1 P_CO2)),      C_O2 = Z C1 F^(1/a1) / (1 + F^(1/a1))

and likewise for CO2, with the gases changed over. Each gas shifts the curve of the other (Bohr, Haldane).
The inverse is closed: two quadratic equations.
"""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.body.breathing.signals import PER_PRESSURE, PRESSURE, SMALLEST, constant_of
from speciosa.body.quantities import CONCENTRATION, NUMBER
from speciosa.model import Expression, Parameter, maximum

HALF = 1 / 2


@dataclass(frozen=True)
class Curve:
    """The dissociation curve of one gas.

    Parameters
    ----------
    scale, exponent, own, other, capacity : Parameter
        K and a of the gas; coefficients of the other gas in the denominator (alpha) and numerator (beta);
        concentration at saturation.
    """

    scale: Parameter
    exponent: Parameter
    own: Parameter
    other: Parameter
    capacity: Parameter

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the curve."""
        return self.scale, self.exponent, self.own, self.other, self.capacity

    def content(self, pressure: Expression, shifting: Expression) -> Expression:
        """Content by the pressures of the gas and of the one that shifts its curve."""
        ratio = pressure * (1.0 + self.other * shifting) / (self.scale * (1.0 + self.own * shifting))
        bound = maximum(ratio, SMALLEST) ** (1.0 / self.exponent.expression)
        return MOLAR_VOLUME * self.capacity * bound / (1.0 + bound)

    def strength(self, content: Expression) -> Expression:
        """Pressure at which the gas alone would have this content."""
        full = MOLAR_VOLUME * self.capacity
        return self.scale * maximum(content / (full - content), SMALLEST) ** self.exponent.expression


def _curve(gas: str, number: int) -> Curve:
    return Curve(
        constant_of(f"dissociation.K{number}", PRESSURE, f"scale of the dissociation curve of {gas}"),
        constant_of(f"dissociation.a{number}", NUMBER, f"exponent of the dissociation curve of {gas}"),
        constant_of(f"dissociation.alpha{number}", PER_PRESSURE, f"shift of the curve of {gas}, denominator"),
        constant_of(f"dissociation.beta{number}", PER_PRESSURE, f"shift of the curve of {gas}, numerator"),
        constant_of(f"dissociation.C{number}", CONCENTRATION, f"concentration of {gas} in saturated blood"),
    )


MOLAR_VOLUME = constant_of("dissociation.Z", "L/nmol", "molar volume of a gas")
OXYGEN = _curve("oxygen", 1)
CARBON_DIOXIDE = _curve("CO2", 2)
PARAMETERS = (MOLAR_VOLUME, *OXYGEN.parameters, *CARBON_DIOXIDE.parameters)


def contents(oxygen: Expression, carbon_dioxide: Expression) -> tuple[Expression, Expression]:
    """Contents of oxygen and CO2 (L/L) in blood with these pressures (mmHg).

    Parameters
    ----------
    oxygen, carbon_dioxide : Expression

    Returns
    -------
    tuple of Expression
        Oxygen, CO2.
    """
    return OXYGEN.content(oxygen, carbon_dioxide), CARBON_DIOXIDE.content(carbon_dioxide, oxygen)


def pressures(oxygen: Expression, carbon_dioxide: Expression) -> tuple[Expression, Expression]:
    """Pressures of oxygen and CO2 (mmHg) of blood with these contents (L/L).

    Parameters
    ----------
    oxygen, carbon_dioxide : Expression

    Returns
    -------
    tuple of Expression
        Oxygen, CO2.
    """
    d1, d2 = OXYGEN.strength(oxygen), CARBON_DIOXIDE.strength(carbon_dioxide)
    return _root(d1, d2, OXYGEN, CARBON_DIOXIDE), _root(d2, d1, CARBON_DIOXIDE, OXYGEN)


def _root(mine: Expression, theirs: Expression, this: Curve, that: Curve) -> Expression:
    """The positive root of the quadratic equation for one pressure."""
    both = mine * theirs
    lead = that.other + that.own * this.other * theirs
    last = -(mine + this.own * both) / lead
    linear = 1.0 + this.other * theirs - that.other * mine - this.own * that.own * both
    middle = -linear * HALF / lead
    return middle + (middle * middle - last) ** HALF
