"""A study whose shards cost nothing, and one that can be slow."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from speciosa.campaigns import Identity, Piece


@dataclass(frozen=True)
class Small:
    """The number of a shard, drawn from its seed."""

    seed: int = 1
    shards: int = 6
    pause: float = 0.0

    @property
    def identity(self) -> Identity:
        return Identity("small", {"seed": self.seed, "many": list(range(40))}, self.shards)

    def shard(self, number: int) -> Piece:
        time.sleep(self.pause)
        drawn = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(number,))).random(3)
        return Piece({"drawn": drawn}, {f"more/{number}.txt": str(number).encode()})
