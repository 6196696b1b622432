"""``speciosa monitor``: records of persons, kept for the professional who follows them."""

from speciosa.cli.monitor.app import app

__all__ = ["app"]
