"""Sessions in Redis, with a copy in the plugin database for when Redis has lost them.

A session that cannot be read is not taken for one that has ended. The copy is written when a
session's content changes, and otherwise when a part of the session's life has passed: most requests
change nothing.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from typing import Any, Final

from django.contrib.sessions.backends import cache
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError, ResponseError

from omero_web_container.session_copies import CopiesAway, copies

# Which part of its life a session may be used before its copy is told that it lives on.
_RENEW: Final = 1 / 24
_NONE: Final = ("", 0.0)
# django-redis raises its own error in places, and the cause of it in most.
REFUSED_OR_AWAY: Final = (ConnectionInterrupted, RedisError)


class SessionStore(cache.SessionStore):  # type: ignore[misc]
    """Django's own, which takes any error for an empty session, and has no copy."""

    # The digest of the content that was copied, and when.
    _copied: tuple[str, float] = _NONE

    def reach(self) -> None:
        """Ask Redis for the session's content; for a sign of life where there is nothing to ask.

        Raises:
            ConnectionInterrupted, RedisError: Redis does not answer.
            CopiesAway: Redis has no such session, and the plugin database does not answer.
        """
        if self.session_key is None or hasattr(self, "_session_cache"):
            self._cache.client.get_client().ping()
        else:
            self._get_session()
            # What a page depends on is decided by its view.
            self.accessed = False

    def load(self) -> dict[str, Any]:
        """The session's content; empty when neither Redis nor the copies have it.

        Raises:
            ConnectionInterrupted, RedisError: Redis does not answer.
            CopiesAway: the plugin database does not answer.
        """
        kept = self._cache.get(self.cache_key) or self._restored()
        if kept is None:
            self._session_key = None
            return {}
        self._copied = kept["copied"]
        content: dict[str, Any] = kept["content"]
        return content

    def save(self, must_create: bool = False) -> None:
        """Store the content in Redis, and soon in its copy.

        Raises:
            CreateError: there is a session of this key already.
            UpdateError: there is none any more.
            ConnectionInterrupted, RedisError: Redis does not answer.
            CopiesAway: Redis takes no writes, and the plugin database does not answer.
        """
        if self.session_key is None:
            self.create()
            return
        content, age = self._get_session(no_load=must_create), self.get_expiry_age()
        text, where = self._as_text(content), copies()
        digest = hashlib.sha256(text.encode()).hexdigest()
        old = _NONE if must_create else self._copied
        fresh = old[0] == digest and time.time() - old[1] < age * _RENEW
        self._copied = old if fresh else (digest, time.time())
        value = {"content": content, "copied": self._copied}
        try:
            if must_create and not self._cache.add(self.cache_key, value, age):
                raise CreateError
            if not must_create and not self._cache.set(self.cache_key, value, age, xx=True):
                # Redis has lost it, or its user has logged out meanwhile.
                if not self._has_copy():
                    raise UpdateError
                self._cache.set(self.cache_key, value, age)
        except REFUSED_OR_AWAY as error:
            if where is None or not takes_no_writes(error):
                raise
            if not must_create and not self.exists(self.session_key) and not self._has_copy():
                raise UpdateError from None
            # Redis is full: its old value goes, else it would be read again.
            self._cache.delete(self.cache_key)
            where.put_now(self.session_key, text, time.time() + age)
            return
        if where is not None and not fresh:
            where.put(self.session_key, text, time.time() + age)

    def delete(self, session_key: str | None = None) -> None:
        """End a session, and its copy."""
        key = session_key or self.session_key
        if key is None:
            return
        super().delete(key)
        if (where := copies()) is not None:
            where.delete(key)

    def _restored(self) -> dict[str, Any] | None:
        """The copy, which Redis has again from then on."""
        where = copies()
        found = None if where is None else where.get(self.session_key)
        if found is None:
            return None
        text, ends = found
        digest = hashlib.sha256(text.encode()).hexdigest()
        # As if the copy were old: its end is not known to have been moved lately.
        kept = {
            "content": self.serializer().loads(text.encode("latin-1")),
            "copied": (digest, 0.0),
        }
        with suppress(*REFUSED_OR_AWAY):
            self._cache.set(self.cache_key, kept, ends - time.time())
        return kept

    def _has_copy(self) -> bool:
        where = copies()
        return where is not None and where.get(self.session_key) is not None

    def _as_text(self, content: dict[str, Any]) -> str:
        return str(self.serializer().dumps(content).decode("latin-1"))


def takes_no_writes(error: BaseException) -> bool:
    """Whether Redis answered, and refused: its memory is full, or it is a replica."""
    return isinstance(error.__cause__ or error, ResponseError)


__all__ = ["CopiesAway", "SessionStore", "takes_no_writes"]
