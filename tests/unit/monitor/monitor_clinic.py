"""A clinic with an installed database, for the tests of its records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from speciosa.monitor.db import Database, Person, User
from speciosa.monitor.services import Actor, DoseEntry, Role, add_person

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that goes on by a minute each time it is read."""

    moment: datetime = START

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment


@dataclass
class Clinic:
    """An installed database with its people.

    Parameters
    ----------
    database : Database
    clock : Clock
    """

    database: Database
    clock: Clock = field(default_factory=Clock)

    def actor(self, role: Role = Role.CLINICIAN, person_id: str | None = None) -> Actor:
        """Somebody in a role, with an account."""
        name = f"{role.value}-{person_id or 'staff'}"[:36]
        with self.database.write() as session:
            if session.get(User, name) is None:
                session.add(
                    User(
                        id=name,
                        login=name,
                        display_name=name,
                        role=role.value,
                        person_id=person_id,
                        created_at=self.clock(),
                    )
                )
        return Actor(name, role, person_id, origin="test", clock=self.clock)

    def person(self, pseudonym: str = "K-001") -> Person:
        """A person with nothing recorded."""
        actor = self.actor()
        with self.database.write() as session:
            return add_person(session, actor, pseudonym)


def dose(hours: float = 0.0, amount: float = 3.0, **values: object) -> DoseEntry:
    """A reported dose of kratom powder."""
    return DoseEntry(START + timedelta(hours=hours), "kratom powder", amount, "g", "reported", **values)
