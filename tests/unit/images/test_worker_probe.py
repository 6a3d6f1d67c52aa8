"""The probes of a worker: the script that its container runs, over files as a worker writes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import worker_probes

ALL = ("worker-started", "worker-alive", "worker-ready")


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    file = tmp_path / "worker-alive"
    file.touch()
    return file


def test_a_worker_without_a_sign_of_life_has_not_started(tmp_path: Path) -> None:
    for name in ALL:
        said = worker_probes.said(tmp_path, name)
        assert said.startswith(
            f"{tmp_path}/worker-alive does not exist: the worker has not started"
        )


def test_the_worker_is_alive_while_its_file_is_young(sign: Path) -> None:
    assert [worker_probes.said(sign.parent, name) for name in ALL] == ["", "", ""]
    for age, passes in ((50, True), (90, False)):
        os.utime(sign, (time.time() - age,) * 2)
        said = {worker_probes.said(sign.parent, name) for name in ALL}
        assert all("s old: the worker's main loop hangs" in each for each in said) is not passes
        assert (said == {""}) is passes


def test_the_worker_is_ready_while_nothing_keeps_it_from_jobs(sign: Path) -> None:
    problem = sign.with_name("worker-problem")
    problem.write_text("the plugin database cannot be used: it is read-only\n")
    assert worker_probes.said(sign.parent, "worker-ready") == (
        "PluginDatabaseUnusable: the plugin database cannot be used: it is read-only"
    )
    assert worker_probes.said(sign.parent, "worker-alive") == ""
    problem.unlink()
    assert worker_probes.said(sign.parent, "worker-ready") == ""


def test_the_worker_is_ready_while_it_takes_messages(sign: Path) -> None:
    refused = "Error 111 connecting to $(id) \\n `id` %s: Connection refused"
    sign.write_text(refused)
    assert worker_probes.said(sign.parent, "worker-alive") == ""
    assert worker_probes.said(sign.parent, "worker-ready") == (
        f"QueueUnreachable: the worker cannot use its queue in Redis: {refused}"
    )
    sign.write_text("")
    assert worker_probes.said(sign.parent, "worker-ready") == ""


@pytest.mark.parametrize("name", ["worker-started", "worker-ready"])
def test_a_probe_looks_again_until_its_time_is_over(tmp_path: Path, name: str) -> None:
    """So that a worker that starts uses up no Events, and one that recovers is ready at once."""
    with worker_probes.start(tmp_path, name) as probe:
        time.sleep(0.1)
        assert probe.poll() is None, "it waits"
        (tmp_path / "worker-alive").touch()
        _, said = probe.communicate(timeout=60)
    assert (probe.returncode, said) == (0, "")


def test_an_unknown_probe_is_wrong_use(tmp_path: Path) -> None:
    with worker_probes.start(tmp_path, "worker-well") as probe:
        _, said = probe.communicate(timeout=60)
    assert (probe.returncode, said[:6]) == (2, "usage:")
