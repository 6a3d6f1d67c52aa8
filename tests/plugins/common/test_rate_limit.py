"""The rate limit against a real Redis, by its rule and by many processes."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import local_services
from free_ports import free_port
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import RateLimited
from omero_plugin_common.rate_limit import RateLimiter

START = 1_800_000_000.0


class Rule:
    """The rule as it is written down, for one identity in one process."""

    def __init__(self) -> None:
        """Nothing happened yet; times are microseconds."""
        self.actions: list[int] = []
        self.blocked_until = 0

    def attempt(self, now: int) -> int:
        """Microseconds to wait."""
        self.actions = [time for time in self.actions if now - time <= 60_000_000]
        if now < self.blocked_until:
            return self.blocked_until - now
        self.actions.append(now)
        if len(self.actions) > 6:
            self.blocked_until = now + 60_000_000
            return 60_000_000
        self.blocked_until = 0
        return 0


def limiter(client: redis.Redis, scope: str = "major", **more: Any) -> RateLimiter:
    return RateLimiter(scope, client=lambda: client, **more)


def test_the_written_down_sequence(redis_client: redis.Redis) -> None:
    limit = limiter(redis_client)
    expected = {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 60, 7: 59, 65.9: 0.1, 66.0: 0, 66.1: 0}
    waits = {
        at: pytest.approx(limit.wait("omero:ada", now=START + at), abs=1e-5) for at in expected
    }
    assert expected == waits


def test_an_action_exactly_a_minute_old_still_counts(redis_client: redis.Redis) -> None:
    limit = limiter(redis_client)
    for at in (0, 10, 10, 10, 10, 10):
        assert limit.wait("a", now=START + at) == 0
    assert limit.wait("a", now=START + 60) == 60
    for at in (0, 10, 10, 10, 10, 10):
        assert limit.wait("b", now=START + at) == 0
    assert limit.wait("b", now=START + 60.000001) == 0


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gaps=st.lists(st.one_of(st.integers(0, 3), st.integers(0, 70_000_000)), max_size=40))
def test_the_script_is_the_rule(redis_client: redis.Redis, gaps: list[int]) -> None:
    redis_client.flushall()
    limit, rule, now = limiter(redis_client), Rule(), int(START) * 1_000_000
    for gap in gaps:
        now += gap
        assert round(limit.wait("x", now=now / 1_000_000) * 1_000_000) == rule.attempt(now)


def test_identities_and_scopes_count_apart(redis_client: redis.Redis) -> None:
    limit = limiter(redis_client)
    for _ in range(6):
        limit.check("omero:ada")
    with pytest.raises(RateLimited) as caught:
        limit.check("omero:ada")
    assert caught.value.status == 429
    assert caught.value.retry_after == 60
    assert caught.value.as_json()["retryAfter"] == 60
    assert "60 seconds" in caught.value.message
    limit.check("omero:grace")
    limiter(redis_client, "preview").check("omero:ada")


def test_what_is_kept_expires(redis_client: redis.Redis) -> None:
    limiter(redis_client).check("omero:ada")
    (key,) = redis_client.keys()
    assert 0 < redis_client.ttl(key) <= 120


def _attempt(port: int, password: str, barrier: Any, waits: Any) -> None:
    client = redis.Redis(port=port, password=password)
    limit = limiter(client)
    barrier.wait()
    waits.put(limit.wait("omero:ada"))


def test_twenty_processes_at_once_get_six(
    redis: local_services.Service, redis_client: redis.Redis
) -> None:
    context = multiprocessing.get_context("fork")
    barrier, waits = context.Barrier(20), context.Queue()
    arguments = (redis.port, redis.password, barrier, waits)
    processes = [context.Process(target=_attempt, args=arguments) for _ in range(20)]
    for process in processes:
        process.start()
    got = [waits.get(timeout=30) for _ in processes]
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert sum(wait == 0 for wait in got) == 6
    assert all(59 < wait <= 60 for wait in got if wait)


def _nobody() -> redis.Redis:
    return redis.Redis(port=free_port())


def test_without_redis_it_fails_as_configured(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert RateLimiter("x", client=_nobody, without_redis="closed").wait("a") == 60
    assert RateLimiter("x", client=_nobody, without_redis="open").wait("a") == 0
    assert RateLimiter("x", client=_nobody).wait("a") == 60
    monkeypatch.setenv("RATE_LIMIT_WITHOUT_REDIS", "open")
    assert RateLimiter("x", client=_nobody).wait("a") == 0
    monkeypatch.setenv("RATE_LIMIT_WITHOUT_REDIS", "ajar")
    with pytest.raises(EnvironmentProblem, match="RATE_LIMIT_WITHOUT_REDIS"):
        RateLimiter("x", client=_nobody).wait("a")
    assert "rate limit without Redis" in caplog.text
