"""The verbs of the monitor's records, as a user calls them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from speciosa.cli.console import ExitCode

pytest.importorskip("alembic")

PERSONS = "pseudonym,is_synthetic\nK-1,yes\n"
DOSES = "person,taken_at,item,amount,unit,basis\nK-1,2026-03-01T08:00,kratom,3,g,reported\n"


@pytest.fixture
def monitor(speciosa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The verbs in an installation with one person and a dose."""
    monkeypatch.delenv("SPECIOSA_MONITOR_DATABASE", raising=False)
    folder = tmp_path / "clinic"

    def run(*arguments: str):
        return speciosa("monitor", *arguments, "--folder", str(folder))

    assert run("init", "--time-zone", "Europe/Berlin").exit_code == 0
    for name, table in (("persons.csv", PERSONS), ("doses.csv", DOSES)):
        (tmp_path / name).write_text(table)
        done = run("import", str(tmp_path / name))
        assert done.exit_code == 0, done.stderr
    return run


def test_init_twice_keeps_what_is_there(monitor) -> None:
    done = monitor("init")
    assert done.exit_code == 0
    assert "revision v" in done.stderr
    other = monitor("init", "--database", "sqlite:///elsewhere.sqlite")
    assert other.exit_code == ExitCode.INVALID_INPUT
    assert "the settings name another database. Change it there." in other.stderr
    assert json.loads(monitor("export").stdout)["entry"]


@pytest.mark.skipif(os.name == "nt", reason="other rights on files")
def test_files_are_for_their_owner_alone(monitor, tmp_path: Path) -> None:
    monitor("export", "--out", str(tmp_path / "k.json"))
    monitor("backup", str(tmp_path / "b.zip"))
    files = (tmp_path / "clinic" / "monitor.sqlite", tmp_path / "k.json", tmp_path / "b.zip")
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600] * 3
    assert stat.S_IMODE((tmp_path / "clinic").stat().st_mode) == 0o700


def test_a_password_stands_in_no_file(speciosa, tmp_path: Path) -> None:
    address = f"postgresql://clinic:hidden@/nothing?host={tmp_path}"
    done = speciosa("monitor", "init", "--folder", str(tmp_path / "c"), "--database", address)
    assert done.exit_code == ExitCode.INVALID_INPUT
    assert "keep it in SPECIOSA_MONITOR_DATABASE" in done.stderr
    assert "hidden" not in (tmp_path / "c" / "monitor.toml").read_text() + done.stderr


def test_without_an_installation_it_says_what_to_do(speciosa, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    done = speciosa("monitor", "audit", "verify", "--folder", str(tmp_path / "c"))
    assert done.exit_code == ExitCode.INVALID_INPUT
    assert "holds no tables of the monitor; expected revision" in done.stderr
    assert "Run `speciosa monitor init`" in done.stderr


def test_import_says_what_it_took_and_every_fault(monitor, tmp_path: Path) -> None:
    done = monitor("import", str(tmp_path / "doses.csv"))
    assert done.stderr == "Taken in: nothing new. 1 were there already.\n"
    (tmp_path / "wrong.csv").write_text(DOSES.replace(",3,", ",3 g,") + "K-1,soon,kratom,3,g,reported\n")
    for options in ((), ("--check",)):
        done = monitor("import", str(tmp_path / "wrong.csv"), "--kind", "doses", *options)
        assert done.exit_code == ExitCode.INVALID_INPUT
        assert "Error: wrong.csv: 2 faults, so nothing was taken in." in done.stderr
        assert "row 2, column amount: '3 g' is no number" in done.stderr
        assert "row 3, column taken_at: 'soon' is no time" in done.stderr
    done = monitor("import", str(tmp_path / "doses.csv"), "--check")
    assert done.stderr == "doses.csv: no fault.\n"
    for name, message in (("none.csv", "there is no file none.csv"), ("x.txt", "expected .csv or .json")):
        assert message in monitor("import", str(tmp_path / name)).stderr


def test_export_in_three_forms(monitor, tmp_path: Path) -> None:
    bundle = json.loads(monitor("export", "--person", "K-1").stdout)
    assert bundle["resourceType"] == "Bundle"
    table = monitor("export", "--form", "csv", "--kind", "doses").stdout
    # A local time of the clinic, kept and written in UTC.
    assert ",2026-03-01T07:00:00+00:00,kratom powder,3.0,g,reported," in table
    assert (
        monitor("export", "--form", "all", "--person", "K-1", "--out", str(tmp_path / "k.json")).exit_code
        == 0
    )
    assert json.loads((tmp_path / "k.json").read_text())["records"]["doses"][0]["version"] == 1
    assert "--kind: no kind is named" in monitor("export", "--form", "csv").stderr
    assert "--person: no person is named" in monitor("export", "--form", "all").stderr
    assert "unknown person 'K-3'. Did you mean 'K-1'?" in monitor("export", "--person", "K-3").stderr


def test_backup_restore_and_verify_agree_on_the_head(monitor, speciosa, tmp_path: Path) -> None:
    head = monitor("audit", "head").stdout.strip()
    made = monitor("backup", str(tmp_path / "b.zip"))
    assert made.stdout.strip() == head
    other = ("--folder", str(tmp_path / "other"))
    restored = speciosa("monitor", "restore", str(tmp_path / "b.zip"), *other)
    assert restored.stdout.strip() == head
    verified = speciosa("monitor", "audit", "verify", "--head", head, *other)
    assert verified.exit_code == 0
    assert verified.stderr == f"The audit trail holds: 5 entries, head {head}.\n"
    again = speciosa("monitor", "restore", str(tmp_path / "b.zip"), *other)
    assert "holds rows of audit_entries; expected an empty database" in again.stderr
    assert monitor("audit", "verify", "--head", "sha256:0").exit_code == ExitCode.INVALID_INPUT


def test_verify_names_the_broken_link(monitor, tmp_path: Path) -> None:
    from speciosa.monitor.db import open_database

    database = open_database(f"sqlite:///{tmp_path / 'clinic' / 'monitor.sqlite'}")
    with database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER doses_no_update"))
        connection.execute(text("UPDATE doses SET amount = 9"))
    database.close()
    done = monitor("audit", "verify")
    assert done.exit_code == ExitCode.INVALID_INPUT
    assert "The audit trail is broken at entry 4: the row " in done.stderr


def test_the_trail_is_written_line_by_line(monitor) -> None:
    entries = [json.loads(line) for line in monitor("audit", "export").stdout.splitlines()]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3, 4, 5]
    assert len(monitor("audit", "export", "--after", "4").stdout.splitlines()) == 1


def test_retain_says_what_it_forgot(monitor) -> None:
    assert "who 0 persons are, 0 attempts to log in, 0 sessions" in monitor("retain").stderr
