"""Virtual trials: protocols, their people, what happens to them, and what an analysis finds."""

from speciosa.trials.gathering import Flow
from speciosa.trials.protocol import Protocol
from speciosa.trials.reading import read_protocol, read_protocol_text, template, templates
from speciosa.trials.result import TrialResult
from speciosa.trials.run import Trial, run_trial, trial_seed

__all__ = [
    "Flow",
    "Protocol",
    "Trial",
    "TrialResult",
    "read_protocol",
    "read_protocol_text",
    "run_trial",
    "template",
    "templates",
    "trial_seed",
]
