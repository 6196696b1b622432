"""Fixtures of the tests of the pages: one clinic is made, and copied for whoever changes something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clinic import Clinic, copy_clinic, make_clinic

Copied = Callable[..., Clinic]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """The clinic that the others are copies of."""
    return make_clinic(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="module")
def shared(template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic that the tests of a file share."""
    made = copy_clinic(template, tmp_path_factory.mktemp("clinic"))
    yield made
    made.database.close()


@pytest.fixture
def copied(template: Clinic, tmp_path: Path) -> Copied:
    """Makes a clinic of one's own, with other settings."""
    return lambda **settings: copy_clinic(template, tmp_path, **settings)


@pytest.fixture
def clinic(copied: Copied) -> Iterator[Clinic]:
    """A clinic of one's own."""
    made = copied()
    yield made
    made.database.close()
