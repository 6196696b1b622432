"""speciosa: from a dosing regimen to concentration, receptor signal and withdrawal."""

__version__ = "0.1.0"
