"""The command line: one file a verb."""

from speciosa.cli.app import main

__all__ = ["main"]
