"""Draws of typical values for a number of studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from speciosa.errors import ScenarioError
from speciosa.evidence import Evidence
from speciosa.model import Model
from speciosa.uncertainty.model_beliefs import beliefs
from speciosa.uncertainty.samples import Samples

FloatArray = npt.NDArray[np.float64]
MOST = 10_000


@dataclass(frozen=True)
class Uncertainty:
    """How typical values are drawn, once for each study.

    Parameters
    ----------
    studies : int
        Number of studies.
    seed : int
        A study's value of a slot depends on the seed, the study's number and the slot's name only.
    samples : Samples, optional
        Joint samples; slots that they name are taken from them, whole rows at a time, and all others from
        their evidence rows, each by itself.

    Raises
    ------
    ScenarioError
        If the number of studies is out of range.
    """

    studies: int
    seed: int = 1
    samples: Samples | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.studies <= MOST:
            raise ScenarioError(f"{self.studies} studies are asked for", expected=f"1 to {MOST:,}")
        if self.seed < 0:
            raise ScenarioError(f"the seed is {self.seed}", expected="a whole number, zero or above")

    def draws(self, model: Model, evidence: Evidence) -> Mapping[str, FloatArray]:
        """Values of every uncertain slot of a model.

        Parameters
        ----------
        model : Model
        evidence : Evidence

        Returns
        -------
        mapping of str to ndarray
            Shape (studies,) each, in the units of the model; empty where nothing is uncertain.
        """
        found = {name: item.at(self.shares(name)) for name, item in beliefs(model, evidence).items()}
        if self.samples is not None:
            found |= self.samples.drawn(self.shares("samples"), model, evidence)
        return found

    def shares(self, name: str) -> FloatArray:
        """A number from 0 to below 1 for each study."""
        spawn = (crc32(f"uncertainty of {name}".encode()),)
        stream = np.random.SeedSequence(self.seed, spawn_key=spawn)
        found: FloatArray = np.random.Generator(np.random.PCG64(stream)).random(self.studies)
        return found
