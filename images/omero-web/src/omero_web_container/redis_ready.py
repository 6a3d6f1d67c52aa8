"""Whether a Redis of others takes writes: the readiness probe of the pod that asks it.

The operator takes the first word of what a failed probe says, where it is in CamelCase and before a
colon, as the reason of its condition.
"""

from __future__ import annotations

import sys
from typing import Final

import redis
from redis.sentinel import MasterNotFoundError

from omero_plugin_common.redis_client import CACHE_DATABASE, connection, told_by_sentinels

# The same key as in the probe of a managed one; it ends, as all in this database do.
_KEY: Final = "omero-platform:probe"
_SECONDS: Final = 60
_SENTINEL_SECONDS: Final = 1.0


def run() -> int:
    """Exit code 0 when a key was written; else what Redis says, on standard error."""
    try:
        connection(CACHE_DATABASE).set(_KEY, "1", ex=_SECONDS)
    except redis.exceptions.OutOfMemoryError as error:
        advice = "delete keys that never expire, or give it more memory"
        return _failed("TakesNoWrites", f"Redis is full ({error}): {advice}")
    except redis.ResponseError as error:
        return _failed("TakesNoWrites", f"Redis rejected a write: {error}")
    except MasterNotFoundError:
        told = told_by_sentinels(_SENTINEL_SECONDS)
        return _failed("NoMaster", f"no Sentinel names a working master {told}")
    except redis.RedisError as error:
        return _failed("ServerUnreachable", f"Redis cannot be used: {error}")
    return 0


def _failed(reason: str, words: str) -> int:
    sys.stderr.write(f"{reason}: {' '.join(words.split())}\n")
    return 1
