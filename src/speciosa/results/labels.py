"""Labeled arrays as fields of a result, made at the first look at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, overload

from speciosa.late import xr

Given: TypeAlias = "xr.Dataset | Callable[[], xr.Dataset]"


class Labels:
    """A field of a dataclass that takes a dataset, or what makes it when it is first read.

    Labels need xarray and pandas, whose import takes longer than a simulation of a hundred people.

    Parameters
    ----------
    default : callable, optional
        Makes the dataset where none is given; without it the field has no default.
    """

    def __init__(self, default: Callable[[], xr.Dataset] | None = None) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Given: ...
    @overload
    def __get__(self, instance: object, owner: type) -> xr.Dataset: ...
    def __get__(self, instance: Any, owner: type) -> Given:
        if instance is None:
            if self._default is None:
                raise AttributeError  # by which a dataclass knows that the field has no default
            return self._default
        held = instance.__dict__[self._name]
        if callable(held):
            held = instance.__dict__[self._name] = held()
        return held  # type: ignore[no-any-return]

    def __set__(self, instance: Any, given: Given) -> None:
        instance.__dict__[self._name] = given
