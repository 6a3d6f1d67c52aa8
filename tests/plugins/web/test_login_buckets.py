"""The buckets of tries in a real Redis: the script is the rule, and Redis may restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omero_web_container.login_limit import buckets, limiter
from omero_web_container.login_limit.buckets import Bucket, LocalBuckets, RedisBuckets
from omero_web_container.login_limit.limiter import LoginLimit, TooManyLogins, Tries

import local_services

START = 1_800_000_000
BUCKETS = [Bucket("a", 2, 60), Bucket("b", 3, 0.5), Bucket("c", 1, 7)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    with local_services.redis(tmp_path_factory.mktemp("redis")) as service:
        made = redis.Redis(port=service.port, password=service.password)
        yield made
        made.close()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["look", "take", "take", "take", "spend", "give"]),
        st.lists(st.sampled_from(BUCKETS), min_size=1, max_size=3, unique=True),
        st.integers(0, 40_000_000),
    ),
    max_size=30,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_the_script_is_the_rule(client: redis.Redis, steps: Any) -> None:
    client.flushall()
    shared, local, now = RedisBuckets(lambda: client), LocalBuckets(), START * 1_000_000
    for what, chosen, gap in steps:
        now += gap
        answers = [store.move(what, chosen, now=now / 1_000_000) for store in (shared, local)]
        assert answers[0] == answers[1]
        # A change keeps none that is whole.
        refused = what == "look" or (what == "take" and answers[0].seconds > 0)
        assert refused or client.zcount("login:tries", "-inf", now) == 0


def test_many_processes_have_one_clock(client: redis.Redis) -> None:
    client.flushall()
    shared, bucket = RedisBuckets(lambda: client), Bucket("a", 3, 60)
    assert [shared.move("take", [bucket]).seconds for _ in range(3)] == [0, 0, 0]
    assert 59 < shared.move("take", [bucket]).seconds <= 60
    shared.empty_out("a")
    assert shared.move("take", [bucket]).seconds == 0
    shared.remember("known", 100)
    assert shared.remembers("known")
    assert not shared.remembers("unknown")
    shared.remember("gone", 0)
    assert not shared.remembers("gone")
    shared.remember("later", 100)
    assert client.zrange("login:known", 0, -1) == [b"known", b"later"]


def test_a_full_redis_forgets_no_try(client: redis.Redis) -> None:
    """What has an expiry is evicted, in every database of a Redis."""
    client.flushall()
    shared, bucket = RedisBuckets(lambda: client), Bucket("a", 3, 600)
    shared.remember("known", 1000)
    for _ in range(3):
        shared.move("take", [bucket])
    client.config_set("maxmemory-policy", "volatile-lfu")
    client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 2**21)
    try:
        evicted = int(client.info("stats")["evicted_keys"])
        for number in range(1000):
            client.set(f"picture-{number}", "x" * 10_000, ex=3600)
        assert int(client.info("stats")["evicted_keys"]) > evicted + 100
    finally:
        client.config_set("maxmemory", 0)
    assert shared.move("look", [bucket]).seconds > 590
    assert shared.remembers("known")
    assert client.ttl("login:tries") == client.ttl("login:known") == -1


def test_so_many_buckets_are_kept_and_the_emptiest_stay(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.flushall()
    monkeypatch.setattr(buckets, "_MOST_SHARED", 10)
    shared, guessed = RedisBuckets(lambda: client), Bucket("guessed", 2, 60)
    for _ in range(2):
        shared.move("take", [guessed])
    for number in range(50):
        shared.move("take", [Bucket(f"once-{number}", 2, 60)])
        shared.remember(f"place-{number}", 1000 + number)
    assert client.zcard("login:tries") == client.zcard("login:known") == 10
    assert shared.move("look", [guessed]).seconds > 50
    assert shared.remembers("place-49")


def test_redis_may_go_and_come_back_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "AWAY_SECONDS", 0)
    with local_services.redis(tmp_path) as service:
        client = redis.Redis(port=service.port, password=service.password, retry=None)
        limit = LoginLimit(Tries(), RedisBuckets(lambda: client), LocalBuckets())
        assert _tried(limit, 15) == 10
    # Away: this process counts for itself, by the same rule.
    assert _tried(limit, 15) == 10
    limit.begin("ada", "192.0.2.10").right()
    with local_services.redis(tmp_path, again=service):
        # Back: nobody is locked out by what was, and tries have their bound again.
        assert _tried(limit, 15) == 10
        limit.begin("ada", "192.0.2.10").right()
    client.close()


def _tried(limit: LoginLimit, count: int) -> int:
    """How many of so many wrong passwords were looked at."""
    tried = 0
    for _ in range(count):
        try:
            limit.begin("ada", "203.0.113.20").wrong()
        except TooManyLogins:
            continue
        tried += 1
    return tried
