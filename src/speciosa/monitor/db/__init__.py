"""The database of the monitor: tables, migrations, the audit chain, backup."""

from speciosa.monitor.db.accounts import Job, LoginAttempt, StoredForecast, User, UserSession
from speciosa.monitor.db.engine import Database, has_password, open_database
from speciosa.monitor.db.migrate import METADATA, require_current, revision_of, revisions, upgrade
from speciosa.monitor.db.tables import (
    VERSIONED,
    AcknowledgementVersion,
    AssessmentVersion,
    AuditEntry,
    CharacteristicsVersion,
    DoseVersion,
    EpisodeVersion,
    Identity,
    MeasurementVersion,
    NoteVersion,
    Person,
    PlanVersion,
    ProductVersion,
    Submission,
)

__all__ = [
    "METADATA",
    "VERSIONED",
    "AcknowledgementVersion",
    "AssessmentVersion",
    "AuditEntry",
    "CharacteristicsVersion",
    "Database",
    "DoseVersion",
    "EpisodeVersion",
    "Identity",
    "Job",
    "LoginAttempt",
    "MeasurementVersion",
    "NoteVersion",
    "Person",
    "PlanVersion",
    "ProductVersion",
    "StoredForecast",
    "Submission",
    "User",
    "UserSession",
    "has_password",
    "open_database",
    "require_current",
    "revision_of",
    "revisions",
    "upgrade",
]
