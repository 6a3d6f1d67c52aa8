"""The probe of the pod that asks a Redis of others, against a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

import local_services


class Pod:
    """The image's command, with the variables that the operator gives it."""

    def __init__(self, folder: Path, service: local_services.Service) -> None:
        """Nothing runs yet."""
        self._folder = folder
        self.client = redis.Redis("127.0.0.1", service.port, 2, service.password)
        self.set_password(service.password)
        self._variables = local_services.python_environment(
            REDIS_HOST="127.0.0.1",
            REDIS_PORT=str(service.port),
            REDIS_PASSWORD_FILE=str(folder / "password"),
        )

    def set_password(self, password: str) -> None:
        """What stands in the Secret, with a line break as editors write it."""
        (self._folder / "password").write_text(f"{password}\n")

    def probe(self) -> tuple[bool, str]:
        """Whether the kubelet would take it for ready, and what it would quote."""
        log = self._folder / "probe.log"
        log.write_text("")
        ended = local_services.of_the_image("redis-ready", log, self._variables).wait(30)
        return ended == 0, log.read_text()


@pytest.fixture
def service(tmp_path: Path):  # type: ignore[no-untyped-def]
    with local_services.redis(tmp_path) as running:
        yield running


@pytest.fixture
def pod(tmp_path: Path, service: local_services.Service) -> Pod:
    return Pod(tmp_path, service)


def test_one_that_takes_writes_keeps_nothing(pod: Pod, service: local_services.Service) -> None:
    assert pod.probe() == (True, "")
    sessions = redis.Redis("127.0.0.1", service.port, 1, service.password)
    assert [0 < sessions.ttl(key) <= 60 for key in sessions.scan_iter()] == [True]


def test_one_that_takes_none_says_why(pod: Pod) -> None:
    pod.client.set("stuck", "x" * 1_000_000)
    pod.client.config_set("maxmemory", "1mb")
    ready, said = pod.probe()
    assert not ready
    assert said.startswith("TakesNoWrites: Redis is full (command not allowed when used memory")
    pod.client.config_set("maxmemory", 0)

    pod.client.replicaof("127.0.0.1", 1)
    ready, said = pod.probe()
    assert not ready
    assert said.startswith("TakesNoWrites: Redis rejected a write: You can't write against a read")


def test_one_that_does_not_let_it_in_says_so_without_the_password(
    pod: Pod, service: local_services.Service
) -> None:
    pod.set_password("another-password")
    ready, said = pod.probe()
    assert not ready
    assert said.startswith("ServerUnreachable: Redis cannot be used: ")
    assert "invalid username-password pair" in said and "another-password" not in said
    service.process.kill()
    service.process.wait(10)
    ready, said = pod.probe()
    assert not ready
    assert said.startswith(
        "ServerUnreachable: Redis cannot be used: Error 111 connecting to 127.0.0.1"
    )
