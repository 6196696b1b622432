"""A limit on requests: so many a minute from one session or address, and no more."""

from __future__ import annotations

from threading import Lock

MINUTE = 60.0
MOST_KEPT = 10_000


class Throttle:
    """Buckets that drain with time; a request that finds its bucket full is refused.

    Parameters
    ----------
    per_minute : int
        How many requests a bucket holds, and how many drain in a minute.

    Examples
    --------
    >>> throttle = Throttle(per_minute=2)
    >>> [throttle.admits("a", 0.0), throttle.admits("a", 0.0), throttle.admits("a", 0.0)]
    [True, True, False]
    >>> throttle.admits("a", 30.0)
    True
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def admits(self, key: str, at: float) -> bool:
        """Whether one more request of a key passes.

        Parameters
        ----------
        key : str
        at : float
            Seconds of a clock that only moves forward.
        """
        with self._lock:
            level, since = self._buckets.get(key, (0.0, at))
            level = max(0.0, level - (at - since) * self.per_minute / MINUTE)
            is_admitted = level + 1.0 <= self.per_minute
            self._buckets[key] = (level + 1.0 if is_admitted else level, at)
            if len(self._buckets) > MOST_KEPT:
                self._forget(at)
            return is_admitted

    def _forget(self, at: float) -> None:
        """Drop buckets that have drained, and all of them where a flood keeps them full."""
        kept = {key: (level, since) for key, (level, since) in self._buckets.items() if at - since < MINUTE}
        self._buckets = kept if len(kept) <= MOST_KEPT else {}
