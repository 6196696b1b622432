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
    "Use",
    "catalog",
    "catalog_from",
    "read",
]
