"""Forecasting: one person's record, the posterior it leaves, and what scores are to be expected."""

from speciosa.forecasting.forecast import Band, Basis, Forecast, Point, Prediction, Threshold, VariantForecast
from speciosa.forecasting.hindsight import Hindsight, PastForecast, skill
from speciosa.forecasting.making import expect, forecast
from speciosa.forecasting.reading import read_record
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, VITALS, Intake, Observation, PersonRecord
from speciosa.forecasting.templates import Template, templates
from speciosa.forecasting.variants import NAMES, VARIANTS, Variant

__all__ = [
    "NAMES",
    "UNKNOWN_OPIOIDS",
    "VARIANTS",
    "VITALS",
    "Band",
    "Basis",
    "Forecast",
    "Hindsight",
    "Intake",
    "Observation",
    "PastForecast",
    "PersonRecord",
    "Point",
    "Prediction",
    "Template",
    "Threshold",
    "Variant",
    "VariantForecast",
    "expect",
    "forecast",
    "read_record",
    "skill",
    "templates",
]
