"""Sessions of another version of the image are forgotten: nobody reads what it had stored.

Keys of the cache hold the version that wrote them, so even while pods of two versions run side by
side neither reads the other's. What the others left is removed once, by the first pod of a version.
"""

from __future__ import annotations

import logging
import os
from typing import Final

import redis

from omero_plugin_common.redis_client import CACHE_DATABASE, QUEUE_DATABASE, connection

LOGGER: Final = logging.getLogger(__name__)
# With the queue, since Redis never evicts that; without an end, as it is one key.
VERSION_KEY: Final = "omero-web:version"
_BATCH: Final = 500


def image_version() -> str:
    """The version of this image; the same for all its pods."""
    return os.environ.get("OMERO_WEB_IMAGE_VERSION", "development")


def key_prefix() -> str:
    """What the keys of this version's cache begin with."""
    return f"web-{image_version()}"


def forget_other_versions() -> bool:
    """Remove the sessions and cached values of other versions, if nobody has yet.

    Exactly one of several processes that start at once does it: the one that finds another
    version's name when it writes its own.

    Returns:
        Whether this process did it.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    version = image_version()
    before = connection(QUEUE_DATABASE).set(VERSION_KEY, version, get=True)
    if before is not None and bytes(before).decode() == version:  # type: ignore[arg-type]
        return False
    cache = connection(CACHE_DATABASE)
    own = f"{key_prefix()}:".encode()
    batch: list[bytes] = []
    for key in cache.scan_iter(count=_BATCH):
        if not key.startswith(own):
            batch.append(key)
        if len(batch) == _BATCH:
            cache.unlink(*batch)
            batch.clear()
    if batch:
        cache.unlink(*batch)
    return True


def forget_if_reachable() -> None:
    """The same at the start of a pod, which does not wait for Redis: a later start does it then."""
    try:
        if forget_other_versions():
            LOGGER.info("sessions of other versions were deleted: their users must log in again")
    except redis.RedisError as error:
        LOGGER.warning("Redis does not answer, old sessions stay for now: %s", error)
