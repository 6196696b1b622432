"""The command line as a user calls it, in this process."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from speciosa.cli.app import app


@pytest.fixture
def speciosa():
    """Run a command line; the result has exit_code, stdout and stderr."""
    runner = CliRunner()

    def run(*arguments: str):
        return runner.invoke(app, list(arguments), env={"COLUMNS": "200"})

    return run
