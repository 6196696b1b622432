"""Folders of campaigns: resumed to the same bytes, and taking nothing of another study."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster
from small_study import Small

from speciosa.campaigns import Folder, Part, compute
from speciosa.engine import Dask, Serial, Threads
from speciosa.errors import CampaignError

HERE = Path(__file__).parent
SLOW = """
from pathlib import Path
from small_study import Small
from speciosa.campaigns import compute
from speciosa.engine import Processes, Threads
if __name__ == "__main__":
    compute(Small(shards=12, pause=0.15), Path({folder!r}), {executor}, is_resumed=True)
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def written(folder: Path) -> dict[str, int]:
    """When each shard was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("shards/*.npz")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    compute(Small(), folder, Serial())
    return folder


def test_threads_write_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    compute(Small(), tmp_path, Threads(3))
    assert contents(tmp_path) == contents(whole)


def test_a_cluster_writes_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    with LocalCluster(n_workers=2, processes=False, dashboard_address=None) as cluster:
        compute(Small(), tmp_path, Dask(cluster.scheduler_address))
    assert contents(tmp_path) == contents(whole)


def test_parts_of_an_array_of_jobs_make_the_whole(whole: Path, tmp_path: Path) -> None:
    for number in (2, 3, 1):
        compute(Small(), tmp_path, Serial(), part=Part(number, 3))
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("executor", ["Threads(2)", "Processes(2)"])
def test_a_killed_run_is_resumed_to_the_same_bytes(executor: str, tmp_path: Path) -> None:
    folder, other = tmp_path / "killed", tmp_path / "whole"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    program = tmp_path / "slow.py"
    program.write_text(SLOW.format(folder=str(folder), executor=executor), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(program)], env=environment)
    deadline = time.monotonic() + 60.0
    while len(list(folder.glob("shards/*.npz"))) < 4:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not psutil.wait_procs(workers, timeout=10.0)[1], "workers outlived their caller"
    study = Small(shards=12)
    there = Folder(folder, study.identity).done()
    assert 4 <= len(there) < 12
    before = written(folder)
    compute(study, folder, Serial(), is_resumed=True)
    assert before.items() <= written(folder).items(), "a shard that was there was computed again"
    compute(study, other, Serial())
    left = {name: content for name, content in contents(folder).items() if not name.endswith(".part")}
    assert left == contents(other)


def test_a_folder_with_shards_is_gone_on_with_only_if_that_is_said(whole: Path) -> None:
    with pytest.raises(CampaignError, match=r"holds 6 of 6 shards of this study.*Go on with it by --resume"):
        compute(Small(), whole, Serial())


def test_another_study_is_refused_with_what_differs(whole: Path) -> None:
    with pytest.raises(CampaignError, match="another study: seed is 1 there and 2 here"):
        compute(Small(seed=2), whole, Serial(), is_resumed=True)
    with pytest.raises(CampaignError, match="another study: shards is 6 there and 7 here"):
        compute(Small(shards=7), whole, Serial(), is_resumed=True)


def test_a_shard_of_another_study_is_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "a")
    compute(Small(seed=2), tmp_path / "b", Serial())
    shutil.copy(tmp_path / "b/shards/000003.npz", tmp_path / "a/shards/000003.npz")
    folder = Folder.opened(tmp_path / "a", Small().identity, is_resumed=True)
    with pytest.raises(
        CampaignError, match=r"000003\.npz: the shard belongs to another study.*Delete this file"
    ):
        list(folder.shards())


def test_a_shard_cut_off_is_computed_again(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "a")
    path = tmp_path / "a/shards/000002.npz"
    path.write_bytes(path.read_bytes()[:100])
    compute(Small(), tmp_path / "a", Serial(), is_resumed=True)
    assert contents(tmp_path / "a") == contents(whole)


def test_a_damaged_shard_is_told(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "a")
    path = tmp_path / "a/shards/000002.npz"
    content = bytearray(path.read_bytes())
    content[60:200] = bytes(140)
    path.write_bytes(bytes(content))
    folder = Folder.opened(tmp_path / "a", Small().identity, is_resumed=True)
    with pytest.raises(CampaignError, match=r"000002\.npz: the shard cannot be read"):
        list(folder.shards())


def test_missing_shards_are_named(tmp_path: Path) -> None:
    compute(Small(), tmp_path, Serial(), part=Part(1, 2))
    folder = Folder.opened(tmp_path, Small().identity, is_resumed=True)
    with pytest.raises(CampaignError, match=r"3 of 6 shards are missing \(2, 4, 6\)"):
        list(folder.shards())


def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(CampaignError, match=r"manifest\.json: the manifest cannot be read"):
        compute(Small(), tmp_path, Serial())


@pytest.mark.parametrize("text", ["3", "a/b", "0/4", "5/4"])
def test_parts_that_do_not_exist(text: str) -> None:
    with pytest.raises(CampaignError, match=r"3/100"):
        Part.read(text)


def test_progress_counts_what_was_there(tmp_path: Path) -> None:
    compute(Small(), tmp_path, Serial(), part=Part(1, 2))
    told: list[tuple[int, int]] = []
    compute(
        Small(), tmp_path, Serial(), is_resumed=True, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(3, 6), (4, 6), (5, 6), (6, 6)]
