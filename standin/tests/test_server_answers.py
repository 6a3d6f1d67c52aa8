"""The probes of OMERO.server, as its pod runs them: one that stands still is not ready."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import local_services
from free_ports import free_port
from omero_operator.desired.server_scripts import FILES

Probe = Callable[[int, int], "subprocess.CompletedProcess[str]"]
Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def registry_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, registry_port: int
) -> Iterator[local_services.Service]:
    """A stand-in that probes find as they find the real one."""
    folder = tmp_path_factory.mktemp("standin")
    with local_services.standin(folder, "--registry-port", str(registry_port)) as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs one of the scripts, in a folder as the pod has it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", str(tmp_path / name), *map(str, arguments)],
            env={**os.environ, "OMERO_TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def probe(script: Script) -> Probe:
    """Readiness, with the ports of the router and of the registry."""
    return lambda router, registry: script("server_answers.py", router, registry)


def test_a_server_that_answers_is_ready(
    server: local_services.Service, registry_port: int, probe: Probe
) -> None:
    answer = probe(server.port, registry_port)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_server_that_stands_still_is_not(
    server: local_services.Service, registry_port: int, probe: Probe
) -> None:
    with local_services.standing_still(server):
        answer = probe(server.port, registry_port)
    assert answer.returncode == 1
    assert answer.stderr.startswith("the router (Glacier2) does not answer: ")
    assert probe(server.port, registry_port).returncode == 0


def test_a_router_without_a_server_behind_it_is_not(
    server: local_services.Service, probe: Probe
) -> None:
    answer = probe(server.port, free_port())
    assert answer.returncode == 1
    assert answer.stderr.startswith("Blitz does not answer: ")


def test_a_start_ends_with_the_first_login(server: local_services.Service, script: Script) -> None:
    answer = script("server_starts.py", server.port)
    assert (answer.returncode, answer.stderr) == (0, "")
    answer = script("server_starts.py", free_port())
    assert answer.returncode == 1
    assert answer.stderr.startswith("nobody can log in yet: ConnectionRefusedError ")


def test_a_dead_blitz_is_restarted_and_a_busy_one_spared(
    server: local_services.Service, registry_port: int, script: Script, tmp_path: Path
) -> None:
    log = tmp_path / "Blitz-0.log"
    alive = ("server_alive.py", registry_port, log, tmp_path / "ManagedRepository")
    assert script(*alive).returncode == 0
    gone = script("server_alive.py", free_port(), log)
    assert (gone.returncode, gone.stderr[:15]) == (1, "Blitz is gone: ")
    with local_services.standing_still(server):
        silent = script(*alive)
        log.write_text("importing")
        spared = script(*alive)
    assert (silent.returncode, spared.returncode) == (1, 0)
    assert "and writes nothing" in silent.stderr
    assert f"it is spared: it writes {log}" in spared.stdout
    assert (script(*alive).returncode, script(*alive).stdout) == (0, "")
