"""Qualification: published numbers beside what the program predicts for the studies behind them.

A target is read into a study, planned as arms of the one road, run, and judged; every target that cannot be
run says why. The written verdicts of the last whole run guard against targets that stop being met.
"""

from speciosa.qualification.designs import Design, Designs, designs
from speciosa.qualification.figures import predicted_against_observed, ratios_by_drug
from speciosa.qualification.measure import Answer
from speciosa.qualification.plan import Sizes
from speciosa.qualification.record import causes, check_causes, outcome, read_causes, table, to_text, written
from speciosa.qualification.report import page, write_report
from speciosa.qualification.run import qualify
from speciosa.qualification.study import Study, Treatment, read_study, topic_of
from speciosa.qualification.verdict import Tally, Verdict, tallies, tally

__all__ = [
    "Answer",
    "Design",
    "Designs",
    "Sizes",
    "Study",
    "Tally",
    "Treatment",
    "Verdict",
    "causes",
    "check_causes",
    "designs",
    "outcome",
    "page",
    "predicted_against_observed",
    "qualify",
    "ratios_by_drug",
    "read_causes",
    "read_study",
    "table",
    "tallies",
    "tally",
    "to_text",
    "topic_of",
    "write_report",
    "written",
]
