"""Only processes that the supervisor started are ever taken for its own, and these end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from omero_ci import supervisor
from omero_ci.supervisor import MARKER, Foreground, Services, is_running, kill, stop
from tools.common.errors import CommandError
from tools.common.wait import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# Ignores a request to end, and has a child.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as child:
        yield child
        child.kill()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = Services(tmp_path / "state", tmp_path / "logs")
    yield found
    found.kill_all()


def test_a_process_is_asked_to_end(sleeper: subprocess.Popen[bytes]) -> None:
    assert stop(psutil.Process(sleeper.pid))
    assert sleeper.wait(1) == -signal.SIGTERM


def test_a_process_that_does_not_end_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        started = psutil.Process(int(child.stdout.readline().split()[1]))
        assert not stop(psutil.Process(child.pid), seconds=0.1)
        assert child.wait(1) == -signal.SIGKILL
        assert not is_running(started)


def test_a_zombie_does_not_run() -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_running(psutil.Process(child.pid))
    child.wait()


def test_what_cannot_be_killed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "is_running", lambda process: True)
    monkeypatch.setattr(supervisor, "wait_until", lambda *a, **k: wait_until(a[0], 0, a[2]))
    child = subprocess.Popen(["true"])
    with pytest.raises(CommandError, match=rf"\[{child.pid}\] were killed and have not ended"):
        kill([psutil.Process(child.pid)])
    child.wait()


def test_the_marker_finds_our_processes_and_no_others(
    tmp_path: Path, services: Services, sleeper: subprocess.Popen[bytes]
) -> None:
    with subprocess.Popen(SLEEP, env={MARKER: f"{tmp_path}/state-other"}) as stranger:
        assert services.ensure("etcd", SLEEP)
        assert not services.ensure("etcd", SLEEP), "a running service is not started again"
        ((name, process),) = services.running().items()
        assert name == "etcd"
        assert list(services.marked()) == [process]
        services.kill_all()
        assert not is_running(process)
        assert services.find("etcd") is None
        assert stranger.poll() is None
        assert sleeper.poll() is None
        stranger.kill()


def test_what_a_service_started_is_not_taken_for_it(tmp_path: Path, services: Services) -> None:
    """As the containers of a containerd that was killed."""
    services.ensure("containerd", [sys.executable, "-c", STUBBORN])
    log = tmp_path / "logs" / "containerd.log"
    wait_until(lambda: "child" in log.read_text(), 30, str)
    process = services.find("containerd")
    assert process is not None
    assert len(list(services.marked())) == 2
    kill([process])
    (child,) = services.marked()
    assert child.pid == int(log.read_text().split()[-1])
    assert services.find("containerd") is None
    services.kill_all()
    assert not is_running(child)


def test_a_service_that_was_started_is_found(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when Linux shows its variables a moment later, as on a busy machine."""
    marked, hidden = Services.marked, iter([True] * 4)

    def shown(self: Services) -> Iterator[psutil.Process]:
        return iter(()) if next(hidden, False) else marked(self)

    monkeypatch.setattr(Services, "marked", shown)
    assert services.ensure("etcd", SLEEP)
    assert services.find("etcd") is not None
    assert services.ensure("brief", ["true"]), "one that has ended already is not waited for"


def test_another_command_finds_what_one_has_started(tmp_path: Path, services: Services) -> None:
    services.ensure("etcd", SLEEP)
    later = Services(tmp_path / "state", tmp_path / "logs")
    assert later.find("etcd") == services.find("etcd")
    assert not later.ensure("etcd", SLEEP)
    assert Services(tmp_path / "other", tmp_path / "logs").running() == {}


def test_a_service_is_started_anew_when_what_it_reads_changes(
    tmp_path: Path, services: Services
) -> None:
    config = tmp_path / "config"
    config.write_text("one")
    assert services.ensure("etcd", SLEEP, [config])
    first = services.find("etcd")
    config.write_text("two")
    assert services.ensure("etcd", SLEEP, [config])
    second = services.find("etcd")
    assert first is not None
    assert second is not None
    assert first != second
    assert not is_running(first)


def test_a_program_that_is_missing_names_the_service(services: Services) -> None:
    with pytest.raises(CommandError, match="etcd could not be started: /nowhere/etcd"):
        services.ensure("etcd", ["/nowhere/etcd"])


def test_a_stopped_foreground_process_takes_along_what_it_started(
    capsys: pytest.CaptureFixture[str],
) -> None:
    process = Foreground([sys.executable, "-c", STUBBORN], dict(os.environ), prefix="web | ")
    wait_until(lambda: process.has_printed("child"), 30, str)
    child = psutil.Process(int(capsys.readouterr().out.split()[-1]))
    process.stop(seconds=0.1)
    assert process.ended == -signal.SIGKILL
    assert not is_running(child)
    assert "web | did not stop by itself: killed" in capsys.readouterr().out
