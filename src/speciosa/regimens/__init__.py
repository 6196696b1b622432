"""Regimens: typed doses, the text grammar, tables, NONMEM event tables, and the way to a model's events."""

from speciosa.regimens.change import Change
from speciosa.regimens.decided import Decision, RuledPerson, RuledRegimen
from speciosa.regimens.dose import Administration, Dose
from speciosa.regimens.grammar import Library, parse
from speciosa.regimens.habit import Habit
from speciosa.regimens.inputs import InputDose, input_doses, model_events, to_events, uses
from speciosa.regimens.nonmem import EventRecord, read_nonmem, regimen_from_nonmem, write_nonmem
from speciosa.regimens.regimen import Regimen, Track
from speciosa.regimens.rules import Condition, VisitRule
from speciosa.regimens.segment import Missed, Segment
from speciosa.regimens.typed import from_dict, to_dict

__all__ = [
    "Administration",
    "Change",
    "Condition",
    "Decision",
    "Dose",
    "EventRecord",
    "Habit",
    "InputDose",
    "Library",
    "Missed",
    "Regimen",
    "RuledPerson",
    "RuledRegimen",
    "Segment",
    "Track",
    "VisitRule",
    "from_dict",
    "input_doses",
    "model_events",
    "parse",
    "read_nonmem",
    "regimen_from_nonmem",
    "to_dict",
    "to_events",
    "uses",
    "write_nonmem",
]
