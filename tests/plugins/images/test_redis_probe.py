"""The readiness probe of Redis against a real one: it notices one that takes no writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

import local_services
from omero_operator.desired import redis as redis_builder


@pytest.fixture
def service(tmp_path: Path) -> Iterator[local_services.Service]:
    with local_services.redis(tmp_path) as running:
        yield running


@pytest.fixture
def client(service: local_services.Service) -> redis.Redis:
    made = redis.Redis("127.0.0.1", service.port, 2, service.password)
    made.config_set("maxmemory-policy", "volatile-lfu")
    return made


def probe(service: local_services.Service, password: str = "") -> tuple[bool, str]:
    """Whether the kubelet would take it for ready, and what it would quote."""
    here = redis_builder._TAKES_WRITES.replace("redis-cli ", f"redis-cli -p {service.port} ")
    environment = {
        "PATH": os.environ["PATH"],
        "REDISCLI_AUTH": (password or service.password) + "\n",
    }
    command = ["sh", "-c", here]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert service.password not in done.stdout + done.stderr
    return done.returncode == 0, done.stdout + done.stderr


def test_it_is_ready_and_leaves_nothing_that_stays(
    service: local_services.Service, client: redis.Redis
) -> None:
    assert probe(service) == (True, "")
    sessions = redis.Redis("127.0.0.1", service.port, 1, service.password)
    assert [0 < sessions.ttl(key) <= 60 for key in sessions.scan_iter()] == [True]
    assert client.dbsize() == 0


def test_what_fills_it_is_said(service: local_services.Service, client: redis.Redis) -> None:
    for number in range(20):
        client.set(f"ends-{number}", "x" * 100_000, ex=3600)
    for _ in range(50):
        client.rpush("jobs 'quoted'\n", "x" * 100_000)
    client.config_set("maxmemory", "2mb")
    ready, said = probe(service)
    assert not ready
    assert said.startswith("TakesNoWrites: its memory is full. Delete keys, or raise spec.redis.")
    assert "database 2 has 1 keys; of 1 checked, 1 have no expiry and use " in said
    assert "the largest jobs??quoted?? of " in said
    assert probe(service) == (ready, said), "the same state, the same words"
    client.delete("jobs 'quoted'\n")
    assert probe(service) == (True, "")


def test_what_can_be_removed_does_not_fill_it(
    service: local_services.Service, client: redis.Redis
) -> None:
    used = int(client.info("memory")["used_memory"])
    client.config_set("maxmemory", used + 4 * 1024 * 1024)
    for number in range(100):
        client.set(f"ends-{number}", "x" * 100_000, ex=3600)
    assert client.info("stats")["evicted_keys"] > 0
    assert probe(service) == (True, "")


def test_a_replica_and_a_wrong_password_say_so(
    service: local_services.Service, client: redis.Redis
) -> None:
    ready, said = probe(service, password="another")
    assert not ready
    assert "WRONGPASS" in said or "NOAUTH" in said
    client.replicaof("127.0.0.1", 1)
    ready, said = probe(service)
    assert not ready
    assert said.startswith("TakesNoWrites: READONLY ")
