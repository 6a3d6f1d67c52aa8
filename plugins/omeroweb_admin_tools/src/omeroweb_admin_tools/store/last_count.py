"""The last count of usage, in Redis: all web processes show the same one, with one age.

It may be gone at any time. Without Redis each request counts.
"""

from __future__ import annotations

import json
import logging
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

import redis

from omero_plugin_common.redis_client import CACHE_DATABASE, connection
from omeroweb_admin_tools.planning.usage import Group, Usage, User

LOGGER: Final = logging.getLogger(__name__)
# A count is shown this long before somebody's request counts again.
FRESH_SECONDS: Final = 300
_KEY: Final = "omeroweb_admin_tools:usage:1"


@dataclass(frozen=True, slots=True)
class Counted:
    """A count and its moment."""

    usage: Usage
    moment: datetime

    @property
    def age(self) -> float:
        """Seconds."""
        return (datetime.now(UTC) - self.moment).total_seconds()


def load() -> Counted | None:
    """The last count, unless it is too old."""
    try:
        stored = connection(CACHE_DATABASE).get(_KEY)
    except redis.RedisError as error:
        LOGGER.warning("the last count of usage cannot be read: %s", type(error).__name__)
        return None
    return _read(stored) if isinstance(stored, bytes) else None


def store(counted: Counted) -> None:
    """Let other requests show it."""
    try:
        connection(CACHE_DATABASE).set(_KEY, _written(counted), ex=FRESH_SECONDS)
    except redis.RedisError as error:
        LOGGER.warning("a count of usage cannot be stored: %s", type(error).__name__)


def _written(counted: Counted) -> bytes:
    usage = counted.usage
    whole = {
        "moment": counted.moment.isoformat(),
        "free": usage.free,
        "users": [asdict(user) for user in usage.users.values()],
        "groups": [
            asdict(group) | {"members": sorted(group.members)} for group in usage.groups.values()
        ],
        "bytes": [[user, group, size] for (user, group), size in usage.bytes.items()],
    }
    return zlib.compress(json.dumps(whole).encode(), level=1)


def _read(stored: bytes) -> Counted:
    whole = json.loads(zlib.decompress(stored))
    users = (User(**each) for each in whole["users"])
    groups = (Group(**each | {"members": set(each["members"])}) for each in whole["groups"])
    usage = Usage(
        users={user.id: user for user in users},
        groups={group.id: group for group in groups},
        bytes={(user, group): size for user, group, size in whole["bytes"]},
        free=whole["free"],
    )
    return Counted(usage, datetime.fromisoformat(whole["moment"]))
