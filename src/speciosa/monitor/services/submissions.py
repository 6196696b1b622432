"""Forms that were received: sent twice, each is written once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from speciosa.errors import ConflictError
from speciosa.monitor.db.chain import digest
from speciosa.monitor.db.tables import Submission
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor


def submitted(session: Session, submission: str | None, content: Mapping[str, Any]) -> str | None:
    """The id of the row that a form made when it came first; None for a new form.

    Parameters
    ----------
    session : Session
    submission : str or None
        Unique id of the form; None where there is none.
    content : mapping
        JSON values of what the form asks for.

    Raises
    ------
    ConflictError
        If the id came with other content before.
    """
    if submission is None:
        return None
    checks.line("submission", submission)
    known = session.get(Submission, submission)
    if known is None:
        return None
    if known.digest != digest(content):
        raise ConflictError(
            "the same form was sent before with other content",
            where="submission",
            advice="Open the form anew; what was sent first is kept.",
        )
    return known.row_id


def remember(
    session: Session, actor: Actor, submission: str | None, row: Any, content: Mapping[str, Any]
) -> None:
    """Note which row a form made.

    Parameters
    ----------
    session : Session
    actor : Actor
    submission : str or None
    row : object
        Mapped, with an id.
    content : mapping
        The same as `submitted` was asked with.
    """
    if submission is None:
        return
    session.add(
        Submission(
            id=submission,
            user_id=actor.user_id,
            received_at=actor.now,
            table_name=row.__tablename__,
            row_id=row.id,
            digest=digest(content),
        )
    )
    session.flush()
