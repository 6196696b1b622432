"""People: covariates, variability between them, populations, and the parameter table of a model."""

from speciosa.people.person import LIMITS, Person
from speciosa.people.population import Population, population, typical_person
from speciosa.people.variability import parameter_table

__all__ = ["LIMITS", "Person", "Population", "parameter_table", "population", "typical_person"]
