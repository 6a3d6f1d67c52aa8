"""Since when a server gives no answer, in Redis: all web pods say the same.

It is the moment at which somebody's request first got none. Without Redis nobody knows it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

import redis

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.redis_client import CACHE_DATABASE, connection

LOGGER: Final = logging.getLogger(__name__)
_KEY: Final = "omeroweb_admin_tools:unavailable:"
# After a week without a question, nobody knows whether it was unavailable all the time.
_KEPT_SECONDS: Final = 7 * 86_400
_WITHIN_SECONDS: Final = 1.0
_NO_REDIS: Final = (redis.RedisError, EnvironmentProblem)


def failed(server: str) -> str | None:
    """A server gave no answer; since when that is so (ISO 8601, UTC), where it is known.

    Args:
        server: a name for it, without spaces.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        client = connection(CACHE_DATABASE, _WITHIN_SECONDS)
        client.set(f"{_KEY}{server}", now, nx=True, ex=_KEPT_SECONDS)
        client.expire(f"{_KEY}{server}", _KEPT_SECONDS)
        stored = client.get(f"{_KEY}{server}")
    except _NO_REDIS as error:
        LOGGER.warning("since when %s is unavailable is not known: %s", server, error)
        return None
    return stored.decode() if isinstance(stored, bytes) else None


def answered(server: str) -> None:
    """A server gave an answer."""
    try:
        connection(CACHE_DATABASE, _WITHIN_SECONDS).delete(f"{_KEY}{server}")
    except _NO_REDIS as error:
        LOGGER.warning("that %s answers again is not stored: %s", server, error)
