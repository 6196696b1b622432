"""Keeps what takes time to read and cannot change: stored forecasts, and people at a glance as of a state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Item = TypeVar("Item")
MOST = 512


class Shelf:
    """The things that were used last, each under a key that changes whenever the thing would.

    Parameters
    ----------
    most : int
        How many are kept.

    Examples
    --------
    >>> shelf = Shelf()
    >>> shelf.get("a", lambda: 1), shelf.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._items: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """The thing of a key, made if it is not there."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                found: Item = self._items[key]
                return found
        made = make()
        with self._lock:
            self._items[key] = made
            while len(self._items) > self.most:
                self._items.popitem(last=False)
        return made
