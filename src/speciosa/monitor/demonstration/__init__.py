"""A synthetic clinic for demonstrations: people who do not exist, simulated by the program's own model."""

from speciosa.monitor.demonstration.clinic import PEOPLE, build_clinic, stories

__all__ = ["PEOPLE", "build_clinic", "stories"]
