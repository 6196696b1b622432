"""People: covariates, histories, variability, populations, and the parameter table of a model."""

from speciosa.people.covariates import DERIVED, LEVELS, LIMITS, NEEDED, PHENOTYPES, activity_score
from speciosa.people.distributions import Distribution, Shares
from speciosa.people.history import OpioidHistory
from speciosa.people.occasions import changes
from speciosa.people.person import Person
from speciosa.people.population import Makeup, Population, population, typical_person
from speciosa.people.register import Register, rows_of
from speciosa.people.specification import Reference, Specification
from speciosa.people.specification_file import specification
from speciosa.people.variability import Typical, parameter_table
from speciosa.people.words import derived_slots, history_text, idle_covariates, told_levels

__all__ = [
    "DERIVED",
    "LEVELS",
    "LIMITS",
    "NEEDED",
    "PHENOTYPES",
    "Distribution",
    "Makeup",
    "OpioidHistory",
    "Person",
    "Population",
    "Reference",
    "Register",
    "Shares",
    "Specification",
    "Typical",
    "activity_score",
    "changes",
    "derived_slots",
    "history_text",
    "idle_covariates",
    "parameter_table",
    "population",
    "rows_of",
    "specification",
    "told_levels",
    "typical_person",
]
