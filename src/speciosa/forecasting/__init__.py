"""Forecasting: one person's record, the posterior it leaves, and what scores are to be expected."""

from speciosa.forecasting.forecast import Band, Basis, Forecast, Point, Prediction, Threshold, VariantForecast
from speciosa.forecasting.making import expect, forecast
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, VITALS, Intake, Observation, PersonRecord
from speciosa.forecasting.variants import VARIANTS, Variant

__all__ = [
    "UNKNOWN_OPIOIDS",
    "VARIANTS",
    "VITALS",
    "Band",
    "Basis",
    "Forecast",
    "Intake",
    "Observation",
    "PersonRecord",
    "Point",
    "Prediction",
    "Threshold",
    "Variant",
    "VariantForecast",
    "expect",
    "forecast",
]
