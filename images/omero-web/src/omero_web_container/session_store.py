"""Sessions in the cache; one that cannot be read is not taken for one that has ended."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import cache


class SessionStore(cache.SessionStore):  # type: ignore[misc]
    """Django's own takes any error for an empty session, and the browser would lose its cookie."""

    def load(self) -> dict[str, Any]:
        """The session's content; empty when Redis has none under its key.

        Raises:
            django_redis.exceptions.ConnectionInterrupted: Redis does not answer.
        """
        data: dict[str, Any] | None = self._cache.get(self.cache_key)
        if data is None:
            self._session_key = None
            return {}
        return data
