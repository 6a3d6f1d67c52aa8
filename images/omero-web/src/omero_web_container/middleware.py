"""Sessions, and what users see while Redis, which holds them, is away."""

from __future__ import annotations

import logging
from typing import Any, Final

import redis
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django_redis.exceptions import ConnectionInterrupted

from omero_plugin_common import redis_client
from omero_web_container.circuit import Circuit
from omero_web_container.one_moment import one_moment
from omero_web_container.session_store import CopiesAway, takes_no_writes

LOGGER: Final = logging.getLogger(__name__)
# A page that asks again is back within five seconds of Redis: this, a question of the circuit that
# is under way, and the pause after it.
RETRY_SECONDS: Final = 3
_AWAY: Final = (ConnectionInterrupted, redis.RedisError, CopiesAway)
_ASK_SECONDS: Final = 0.5
_WHAT: Final = (
    "OMERO.web cannot reach its session store. You stay logged in, and your data is not affected."
)


class Sessions(SessionMiddleware):  # type: ignore[misc]
    """Django's own, with 503 and a word of explanation where Redis does not answer.

    The session is read before the view is called. OMERO.web's `login_required` takes an error in
    reading it for a user who has no connection to OMERO, and its views then fail.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._circuit = Circuit("Redis", redis_answers, ask_seconds=_ASK_SECONDS)

    def process_request(self, request: Any) -> HttpResponse | None:
        """Read the session."""
        super().process_request(request)
        if self._circuit.is_open:
            return unavailable(request, None)
        return self._answer_for(request)

    def process_response(self, request: Any, response: Any) -> Any:
        """Save the session."""
        try:
            return super().process_response(request, response)
        except _AWAY as error:
            return unavailable(request, error)

    def process_exception(self, request: Any, error: Exception) -> Any:
        """A view that asked for something cached, or that failed because Redis is gone by now."""
        if isinstance(error, _AWAY):
            return unavailable(request, error)
        return self._answer_for(request)

    def _answer_for(self, request: Any) -> HttpResponse | None:
        """503 when Redis does not answer."""
        try:
            request.session.reach()
        except CopiesAway as error:
            # The trouble of those whom Redis does not know.
            return unavailable(request, error)
        except _AWAY as error:
            self._circuit.failed(type(error.__cause__ or error).__name__)
            return unavailable(request, None)
        return None


def redis_answers() -> bool:
    """Whether Redis answers a new connection within a second."""
    try:
        with redis_client.new_client(
            redis_client.CACHE_DATABASE, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def unavailable(request: Any, error: Exception | None) -> HttpResponse:
    """503, as JSON where a script asks."""
    if isinstance(error, CopiesAway):
        LOGGER.warning("Redis does not have the session, and the plugin database does not answer")
    elif error is not None:
        why = "takes no writes" if takes_no_writes(error) else "does not answer"
        LOGGER.warning("Redis %s: %s", why, type(error.__cause__ or error).__name__)
    return one_moment(request, _WHAT, code="redis_away", seconds=RETRY_SECONDS)
