"""The popular claims of kratom in opioid withdrawal, each held against evidence and experiment."""

from speciosa.claims.assessment import Assessment, assess
from speciosa.claims.definition import Citation, Claim, Part, Register, register
from speciosa.claims.experiments import EXPERIMENTS, Experiment, Finding
from speciosa.claims.guidance import Guidance, guidance
from speciosa.claims.verdict import Judgment, Verdict, judge, strength

__all__ = [
    "EXPERIMENTS",
    "Assessment",
    "Citation",
    "Claim",
    "Experiment",
    "Finding",
    "Guidance",
    "Judgment",
    "Part",
    "Register",
    "Verdict",
    "assess",
    "guidance",
    "judge",
    "register",
    "strength",
]
