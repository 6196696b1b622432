"""Libraries that are imported when something of them is first used.

Their import takes longer than a simulation: labels and tables come after it, and who asks for neither does
not wait for them. ``from speciosa.late import pd`` stands for ``import pandas as pd``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["integrate", "optimize", "pd", "pydantic", "special", "xr"]


class _Late:
    """A module, imported at the first look at one of its names."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


if TYPE_CHECKING:
    import pandas as pd
    import pydantic
    import xarray as xr
    from scipy import integrate, optimize, special
else:
    pd, pydantic, xr = _Late("pandas"), _Late("pydantic"), _Late("xarray")
    integrate, optimize, special = _Late("scipy.integrate"), _Late("scipy.optimize"), _Late("scipy.special")
