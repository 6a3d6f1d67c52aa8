"""The cache in Redis, where nothing stays for ever."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.client import DefaultClient


class ExpiringClient(DefaultClient):  # type: ignore[misc]
    """Stores what is meant to stay for ever for the default time.

    Redis may evict keys that expire, and no others; OMERO.web stores look-up tables without an end.
    """

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, **options: Any) -> bool:
        """As in Django, except that no time-out means the default one."""
        chosen = DEFAULT_TIMEOUT if timeout is None else timeout
        return bool(super().set(key, value, timeout=chosen, **options))
