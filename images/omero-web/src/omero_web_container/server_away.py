"""What users see while OMERO.server does not answer: "One moment", and not the login page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse

from omero_web_container.omero_client import NO_ANSWER
from omero_web_container.one_moment import one_moment
from omero_web_container.request_context import CURRENT

RETRY_SECONDS: Final = 5
_WHAT: Final = "OMERO.server does not answer at the moment. You are still logged in."


class ServerAway:
    """Django's middleware: whatever a view made of the missing connection is answered with 503."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        """Made by Django, once."""
        self._get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """The view's answer, unless the request ended for lack of one of OMERO.server."""
        response = self._get_response(request)
        context = CURRENT.get()
        if context is None or not context.server_away or response.status_code == 503:
            return response
        response.close()
        return _unavailable(request)

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        """A view whose own call got no answer, or lost its connection."""
        return _unavailable(request) if isinstance(error, NO_ANSWER) else None


def _unavailable(request: Any) -> HttpResponse:
    return one_moment(request, _WHAT, code="server_away", seconds=RETRY_SECONDS)
