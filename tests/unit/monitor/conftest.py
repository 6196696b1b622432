"""An installed database, on SQLite and on PostgreSQL: every test that asks for one runs on both."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from speciosa.monitor.db import Database, Person, User, open_database
from speciosa.monitor.services import Actor, DoseEntry, Role, add_person, install

BENCH = Path(__file__).resolve().parents[3] / "bench"
if str(BENCH) not in sys.path:
    sys.path.insert(0, str(BENCH))

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_numbers = itertools.count(1)


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


@pytest.fixture(scope="session")
def cluster() -> Iterator[object]:
    """A PostgreSQL server for the tests of this process."""
    pytest.importorskip("psycopg")
    from cluster import Cluster, find_programs

    if find_programs() is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with Cluster(is_durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "monitor.sqlite"
    database = open_database(f"sqlite:///{path}")
    install(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster) -> str:
    """An installed PostgreSQL database to copy."""
    database = open_database(cluster.create("template_of_tests"))
    install(database)
    database.close()
    return "template_of_tests"


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The two databases."""
    return request.param


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Addresses of new databases without tables."""
    if dialect == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / f'empty{next(_numbers)}.sqlite'}"
        return
    server = request.getfixturevalue("cluster")
    made: list[str] = []

    def create() -> str:
        made.append(f"empty{next(_numbers)}")
        return server.create(made[-1])

    yield create
    for name in made:
        server.drop(name)


@pytest.fixture
def clinic(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clinic]:
    """An installed database."""
    if dialect == "sqlite":
        path = tmp_path / "monitor.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = open_database(f"sqlite:///{path}")
        yield Clinic(database)
        database.close()
        return
    server = request.getfixturevalue("cluster")
    name = f"clinic{next(_numbers)}"
    database = open_database(server.create(name, request.getfixturevalue("postgresql_template")))
    yield Clinic(database)
    database.close()
    server.drop(name)
