"""Triggers that hold what the program promises, also against other programs on the same database."""

from __future__ import annotations

GENESIS = "sha256:" + "0" * 64
"""What the first link of the audit trail names as the link before."""


def protect(table: str, dialect: str) -> tuple[str, ...]:
    """Statements after which no row of a table can be changed or deleted.

    Parameters
    ----------
    table : str
    dialect : str
        ``"sqlite"`` or ``"postgresql"``.

    Examples
    --------
    >>> [statement.split(" ON ")[0] for statement in protect("doses", "sqlite")]
    ['CREATE TRIGGER doses_no_update BEFORE UPDATE', 'CREATE TRIGGER doses_no_delete BEFORE DELETE']
    """
    message = f"rows of {table} are never changed or deleted"
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for event in ("UPDATE", "DELETE")
        )
    refuse = f"{table}_refuse()"
    return (
        f"CREATE FUNCTION {refuse} RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {refuse}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {refuse}",
    )


def number_versions(table: str, dialect: str) -> tuple[str, ...]:
    """Statements after which the versions of a record count up without a gap, and none follows a void."""
    highest = f"(SELECT coalesce(max(version), 0) + 1 FROM {table} WHERE record_id = NEW.record_id)"
    voided = f"EXISTS (SELECT 1 FROM {table} WHERE record_id = NEW.record_id AND status = 'voided')"
    message = f"versions of {table} count up by one and end with a void"
    return _before_insert(table, "versions", f"NEW.version <> {highest} OR {voided}", message, dialect)


def link_entries(dialect: str) -> tuple[str, ...]:
    """Statements after which a new audit entry must name the number and the hash of the last one."""
    table = "audit_entries"
    highest = f"(SELECT coalesce(max(sequence), 0) + 1 FROM {table})"
    last = f"coalesce((SELECT hash FROM {table} ORDER BY sequence DESC LIMIT 1), '{GENESIS}')"
    broken = f"NEW.sequence <> {highest} OR NEW.previous_hash <> {last}"
    return _before_insert(table, "chain", broken, "an audit entry must follow on the last one", dialect)


def _before_insert(table: str, name: str, broken: str, message: str, dialect: str) -> tuple[str, ...]:
    if dialect == "sqlite":
        return (
            f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} WHEN {broken} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        )
    check = f"{table}_{name}_check()"
    return (
        f"CREATE FUNCTION {check} RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {broken} THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {check}",
    )
