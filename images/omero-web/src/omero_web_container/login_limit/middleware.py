"""Status 429 for a refused login, and the cookie after a good one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import JsonResponse

from omero_plugin_common.request_utils import wants_page
from omero_web_container.login_limit import known_browser
from omero_web_container.login_limit.limiter import TooManyLogins
from omero_web_container.login_limit.ways_in import VISIT, Visit, as_refusal


class LoginLimitMiddleware:
    """Next to the views, so that its answers get OMERO.web's CSRF token as others do."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Answer a request."""
        visit = Visit(request.META.get("REMOTE_ADDR", ""), known_browser.read(request))
        token = VISIT.set(visit)
        try:
            response = self._get_response(request)
        finally:
            VISIT.reset(token)
        if visit.refused is not None:
            response = _answer(request, visit.refused)
        if visit.logged_in is not None:
            known_browser.write(response, visit.browser.after_login(visit.logged_in))
        return response

    def process_exception(self, request: Any, error: Exception) -> Any:
        """A view of an application that logs in by itself."""
        return _answer(request, error) if isinstance(error, TooManyLogins) else None


def _answer(request: Any, error: TooManyLogins) -> Any:
    """The login page with the reason; JSON where a script asks."""
    from omeroweb.webclient.views import WebclientLoginView

    if wants_page(request):
        response = WebclientLoginView().handle_not_logged_in(request, error.message)
    else:
        # `message` is what OMERO.web's JSON API has in its errors.
        response = JsonResponse(error.as_json() | {"message": error.message})
    return as_refusal(response, error)
