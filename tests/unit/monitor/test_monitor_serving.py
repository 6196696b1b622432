"""Serving: other machines are reached by TLS only, and accounts are made on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from speciosa.cli.app import app
from speciosa.cli.monitor.serving import check_reach, is_loopback
from speciosa.errors import RecordError

PEM = Path("clinic.pem")


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True)])
def test_addresses_of_the_machine_itself(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::", "clinic.example"])
def test_other_machines_are_served_by_tls_only(host: str) -> None:
    with pytest.raises(RecordError, match="is reached from other machines, and there is no certificate"):
        check_reach(host, None, None, behind_tls=False, names=["clinic.example"])
    check_reach(host, PEM, PEM, behind_tls=False, names=["clinic.example"])
    with pytest.raises(RecordError, match="no host name is given"):
        check_reach(host, PEM, PEM, behind_tls=False, names=[])


def test_a_certificate_has_a_key() -> None:
    with pytest.raises(RecordError, match="certificate and key go together"):
        check_reach("127.0.0.1", PEM, None, behind_tls=False, names=[])


def test_behind_a_proxy_the_host_name_is_told() -> None:
    with pytest.raises(RecordError, match="no host name is given"):
        check_reach("127.0.0.1", None, None, behind_tls=True, names=[])
    check_reach("127.0.0.1", None, None, behind_tls=True, names=["clinic.example"])


def run(*words: str, folder: Path) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["monitor", *words, "--folder", str(folder)])
    return found.exit_code, found.output


def test_accounts_on_the_command_line(tmp_path: Path) -> None:
    assert run("init", folder=tmp_path)[0] == 0
    code, text = run("user", "add", "ada", "--role", "administrator", folder=tmp_path)
    assert code == 0
    assert len(text.split()[-1].replace("-", "")) == 16
    assert "ada\tadministrator\tnot activated" in run("user", "list", folder=tmp_path)[1]
    assert run("user", "add", "bo", "--role", "clinician", folder=tmp_path)[0] == 0
    assert run("user", "reset", "bo", folder=tmp_path)[0] == 0
    assert run("user", "close", "bo", folder=tmp_path)[0] == 0
    assert "bo\tclinician\tclosed" in run("user", "list", folder=tmp_path)[1]
    assert run("user", "open", "bo", folder=tmp_path)[0] == 0
    assert run("user", "close", "ada", folder=tmp_path)[0] == 3


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("add", "ada", "--role", "boss"), "unknown role 'boss'"),
        (("add", "Ada!", "--role", "observer"), "cannot be a login"),
        (("add", "system", "--role", "observer"), "is taken"),
        (("add", "sam", "--role", "person"), "the account names no person"),
        (("add", "sam", "--role", "person", "--person", "P-9"), "unknown person 'P-9'"),
        (("close", "nobody"), "unknown login 'nobody'"),
    ],
)
def test_accounts_that_cannot_be(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    run("init", folder=tmp_path)
    code, text = run("user", *words, folder=tmp_path)
    assert code == 3
    assert problem in " ".join(text.split())
