"""A small clinic for the tests of the pages: accounts of every role, two persons, browsers logged in."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect

import pyotp
from httpx import Response
from sqlalchemy import func, select

from speciosa.monitor.db import AuditEntry, Database, User, open_database
from speciosa.monitor.services import (
    AssessmentEntry,
    DoseEntry,
    EpisodeEntry,
    NoteEntry,
    PlanEntry,
    accounts,
    add_person,
    command_line,
    install,
    passwords,
    record,
)
from speciosa.monitor.web.app import create_app
from speciosa.monitor.web.settings import Settings

with warnings.catch_warnings():
    # Starlette would rather have the successor of httpx; both serve its client.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

FILE = "clinic.sqlite"
ORIGIN = "http://testserver"
PASSWORD = "four pale otters sing"
ROLES = ("administrator", "clinician", "observer", "person")
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_SUBMISSION = re.compile(r'name="submission" value="([^"]*)"')


@dataclass
class Clinic:
    """An installation with what the tests need to know of it.

    Parameters
    ----------
    database : Database
    settings : Settings
    ids : dict
        Ids by name: persons P-1 and P-2, records of P-1, users by role.
    secrets : dict
        Second factor of each user, by role.
    """

    database: Database
    settings: Settings
    ids: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def client(self) -> TestClient:
        """A browser that is not logged in."""
        app = create_app(self.database, self.settings)
        return TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN})

    def browser(self, role: str) -> Browser:
        """A browser in a standing: anonymous, pending, or a role."""
        client = self.client()
        if role == "anonymous":
            return Browser(client, "")
        now = datetime.now(UTC)
        name = "clinician" if role == "pending" else role
        with self.database.write() as session:
            user = session.get_one(User, self.ids[name])
            token = accounts.start_session(
                session,
                user,
                now,
                timedelta(hours=12),
                has_second_factor=role != "pending",
                most=50,
                address="testclient",
            )
            found = accounts.find_session(session, token, now, idle=timedelta(hours=1))
            assert found is not None
            guard = found.login.csrf_token
        client.cookies.set(self.settings.cookie, token)
        return Browser(client, guard)

    def code(self, role: str, ahead: int = 0) -> str:
        """A time-based code of a user."""
        return pyotp.TOTP(self.secrets[role]).at(datetime.now(UTC) + timedelta(seconds=30 * ahead))

    def count(self, table: type) -> int:
        """Rows of a table."""
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def actions(self) -> list[str]:
        """What the audit trail says was done, in order."""
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


@dataclass
class Browser:
    """A client with the guard of its session.

    Parameters
    ----------
    client : TestClient
    guard : str
        What proves a form to be of this session.
    """

    client: TestClient
    guard: str

    def get(self, path: str) -> Response:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> Response:
        """Send a form as a page of the server would."""
        return self.client.post(path, data={"csrf": self.guard, **fields})

    def submission(self, path: str) -> str:
        """Open a form, and give the number it is sent under."""
        found = _SUBMISSION.search(self.get(path).text)
        assert found is not None
        return found[1]

    def fill(self, path: str, **fields: str) -> Response:
        """Open a form, and send it."""
        return self.post(path, submission=self.submission(path), **fields)


def guard_of(page: Response) -> str:
    """Guard of the forms of a page."""
    found = _CSRF.search(page.text)
    assert found is not None
    return found[1]


def add_users(clinic: Clinic) -> None:
    """An account of every role, with the same password and a second factor."""
    actor = command_line()
    kept = passwords.hash_password(PASSWORD)
    with clinic.database.write() as session:
        for role in ROLES:
            pseudonym = "P-1" if role == "person" else None
            user, _ = accounts.add_user(session, actor, f"{role[:5]}-one", role.title(), role, pseudonym)
            user.password_hash, user.must_change_password = kept, False
            accounts.begin_factor(user)
            user.totp_confirmed_at = actor.now
            clinic.ids[role] = user.id
            clinic.secrets[role] = user.totp_secret or ""


def add_people(clinic: Clinic) -> None:
    """Two persons; the first with one record of each kind."""
    actor, now = command_line(), datetime.now(UTC)
    with clinic.database.write() as session:
        for name in ("P-1", "P-2"):
            person = add_person(session, actor, name, is_synthetic=True)
            clinic.ids[name] = person.id
            before = "morphine 30 mg every 6 h for 20 days"
            record(
                session,
                actor,
                person.id,
                EpisodeEntry(
                    "Monitoring", now - timedelta(days=2), assessment_interval=24, taken_before=before
                ),
            )
        own = clinic.ids["P-1"]
        dose = DoseEntry(now - timedelta(hours=30), "morphine", 30.0, "mg", "administered")
        clinic.ids["dose"] = record(session, actor, own, dose).record_id
        rating = AssessmentEntry(now - timedelta(hours=20), "COWS", total=6)
        rated = AssessmentEntry(now - timedelta(hours=4), "COWS", total=14)
        clinic.ids["rating"] = record(session, actor, own, rating).record_id
        record(session, actor, own, rated)
        clinic.ids["note"] = record(session, actor, own, NoteEntry(now, "Slept badly.")).record_id
        record(session, actor, own, PlanEntry(now, "Watch", "nothing"))


def make_clinic(folder: Path) -> Clinic:
    """Install a clinic in a folder."""
    database = open_database(f"sqlite:///{folder / FILE}")
    install(database)
    clinic = Clinic(database, settings_of())
    add_people(clinic)
    add_users(clinic)
    database.close()
    return clinic


def copy_clinic(template: Clinic, folder: Path, **settings: object) -> Clinic:
    """A clinic with the records of another one, in a folder of its own."""
    source = Path(str(template.database.engine.url.database))
    with connect(source) as held, connect(folder / FILE) as made:
        held.backup(made)
    database = open_database(f"sqlite:///{folder / FILE}")
    return Clinic(database, settings_of(**settings), dict(template.ids), dict(template.secrets))


def settings_of(**changed: object) -> Settings:
    """Settings without a limit that a test would meet by chance."""
    return Settings(clinic="Test clinic", **{"requests_per_minute": 100_000, **changed})  # type: ignore[arg-type]
