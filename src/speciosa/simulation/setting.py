"""What a scenario needs of the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from speciosa.drugs import Catalog, catalog
from speciosa.evidence import Evidence, load


@dataclass(frozen=True)
class Setting:
    """What a scenario needs of the world: the evidence and the library."""

    evidence: Evidence = field(default_factory=load)
    library: Catalog = field(default_factory=catalog)

    def choosing(self, choices: Mapping[str, str]) -> Setting:
        """The setting with the alternatives that a scenario chose."""
        return replace(self, evidence=self.evidence.choosing(choices)) if choices else self
