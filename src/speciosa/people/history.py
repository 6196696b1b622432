"""What opioid a person took before the scenario begins."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from speciosa.errors import PersonError

_HOURS = 24.0


@dataclass(frozen=True)
class OpioidHistory:
    """A steady daily amount of one drug, for a number of days up to time 0.

    Parameters
    ----------
    drug : str
        Name of a drug or product of the library.
    daily : float
        Amount a day, in `unit`.
    days : float
        Duration.
    route : str
        As the regimen grammar names it; the drug's default route if empty.
    doses_per_day : int
        Into how many equal doses the daily amount is divided.
    unit : str
        Unit of the amount.

    Raises
    ------
    PersonError
        If an amount, duration or number of doses is not above zero.

    Examples
    --------
    >>> OpioidHistory("morphine", daily=120.0, days=60.0, route="SC").text
    'morphine 30 mg SC every 6 h for 60 days'
    """

    drug: str
    daily: float
    days: float
    route: str = ""
    doses_per_day: int = 4
    unit: str = "mg"

    def __post_init__(self) -> None:
        for name in ("daily", "days", "doses_per_day"):
            value = getattr(self, name)
            if not (isfinite(value) and value > 0.0):
                raise PersonError(
                    f"{name} is {value:g}",
                    where="opioid history",
                    expected="a number above zero",
                    advice="Leave the history out for a naive person.",
                )

    @property
    def text(self) -> str:
        """The history as a regimen."""
        route = f" {self.route}" if self.route else ""
        each, apart = self.daily / self.doses_per_day, _HOURS / self.doses_per_day
        return f"{self.drug} {each:g} {self.unit}{route} every {apart:g} h for {self.days:g} days"
