"""Fixtures of the tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import Clinic, make_clinic


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic that the tests of a file share."""
    made = make_clinic(tmp_path_factory.mktemp("clinic"))
    yield made
    made.database.close()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic of its own."""
    made = make_clinic(tmp_path)
    yield made
    made.database.close()
