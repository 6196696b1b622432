"""Killed while writing: nothing confirmed is lost or written twice. The bench does it fifty times."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and fork")


def test_a_killed_writer_on_sqlite_loses_and_doubles_nothing(tmp_path) -> None:
    from crash import run

    tally = run(f"sqlite:///{tmp_path / 'monitor.sqlite'}", rounds=4, seed=3)
    assert tally.is_clean, tally
    assert tally.rounds == 4
    assert len(tally.confirmed) >= 4


def test_a_killed_writer_on_postgresql_loses_and_doubles_nothing() -> None:
    pytest.importorskip("psycopg")
    from crash import run
    from postgresql_cluster import Cluster, find_programs

    if find_programs() is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with Cluster() as server:
        tally = run(server.create("writer"), rounds=2, seed=3)
        assert tally.is_clean, tally
        tally = run(server.create("server"), rounds=1, seed=4, cluster=server)
        assert tally.is_clean, tally
        assert tally.confirmed


def test_the_tally_sees_a_loss_and_a_double(tmp_path) -> None:
    from crash import Tally, _count, run

    url = f"sqlite:///{tmp_path / 'monitor.sqlite'}"
    run(url, rounds=1, seed=5)
    tally = Tally(confirmed=["form-0", "form-0", "form-9999"])
    _count(url, tally)
    assert (tally.lost, tally.doubled) == (1, 1)
