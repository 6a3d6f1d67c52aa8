"""Sessions, and what users see while Redis, which holds them, is away."""

from __future__ import annotations

import logging
from typing import Any, Final

import redis
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django_redis.exceptions import ConnectionInterrupted

from omero_web_container.one_moment import one_moment

LOGGER: Final = logging.getLogger(__name__)
RETRY_SECONDS: Final = 5
_WHAT: Final = (
    "OMERO.web cannot reach its session store. You may have to log in again; your data is not "
    "affected."
)


class Sessions(SessionMiddleware):  # type: ignore[misc]
    """Django's own, with 503 and a word of explanation where Redis does not answer."""

    def process_response(self, request: Any, response: Any) -> Any:
        """Save the session."""
        try:
            return super().process_response(request, response)
        except (ConnectionInterrupted, redis.RedisError) as error:
            return unavailable(request, error)

    def process_exception(self, request: Any, error: Exception) -> Any:
        """A view that asked for the session, or for something cached."""
        if isinstance(error, ConnectionInterrupted | redis.RedisError):
            return unavailable(request, error)
        return None


def unavailable(request: Any, error: Exception) -> HttpResponse:
    """503, as JSON where a script asks."""
    LOGGER.warning("Redis does not answer: %s", type(error.__cause__ or error).__name__)
    return one_moment(request, _WHAT, code="unavailable", seconds=RETRY_SECONDS)
