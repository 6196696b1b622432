"""What a virtual trial needs beside scores: leaving, visits, use, missed doses; from CTN-0094.

Discrete-time regressions with errors clustered by person. Rows are named `QUESTION-STUDY-TERM`:

- `leave-day-...`: log hazard of leaving a day, by complementary log-log on weeks with the days as offset;
- `attend-week-...`: log odds of being seen in a week, of those who have not left;
- `use-week-...`: log odds of opioids in urine in a week with a visit;
- `miss-day-...`: log odds that a day between the first and the last dose has none;
- `start-share-...`: share of those randomized who got a first dose at all.

Terms: `start` the intercept, `class` the last known severity class (0 to 3; in CTN-0027 that after the first
dose), `taper` and `after` whether the week lies in the taper or after it, `week` ln(1 + weeks since the
first dose), `before` whether the last tested week was positive, `again` whether the day before had no dose.
Run: ``python calibration/trial_behavior.py [folder]`` prints the rows and the share seen by week, recorded
and predicted; with a folder it also writes the rows there.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from behavior import observed
from behavior.regressions import QUESTIONS, START, fit
from behavior.weeks import STUDIES, started
from speciosa.evidence import Evidence, load
from withdrawal.records import TAPER, episodes
from withdrawal_scores import objectives, shipped

NOTE = "computed by calibration/trial_behavior.py"
TERMS = {
    "class": "change a severity class",
    "taper": "change in the taper",
    "after": "change after the last planned dose",
    "week": "change a unit of ln(1 + weeks)",
    "before": "change if the last tested week was positive",
    "again": "change if the day before had none either",
}
ARMS = {"bup": ("buprenorphine", "Inpatient BUP"), "naltrexone": ("naltrexone", "Inpatient NR-NTX")}


def rounded(value: float, digits: int = 3) -> float:
    """A number to significant digits."""
    return float(f"{value:.{digits}g}")


def rows() -> dict[str, tuple[float, float, str, str, str, int]]:
    """Value, standard error, drug, quantity, condition and number of people of every row."""
    found = {}
    for question in QUESTIONS:
        for study in STUDIES:
            if study.name not in question.terms:
                continue
            pairs, people = fit(question, study)
            for term, (value, error) in pairs.items():
                quantity = question.kind if term == START else f"{question.kind}: {TERMS[term]}"
                row = f"{question.row}-{study.name}-{term}"
                found[row] = (value, error, study.drug, quantity, study.condition, people)
    for name, (drug, arm) in ARMS.items():
        got = started(arm)
        share = float(np.mean(got))
        error = float(np.sqrt(share * (1.0 - share) / len(got)))
        quantity, condition = "share of those randomized who got a first dose", "CTN-0051"
        found[f"start-share-ctn51-{name}"] = (share, error, drug, quantity, condition, len(got))
    return {row: (rounded(item[0]), rounded(item[1], 2), *item[2:]) for row, item in found.items()}


def compute(evidence: Evidence) -> dict[str, float]:
    """Every row; the records alone decide."""
    return {row: item[0] for row, item in rows().items()}


def seen_by_week(evidence: Evidence) -> dict[str, np.ndarray]:
    """Share rated in each week of the first phase of CTN-0030: recorded and predicted by the rows."""
    study, found = STUDIES[0], episodes(TAPER, is_split=True)
    values = {row: float(item.value) for row, item in evidence.rows.items() if item.value is not None}
    point = shipped(evidence, "trial").point
    predicted = observed.predicted(study, objectives()["trial"].trial, found, point, values)
    return {"recorded": observed.recorded(study), "predicted": predicted}


def write(path: Path) -> None:
    """Rows as the evidence tables have them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row, (value, error, drug, quantity, condition, people) in rows().items():
            unit, data = "dimensionless", f"balise2024 records: {condition}"
            number = (f"{value:g}", unit, "SE", f"{error:g}", people)
            writer.writerow(
                (
                    row,
                    drug,
                    quantity,
                    condition,
                    *number,
                    "prefit_withdrawal",
                    data,
                    "full-text",
                    NOTE,
                    "derived",
                )
            )


def main(folder: Path | None) -> None:
    """Print everything; write the rows."""
    for row, (value, error, *_) in rows().items():
        print(f"{row}: {value} (SE {error})")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "behavior.csv")
    table = seen_by_week(load())
    print("| week | seen, recorded | predicted |\n|---|---|---|")
    for number, pair in enumerate(zip(table["recorded"], table["predicted"], strict=True), start=1):
        print(f"| {number} | {pair[0]:.3f} | {pair[1]:.3f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
