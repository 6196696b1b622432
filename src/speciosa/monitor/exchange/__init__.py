"""Records in and out: tables as CSV, bundles of FHIR R4, everything of a person, retention."""
