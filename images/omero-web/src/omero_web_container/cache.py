"""The cache in Redis: nothing large, and nothing for long.

It shares Redis's memory with sessions and with the queue of jobs. What applications put into it can
be made again at any time.
"""

from __future__ import annotations

from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.client import DefaultClient

LONGEST_SECONDS: Final = 3600
LARGEST_BYTES: Final = 1024 * 1024


class TooLarge(Exception):
    """A value that the cache does not take."""


class BoundedClient(DefaultClient):  # type: ignore[misc]
    """Stores values for an hour at most, also those that are meant to stay for ever."""

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, **options: Any) -> bool:
        """As in Django; a value that is too large is not stored, and the old one goes."""
        if timeout is None or timeout is DEFAULT_TIMEOUT:
            timeout = LONGEST_SECONDS
        try:
            return bool(super().set(key, value, min(timeout, LONGEST_SECONDS), **options))
        except TooLarge:
            named = {name: options.get(name) for name in ("version", "client")}
            self.delete(key, **named)
            return False

    def encode(self, value: Any) -> Any:
        """The bytes that are stored.

        Raises:
            TooLarge: there are too many.
        """
        encoded = super().encode(value)
        if isinstance(encoded, bytes) and len(encoded) > LARGEST_BYTES:
            raise TooLarge
        return encoded
