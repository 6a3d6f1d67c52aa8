"""Sessions, and what users see while Redis, which holds them, is away."""

from __future__ import annotations

import logging
from typing import Any, Final

import redis
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse, JsonResponse
from django_redis.exceptions import ConnectionInterrupted

LOGGER: Final = logging.getLogger(__name__)
RETRY_SECONDS: Final = 5
_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>One moment</title>"
    f"<meta http-equiv=refresh content={RETRY_SECONDS}>"
    "<h1>One moment, please</h1><p>OMERO.web cannot reach its session store and tries again by "
    "itself. You may have to log in again; your data is not affected."
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
    scripted = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    if scripted or "application/json" in request.headers.get("Accept", ""):
        text = "OMERO.web cannot reach its session store; try again in a moment"
        response = JsonResponse({"error": text, "code": "unavailable"}, status=503)
    else:
        response = HttpResponse(_PAGE, status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
