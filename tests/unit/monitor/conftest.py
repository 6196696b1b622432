"""An installed database, on SQLite and on PostgreSQL: every test that asks for one runs on both."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from monitor_clinic import Clinic

from speciosa.monitor.db import open_database
from speciosa.monitor.services import install

BENCH = Path(__file__).resolve().parents[3] / "bench"
if str(BENCH) not in sys.path:
    sys.path.insert(0, str(BENCH))

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[object]:
    """A PostgreSQL server for the tests of this process."""
    pytest.importorskip("psycopg")
    from postgresql_cluster import Cluster, find_programs

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
