"""Results: labelled arrays with their scenario, metrics, scores, figures, tables, reports and sources."""

from speciosa.results.arm_plots import plot_overlay, plot_panels, plot_severity_panels
from speciosa.results.compare import Comparison, pivot
from speciosa.results.courses import PersonalCourses
from speciosa.results.description import DocumentedRisk, DoseMark, Override, ScenarioDescription
from speciosa.results.files import write_atomically
from speciosa.results.plots import (
    plot_bands,
    plot_percentiles,
    plot_persons,
    plot_plasma,
    plot_receptor,
    plot_severity,
)
from speciosa.results.provenance import Provenance, Trust, UsedParameter, trace
from speciosa.results.ratings import Rating
from speciosa.results.report import own_figures, render_report, write_report
from speciosa.results.result import Result
from speciosa.results.sensitivity_plots import plot_sobol, plot_tornado
from speciosa.results.studies import Studies
from speciosa.results.study_plots import plot_studies
from speciosa.results.style import figure_caption, save_png, save_svg
from speciosa.results.summaries import metrics, summarize
from speciosa.results.tables import FORMATS, to_parquet, write_table

__all__ = [
    "FORMATS",
    "Comparison",
    "DocumentedRisk",
    "DoseMark",
    "Override",
    "PersonalCourses",
    "Provenance",
    "Rating",
    "Result",
    "ScenarioDescription",
    "Studies",
    "Trust",
    "UsedParameter",
    "figure_caption",
    "metrics",
    "own_figures",
    "pivot",
    "plot_bands",
    "plot_overlay",
    "plot_panels",
    "plot_percentiles",
    "plot_persons",
    "plot_plasma",
    "plot_receptor",
    "plot_severity",
    "plot_severity_panels",
    "plot_sobol",
    "plot_studies",
    "plot_tornado",
    "render_report",
    "save_png",
    "save_svg",
    "summarize",
    "to_parquet",
    "trace",
    "write_atomically",
    "write_report",
    "write_table",
]
