"""Physiology as modules: disposition, biophase, receptors, signal, adaptation, withdrawal, scores."""

from speciosa.body.person import RECEPTOR, modules_for
from speciosa.body.scores import SCALES, Scale

__all__ = ["RECEPTOR", "SCALES", "Scale", "modules_for"]
