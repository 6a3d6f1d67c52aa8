"""Only processes that the cluster started are ever taken for its own."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cluster.identity import (
    MARKER,
    Process,
    boot_id,
    marked_processes,
    start_ticks,
    stop,
)
from local_cluster.processes import ProcessFolder

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as child:
        yield child
        child.kill()


def identity(child: subprocess.Popen[bytes]) -> Process:
    ticks = start_ticks(child.pid)
    assert ticks is not None
    return Process(child.pid, ticks, boot_id(), "command")


def test_a_process_is_known_by_number_and_start(sleeper: subprocess.Popen[bytes]) -> None:
    process = identity(sleeper)
    assert process.is_running
    assert 0 <= process.age < 60
    assert not dataclasses.replace(process, started=process.started - 1).is_running
    assert not dataclasses.replace(process, boot="another boot").is_running


def test_a_recycled_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    stop(dataclasses.replace(identity(sleeper), started=1))
    assert sleeper.poll() is None


def test_a_recorded_process_is_ended(sleeper: subprocess.Popen[bytes]) -> None:
    stop(identity(sleeper))
    assert start_ticks(sleeper.pid) is None


def test_a_zombie_does_not_run() -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert start_ticks(child.pid) is None
    child.wait()


def test_the_marker_finds_our_processes_and_no_others(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    other = f"{tmp_path}-other"
    with subprocess.Popen(SLEEP, env={MARKER: other}) as stranger:
        folder = ProcessFolder(tmp_path, tmp_path / "logs")
        assert folder.ensure("part", SLEEP)
        assert not folder.ensure("part", SLEEP), "a running part is not started again"
        ((part, process),) = folder.running()
        assert part == "part"
        assert list(marked_processes(str(tmp_path))) == [process.pid]
        assert folder.end_all() == 1
        assert folder.find("part") is None
        assert stranger.poll() is None
        assert sleeper.poll() is None
        stranger.kill()


def test_a_part_is_started_anew_when_what_it_reads_changes(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("one")
    folder = ProcessFolder(tmp_path / "state", tmp_path / "logs")
    try:
        assert folder.ensure("part", SLEEP, [config])
        first = folder.find("part")
        config.write_text("two")
        assert folder.ensure("part", SLEEP, [config])
        second = folder.find("part")
        assert first is not None
        assert second is not None
        assert first.pid != second.pid
        assert not first.is_running
    finally:
        folder.end_all()


def test_an_unrecorded_process_is_replaced_not_doubled(tmp_path: Path) -> None:
    folder = ProcessFolder(tmp_path, tmp_path / "logs")
    try:
        folder.ensure("part", SLEEP)
        (tmp_path / "processes" / "part.json").unlink()  # As if killed before it was written.
        assert folder.ensure("part", SLEEP)
        assert len(list(marked_processes(str(tmp_path)))) == 1
    finally:
        folder.end_all()
