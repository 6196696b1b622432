"""Explicit binding: ligands that come to and leave a receptor at rates of their own.

    d rho_i/dt = kon_i (L_i / L_0)^n_i (1 - sum_j rho_j) - koff_i rho_i

L is the concentration at the receptor, L_0 the unit of the published rate constants (1 pM), and n an
empirical exponent on concentration, so that kon is the rate at L_0. Ligand is not depleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.quantities import CONCENTRATION, NUMBER, RATE
from speciosa.model import Change, Module, Output, Parameter, Signal, State, maximum, total

# A power of a number has no slope at 0; ratios below this one count as this one.
SMALLEST_RATIO = 1e-9
REFERENCE = Parameter("binding.reference", CONCENTRATION, "unit of concentration in association rates")


def site(drug: str) -> Signal:
    """Concentration of a drug at the receptor, in the units of the published binding constants."""
    return Signal(f"site.{drug}", CONCENTRATION, f"effect-site concentration of {drug}")


def bound(drug: str) -> Signal:
    """Share of the receptors that a drug holds."""
    return Signal(f"bound.{drug}", NUMBER, f"share of receptors held by {drug}")


def binding_kinetics(drugs: Sequence[str]) -> Module:
    """Competition of drugs for one receptor by association and dissociation.

    Parameters
    ----------
    drugs : sequence of str
        Agonists and antagonists alike.

    Returns
    -------
    Module
        Reads ``site.<drug>``, gives ``bound.<drug>``.

    Examples
    --------
    >>> [state.name for state in binding_kinetics(["fentanyl", "naloxone"]).states]
    ['bound_state.fentanyl', 'bound_state.naloxone']
    """
    states = {drug: State(f"bound_state.{drug}", NUMBER, f"share held by {drug}") for drug in drugs}
    free = 1.0 - total(states.values())
    parameters: list[Parameter] = [REFERENCE]
    changes: list[Change] = []
    for drug, state in states.items():
        association, dissociation, exponent = constants(drug)
        ratio = maximum(site(drug) / REFERENCE, SMALLEST_RATIO)
        changes.append(Change(state, association * ratio**exponent * free - dissociation * state))
        parameters += [association, dissociation, exponent]
    return Module(
        name="binding kinetics",
        description="association to and dissociation from the receptor",
        states=tuple(states.values()),
        parameters=tuple(parameters),
        inputs=tuple(site(drug) for drug in drugs),
        outputs=tuple(Output(bound(drug), state.expression) for drug, state in states.items()),
        changes=tuple(changes),
        sources=("mann2022", "fda2023in"),
    )


def constants(drug: str) -> tuple[Parameter, Parameter, Parameter]:
    """Association rate at the reference concentration, dissociation rate, and exponent of a drug."""
    return (
        Parameter(f"{drug}.binding.association", RATE, f"association rate of {drug} at 1 pM"),
        Parameter(f"{drug}.binding.koff", RATE, f"dissociation rate of {drug}"),
        Parameter(f"{drug}.binding.n", NUMBER, f"exponent of {drug} on concentration"),
    )
