"""Entries on disk: found by what they depend on, made again where they are not whole, never in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

import speciosa.evidence
from speciosa import cache
from speciosa.errors import EvidenceError
from speciosa.evidence import check_folder, loader

DATA = Path(speciosa.evidence.__file__).parent / "data"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "speciosa"


def counted(value: object) -> tuple[Callable[[], object], list[object]]:
    """What makes a value, and a list with an entry for each time that it did."""
    made: list[object] = []

    def make() -> object:
        made.append(value)
        return value

    return make, made


class TestDigests:
    def test_a_changed_row_changes_the_digest(self, tmp_path: Path) -> None:
        copy = Path(shutil.copytree(DATA, tmp_path / "data"))
        known = cache.folder_digest(copy)
        assert known == cache.folder_digest(DATA)
        table = copy / "kratom_pk.csv"
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[1] = lines[1].replace("mitragynine", "Mitragynine", 1)
        table.write_text("".join(lines), encoding="utf-8")
        assert cache.folder_digest(copy) != known

    def test_names_and_folders_count_and_compiled_code_does_not(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "one.csv").write_text("1", encoding="utf-8")
        known = cache.folder_digest(tmp_path)
        (tmp_path / "__pycache__").mkdir()
        (tmp_path / "__pycache__" / "one.pyc").write_bytes(b"1")
        assert cache.folder_digest(tmp_path) == known
        (tmp_path / "a" / "one.csv").rename(tmp_path / "a" / "two.csv")
        assert cache.folder_digest(tmp_path) != known

    def test_parts_do_not_run_into_each_other(self) -> None:
        assert cache.digest_of(["ab", "c"]) != cache.digest_of(["a", "bc"])
        assert cache.digest_of(["a"]) != cache.digest_of(["a"], ["speciosa.units"])


class TestEntries:
    def test_what_was_made_is_not_made_again(self, place: Path) -> None:
        make, made = counted({"value": 0.1})
        assert cache.remembered("key", make) == cache.remembered("key", make) == {"value": 0.1}
        assert len(made) == 1
        assert [file.name for file in place.iterdir()] == ["key.pickle"]

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda content: b"", id="empty"),
            pytest.param(lambda content: content[:20], id="within the digest"),
            pytest.param(lambda content: content[:-1], id="half written"),
            pytest.param(lambda content: content[:40] + b"?" + content[41:], id="one byte"),
            pytest.param(lambda content: content + b"more", id="too long"),
        ],
    )
    def test_what_is_damaged_is_made_again(self, place: Path, damage: Callable[[bytes], bytes]) -> None:
        make, made = counted(list(range(100)))
        cache.remembered("key", make)
        file = place / "key.pickle"
        whole = file.read_bytes()
        file.write_bytes(damage(whole))
        assert cache.remembered("key", make) == list(range(100))
        assert len(made) == 2
        assert file.read_bytes() == whole

    def test_what_is_whole_and_cannot_be_read_is_made_again(self, place: Path) -> None:
        make, made = counted(1)
        cache.keep("key.pickle", b"no pickle")
        assert cache.remembered("key", make) == 1
        assert cache.remembered("key", make) == 1
        assert len(made) == 1

    def test_a_folder_that_cannot_be_written_costs_only_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("no folder", encoding="utf-8")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        make, made = counted("value")
        assert cache.remembered("key", make) == cache.remembered("key", make) == "value"
        assert len(made) == 2

    def test_a_file_that_cannot_be_put_in_place_leaves_nothing(self, place: Path) -> None:
        (place / "key.pickle").mkdir(parents=True)
        make, made = counted("value")
        assert cache.remembered("key", make) == "value"
        assert [file.name for file in place.iterdir()] == ["key.pickle"]
        assert len(made) == 1

    @pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no owners of that kind")
    def test_entries_of_another_user_are_not_read(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache.keep("key.o", b"code")
        assert cache.kept("key.o") == b"code"
        other = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: other)
        assert cache.kept("key.o") is None

    def test_what_fails_is_not_kept(self, place: Path) -> None:
        def fail() -> object:
            raise EvidenceError("a fault")

        with pytest.raises(EvidenceError):
            cache.remembered("key", fail)
        assert not place.exists()


class TestEvidence:
    def test_what_comes_back_is_what_was_read(self, place: Path) -> None:
        read = loader._read_packaged()
        made, again = (cache.remembered("evidence", lambda: read) for _ in range(2))
        assert made is read
        assert again is not read
        for item in fields(read):
            assert getattr(again, item.name) == getattr(read, item.name)
        with pytest.raises(TypeError):
            again.rows["new"] = read.rows["mtg-base-clf"]  # type: ignore[index]

    def test_the_check_reads_the_files_themselves(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def used(*_: object) -> object:
            raise AssertionError("the check must not use the cache")

        monkeypatch.setattr(cache, "kept", used)
        monkeypatch.setattr(loader, "remembered", used)
        assert check_folder() == ()

    def test_processes_at_once_find_the_same(self, place: Path) -> None:
        program = "from speciosa.evidence import load; print(load(), load().slot('mitragynine.CL/F'))"
        command = [sys.executable, "-c", program]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        said = {process.communicate(timeout=120)[0] for process in running}
        assert [process.returncode for process in running] == [0, 0, 0]
        assert len(said) == 1
        assert "rows" in said.pop()
        (entry,) = place.iterdir()
        assert cache.kept(entry.name) is not None
