"""Killing the server of the pages loses nothing and doubles nothing; the benchmark does it fifty times."""

from __future__ import annotations

import socket
from pathlib import Path

import crash_pages

KILLS = 2


def test_a_server_that_is_killed_keeps_what_it_confirmed(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    found = crash_pages.run(tmp_path, KILLS, seed=3, port=port)
    assert found.kills == KILLS
    assert found.confirmed > 0
    assert found.is_good
