"""Campaigns: long work in shards that can be cut off, gone on with, and shared between machines."""

from speciosa.campaigns.campaign import Part, Piece, Study, compute
from speciosa.campaigns.folder import Arrays, Folder, Identity
from speciosa.campaigns.population import SHARD, PopulationStudy
from speciosa.campaigns.sketch import Sketch
from speciosa.campaigns.summary import PopulationSummary, merged

__all__ = [
    "SHARD",
    "Arrays",
    "Folder",
    "Identity",
    "Part",
    "Piece",
    "PopulationStudy",
    "PopulationSummary",
    "Sketch",
    "Study",
    "compute",
    "merged",
]
