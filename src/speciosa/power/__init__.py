"""Power: what trials of a protocol would find, how many people they need, and when they may stop."""

from speciosa.power.boundaries import SPENDING, Looks, looks_of
from speciosa.power.figures import plot_looks, plot_power, plot_safety
from speciosa.power.result import BETTER, PowerResult, merged_power
from speciosa.power.safety import chance_to_stop, fewest_that_stop, safety_limits
from speciosa.power.study import TRIALS_A_SHARD, PowerStudy, Variant
from speciosa.power.sweep import Change, variants

__all__ = [
    "BETTER",
    "SPENDING",
    "TRIALS_A_SHARD",
    "Change",
    "Looks",
    "PowerResult",
    "PowerStudy",
    "Variant",
    "chance_to_stop",
    "fewest_that_stop",
    "looks_of",
    "merged_power",
    "plot_looks",
    "plot_power",
    "plot_safety",
    "safety_limits",
    "variants",
]
