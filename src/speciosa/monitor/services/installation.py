"""Making a database ready: its tables, and the account of the program itself."""

from __future__ import annotations

from speciosa.monitor.db import Database, User, upgrade
from speciosa.monitor.services.actor import SYSTEM_USER, Actor, Role, command_line
from speciosa.monitor.services.trail import note_event


def install(database: Database, actor: Actor | None = None) -> None:
    """Bring the tables to the last revision, whatever they are; data that are there stay.

    Parameters
    ----------
    database : Database
    actor : Actor, optional
        The command line if left out.
    """
    upgrade(database)
    actor = actor or command_line()
    with database.write() as session:
        if session.get(User, SYSTEM_USER) is None:
            session.add(
                User(
                    id=SYSTEM_USER,
                    login=SYSTEM_USER,
                    display_name="the program",
                    role=Role.SYSTEM.value,
                    is_active=False,
                    created_at=actor.now,
                )
            )
            note_event(session, actor, "database installed")
