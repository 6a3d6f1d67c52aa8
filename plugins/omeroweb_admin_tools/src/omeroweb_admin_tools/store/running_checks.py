"""The run of checks that is under way, in Redis: each pod adds its results, every pod shows them.

It does not need the plugin database, which may be what is broken.
"""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.redis_client import CACHE_DATABASE, connection

_BEGIN: Final = "omeroweb_admin_tools:run:"
_CURRENT: Final = f"{_BEGIN}current"
# Longer than a run can take, so that one whose process ended does not keep others out.
_CURRENT_SECONDS: Final = 300
_KEPT_SECONDS: Final = 6 * 3600


def begin(id_: UUID, run: dict[str, Any]) -> UUID:
    """Begin a run, unless one is under way; the id of the one that is under way now."""
    redis = connection(CACHE_DATABASE)
    if not redis.set(_CURRENT, str(id_), nx=True, ex=_CURRENT_SECONDS):
        other = redis.get(_CURRENT)
        if isinstance(other, bytes):
            return UUID(other.decode())
        # It has ended at this moment.
        redis.set(_CURRENT, str(id_), ex=_CURRENT_SECONDS)
    write(id_, run)
    return id_


def end(id_: UUID) -> None:
    """Let others begin."""
    redis = connection(CACHE_DATABASE)
    if redis.get(_CURRENT) == str(id_).encode():
        redis.delete(_CURRENT)


def write(id_: UUID, run: dict[str, Any]) -> None:
    """What the run is, without its results."""
    connection(CACHE_DATABASE).set(f"{_BEGIN}{id_}", json.dumps(run), ex=_KEPT_SECONDS)


def add(id_: UUID, result: dict[str, Any]) -> None:
    """A check has ended, or a place has begun with its checks."""
    key = f"{_BEGIN}{id_}:results"
    pipeline = connection(CACHE_DATABASE).pipeline()
    pipeline.rpush(key, json.dumps(result))
    pipeline.expire(key, _KEPT_SECONDS)
    pipeline.execute()


def load(id_: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """A run and what was added to it, in that order; nothing where there is none of this id."""
    redis = connection(CACHE_DATABASE)
    stored = redis.get(f"{_BEGIN}{id_}")
    if not isinstance(stored, bytes):
        return None
    added: Any = redis.lrange(f"{_BEGIN}{id_}:results", 0, -1)
    return json.loads(stored), [json.loads(each) for each in added]
