"""Fitting models to observations: one person and populations, and how to judge a fit."""

from speciosa.fitting.classes import ClassCounts, Classes, Ordinal
from speciosa.fitting.cohort import Cohort, Course, cohort
from speciosa.fitting.contract import ABOVE, BELOW, SEEN, ObservationModel, Own, Terms
from speciosa.fitting.ensemble import Chain, chain
from speciosa.fitting.estimation import METHODS, evaluate, fit
from speciosa.fitting.figures import check_figure, goodness_of_fit, individual_courses
from speciosa.fitting.fit import Fit
from speciosa.fitting.forecast import Forecast, forecast
from speciosa.fitting.normal import LogNormal, Normal
from speciosa.fitting.observations import Measurement, Subjects
from speciosa.fitting.parameters import Effect, Free
from speciosa.fitting.particles import Cloud, by_data, tempered
from speciosa.fitting.peak import Peak, peak
from speciosa.fitting.posterior import Posterior, posterior, posterior_of_person
from speciosa.fitting.priors import Prior, prior_of_people, prior_of_row
from speciosa.fitting.problem import Problem
from speciosa.fitting.rated import Rated
from speciosa.fitting.report import Estimate
from speciosa.fitting.residuals import residuals
from speciosa.fitting.search import FitStatus
from speciosa.fitting.simulated import PredictiveCheck, predictive_check, simulated
from speciosa.fitting.unknowns import Unknowns

__all__ = [
    "ABOVE",
    "BELOW",
    "METHODS",
    "SEEN",
    "Chain",
    "ClassCounts",
    "Classes",
    "Cloud",
    "Cohort",
    "Course",
    "Effect",
    "Estimate",
    "Fit",
    "FitStatus",
    "Forecast",
    "Free",
    "LogNormal",
    "Measurement",
    "Normal",
    "ObservationModel",
    "Ordinal",
    "Own",
    "Peak",
    "Posterior",
    "PredictiveCheck",
    "Prior",
    "Problem",
    "Rated",
    "Subjects",
    "Terms",
    "Unknowns",
    "by_data",
    "chain",
    "check_figure",
    "cohort",
    "evaluate",
    "fit",
    "forecast",
    "goodness_of_fit",
    "individual_courses",
    "peak",
    "posterior",
    "posterior_of_person",
    "predictive_check",
    "prior_of_people",
    "prior_of_row",
    "residuals",
    "simulated",
    "tempered",
]
