"""Safety: how near unbound drug in plasma comes to the block of the hERG channel, which lengthens QT.

    block = sum_i (fu_i C_i / IC50_i)

as the sum of shares of the half-blocking concentration; 1 is half block by one drug alone. The margin is its
inverse. A block below some hundredths is usually called safe; what it does to QTc in a person is not modeled.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.disposition import plasma
from speciosa.body.quantities import CONCENTRATION, NUMBER, parameter
from speciosa.drugs import Drug
from speciosa.model import Module, Output, Parameter, Signal, total

CHANNELS = ("hERG",)


def block(channel: str, drug: str | None = None) -> Signal:
    """Unbound plasma concentration over the half-blocking one, of one drug or summed."""
    if drug is None:
        return Signal(f"block.{channel}", NUMBER, f"unbound plasma over half block of {channel}, all drugs")
    return Signal(
        f"block.{channel}.{drug}", NUMBER, f"unbound plasma {drug} over its half block of {channel}"
    )


def channel_block(channel: str, blockers: Sequence[Drug]) -> Module:
    """Block of a channel by the drugs of a scenario.

    Parameters
    ----------
    channel : str
        ``"hERG"``.
    blockers : sequence of Drug

    Returns
    -------
    Module
        Reads ``plasma.<drug>``, gives ``block.<channel>`` in total and by drug.
    """
    parameters: list[Parameter] = []
    outputs: list[Output] = []
    for drug in blockers:
        unbound = parameter(drug, "fu", NUMBER, f"unbound fraction of {drug.name} in plasma")
        half = parameter(
            drug, f"IC50.{channel}", CONCENTRATION, f"half-blocking concentration of {drug.name} at {channel}"
        )
        parameters += [unbound, half]
        outputs.append(Output(block(channel, drug.name), unbound * plasma(drug.name) / half))
    summed = total(block(channel, drug.name) for drug in blockers)
    return Module(
        name=f"{channel} block",
        description=f"unbound plasma concentration against block of {channel}",
        parameters=tuple(parameters),
        inputs=tuple(plasma(drug.name) for drug in blockers),
        outputs=(*outputs, Output(block(channel), summed)),
    )
