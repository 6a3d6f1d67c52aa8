"""Counts actions per identity in Redis, so that all processes of a site count together.

The rule: six actions within sixty seconds are allowed. The seventh is refused, counted, and blocks
the identity for sixty seconds; attempts during the block are refused and change nothing. An attempt
is one Lua script, which Redis runs alone, on Redis's own clock.

The limit on logins in the image omero-web (`login_limit/buckets.py`) is another mechanism, since
its rule is another: it must not block, so that nobody locks others out, and must outlive a full
Redis. Here a block is wanted, and concerns the user who caused it alone. Redis may evict a count:
whoever makes it do so gains a few actions, which are allowed in the next minute anyway.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from importlib import resources
from typing import Any, Final, Literal

import redis

from omero_plugin_common.env_utils import InvalidValue, get_env
from omero_plugin_common.errors import RateLimited
from omero_plugin_common.redis_client import CACHE_DATABASE, connection

LOGGER: Final = logging.getLogger(__name__)
ACTIONS: Final = 6
WINDOW_SECONDS: Final = 60.0
BLOCK_SECONDS: Final = 60.0
_MICROSECONDS: Final = 1_000_000
_SCRIPT: Final = resources.files(__package__).joinpath("limit.lua").read_text(encoding="utf-8")

WithoutRedis = Literal["closed", "open"]


class RateLimiter:
    """A limit that all its users share.

    Args:
        scope: part of the key in Redis; limiters of one scope count together.
        actions: how many are allowed within the window.
        window: seconds.
        block: seconds that one too many costs.
        without_redis: `closed` refuses, `open` allows while Redis is away; when not given,
            RATE_LIMIT_WITHOUT_REDIS decides, and without that it is `closed`.
        client: gives the Redis to use; the platform's when not given.
    """

    def __init__(
        self,
        scope: str,
        *,
        actions: int = ACTIONS,
        window: float = WINDOW_SECONDS,
        block: float = BLOCK_SECONDS,
        without_redis: WithoutRedis | None = None,
        client: Callable[[], redis.Redis] | None = None,
    ) -> None:
        self._scope = scope
        self._actions = actions
        self._window = window
        self._block = block
        self._without_redis = without_redis
        self._client = client or (lambda: connection(CACHE_DATABASE))

    def wait(self, identity: str, *, now: float | None = None) -> float:
        """Count one attempt.

        Args:
            identity: whose; see `identity_of`.
            now: seconds since 1970 instead of Redis's clock, for tests.

        Returns:
            Seconds to wait; 0 when the action is allowed.
        """
        arguments: list[Any] = [
            self._actions,
            round(self._window * _MICROSECONDS),
            round(self._block * _MICROSECONDS),
        ]
        if now is not None:
            arguments.append(round(now * _MICROSECONDS))
        try:
            waiting = self._client().eval(
                _SCRIPT, 1, f"rate_limit:{self._scope}:{identity}", *arguments
            )
        except redis.RedisError as error:
            return self._answer_without_redis(error)
        return int(waiting) / _MICROSECONDS

    def check(self, identity: str) -> None:
        """Count one attempt, and refuse it when there were too many.

        Raises:
            RateLimited: with the seconds to wait.
        """
        seconds = self.wait(identity)
        if seconds > 0:
            raise RateLimited(
                f"Too many actions in a short time. Try again in {spoken(seconds)}",
                retry_after=seconds,
            )

    def _answer_without_redis(self, error: redis.RedisError) -> float:
        policy = self._without_redis or _configured()
        LOGGER.error("rate limit without Redis (%s): %s", type(error).__name__, policy)
        return self._block if policy == "closed" else 0.0


def spoken(seconds: float) -> str:
    """A waiting time in words, rounded up; above a minute in minutes and seconds."""
    whole = math.ceil(seconds)
    if whole <= 60:
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s"


def _configured() -> WithoutRedis:
    match get_env("RATE_LIMIT_WITHOUT_REDIS", "closed"):
        case "closed":
            return "closed"
        case "open":
            return "open"
        case other:
            raise InvalidValue(f"RATE_LIMIT_WITHOUT_REDIS={other!r} is neither closed nor open")
