"""What users see while OMERO.server does not answer: "One moment", and not the login page.

Whoever logs in at that time gets the form again, with the name that was typed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse

from omero_plugin_common.omero_client import NO_ANSWER
from omero_plugin_common.request_utils import wants_page
from omero_web_container.one_moment import later, one_moment
from omero_web_container.request_context import CURRENT

RETRY_SECONDS: Final = 5
_WHAT: Final = "OMERO.server does not answer at the moment. You are still logged in."
_NOBODY_LOGS_IN: Final = (
    "OMERO.server does not answer at the moment, so nobody can log in. Your password was not "
    "checked. Try again in a few seconds."
)


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


def explain_logins() -> None:
    """Answer a login that OMERO.server did not look at with 503; once in a process.

    OMERO.web's own answer is 200 for a form and 403, as for a wrong password, for its JSON API.
    """
    from omeroweb.webclient.views import WebclientLoginView
    from omeroweb.webgateway.views import LoginView

    for view in (LoginView, WebclientLoginView):
        view.handle_not_logged_in = _explained(view.handle_not_logged_in)


def _explained(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @functools.wraps(answer)
    def handle_not_logged_in(
        self: Any, request: Any, error: Any = None, form: Any = None
    ) -> HttpResponse:
        context = CURRENT.get()
        if context is None or not context.no_answer:
            return answer(self, request, error, form)
        if not wants_page(request):
            return _unavailable(request, _NOBODY_LOGS_IN)
        # A form that is shown again has the name; Django shows no password again.
        return later(answer(self, request, _NOBODY_LOGS_IN, form), RETRY_SECONDS)

    return handle_not_logged_in


def _unavailable(request: Any, what: str = _WHAT) -> HttpResponse:
    return one_moment(request, what, code="server_away", seconds=RETRY_SECONDS)
