"""The library of drugs and products: data files that name slots and structure, never numbers."""

from speciosa.drugs.catalog import Catalog, catalog, catalog_from, read
from speciosa.drugs.definition import (
    Caution,
    Component,
    Covariate,
    Disposition,
    Drug,
    Formation,
    Formed,
    Input,
    Product,
    Route,
    Use,
)
from speciosa.drugs.statements import Statement, statements, statements_on

__all__ = [
    "Catalog",
    "Caution",
    "Component",
    "Covariate",
    "Disposition",
    "Drug",
    "Formation",
    "Formed",
    "Input",
    "Product",
    "Route",
    "Statement",
    "Use",
    "catalog",
    "catalog_from",
    "read",
    "statements",
    "statements_on",
]
