"""What is uncertain about the model, apart from how people differ: the binding constants of one assay.

Bootstraps of the assay's fits give ln kon, ln koff and n with their correlations. ln kon and n are correlated
almost fully, so that they must be drawn together: alone, either would move occupancy far more than the assay
leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from speciosa.evidence import Evidence
from speciosa.model import Model
from speciosa.people import Population

FloatArray = npt.NDArray[np.float64]
CONSTANTS = ("kon", "koff", "n")
COLUMNS = {"kon": "association", "koff": "koff", "n": "n"}
PAIRS = ((0, 1), (0, 2), (1, 2))


def uncertainty_slots(drug: str) -> tuple[str, ...]:
    """Evidence slots of the uncertainty of a drug's binding."""
    spreads = [f"{drug}.binding.uncertainty.{key}" for key in CONSTANTS]
    pairs = [f"{drug}.binding.correlation.{CONSTANTS[a]}.{CONSTANTS[b]}" for a, b in PAIRS]
    return (*spreads, *pairs)


def assay_draws(drug: str, people: Population, evidence: Evidence) -> FloatArray:
    """Deviations of ln kon, ln koff and n from the best fit, one row a draw.

    Parameters
    ----------
    drug : str
    people : Population
        Gives the number of draws and the seed; the draws are independent of the people.
    evidence : Evidence

    Returns
    -------
    ndarray, shape (people, 3)
    """
    names = uncertainty_slots(drug)
    spread = np.array([evidence.slot(name).value("") for name in names[:3]])
    correlation = np.eye(len(CONSTANTS))
    for (a, b), name in zip(PAIRS, names[3:], strict=True):
        correlation[a, b] = correlation[b, a] = evidence.slot(name).value("")
    varied = replace(people, is_varied=True)
    normal = np.column_stack([varied.draw(f"assay.{drug}.{key}") for key in CONSTANTS])
    return np.asarray(normal @ np.linalg.cholesky(correlation).T * spread, dtype=np.float64)


def put_assay(
    table: FloatArray,
    model: Model,
    ligands: Iterable[str],
    people: Population,
    evidence: Evidence,
    *,
    turn: int = 0,
) -> None:
    """Replace binding constants in a parameter table by draws.

    Parameters
    ----------
    table : (people, parameters) float
        Changed in place.
    model : Model
    ligands : iterable of str
    people : Population
    evidence : Evidence
    turn : int
        By how many persons the draws are moved, so that other people meet them.
    """
    for drug in ligands:
        moved = np.roll(assay_draws(drug, people, evidence), turn, axis=0)
        for index, key in enumerate(CONSTANTS):
            column = model.parameter_index[f"{drug}.binding.{COLUMNS[key]}"]
            if key == "n":
                table[:, column] += moved[:, index]
            else:
                table[:, column] *= np.exp(moved[:, index])
