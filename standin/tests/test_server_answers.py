"""The readiness probe of OMERO.server, as a pod runs it: one that stands still is not ready."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import local_services
from free_ports import free_port
from omero_operator.desired.server_answers import SCRIPT

Probe = Callable[[int, int], "subprocess.CompletedProcess[str]"]


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
def probe(tmp_path: Path) -> Probe:
    """Runs the script with the ports of the router and of the registry."""
    script = tmp_path / "server_answers.py"
    script.write_text(SCRIPT)

    def run(router: int, registry: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-B", str(script), str(router), str(registry)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


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
