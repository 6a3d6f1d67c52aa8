"""Connections to the platform's Redis, one pool per process and database."""

from __future__ import annotations

import os
from functools import cache
from typing import Final
from urllib.parse import quote

import redis

from omero_plugin_common.env_utils import get_env, get_int_env, get_secret_env

# Sessions, cache and counters: every key expires, and Redis may evict it.
CACHE_DATABASE: Final = 1
# Celery's messages and results.
QUEUE_DATABASE: Final = 2
_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 5.0


def redis_url(database: int) -> str:
    """The address of one of the platform's Redis databases, with the password.

    Raises:
        EnvironmentProblem: REDIS_HOST, REDIS_PORT or REDIS_PASSWORD_FILE cannot be used.
    """
    host = get_env("REDIS_HOST")
    port = get_int_env("REDIS_PORT", 6379, low=1, high=65535)
    password = quote(get_secret_env("REDIS_PASSWORD_FILE"), safe="")
    return f"redis://:{password}@{host}:{port}/{database}"


def connection(database: int) -> redis.Redis:
    """A client of one of the databases; a restarted Redis is connected to anew."""
    return _client(os.getpid(), database)


@cache
def _client(_process: int, database: int) -> redis.Redis:
    """Sockets are not shared with a parent process, so each process has its own client."""
    return redis.Redis.from_url(
        redis_url(database),
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        # A connection that died while it lay in the pool is replaced instead of used.
        health_check_interval=15,
    )
