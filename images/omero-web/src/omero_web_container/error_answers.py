"""What a caller sees of an error: a sentence and the reference under which the log has the rest.

OMERO.web and its applications put tracebacks into pages and JSON, and answer 500 to requests that
are wrong. Three parts repair that for all views: the page of errors, a middleware, and
`hide_traces`, which gives their modules another `traceback`.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable, Collection
from typing import Any, Final

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render

from omero_plugin_common.request_utils import wants_page
from omero_plugin_common.session_ids import without_session_ids
from omero_web_container import limits
from omero_web_container.caller_fault import fault_of_caller
from omero_web_container.request_context import CURRENT

LOGGER: Final = logging.getLogger(__name__)
# Of Python, and of Java in OMERO.server.
_TRACE: Final = re.compile(
    rb"Traceback \(most recent call last\)|serverStackTrace|\n[ \t]+at [\w.$]+\("
    rb"|File (?:\"|&quot;|\\\")/"
)
_NO_OBJECT: Final = "There is no such object, or you may not see it."
_UNREADABLE: Final = (
    "This request cannot be read, or is larger than the site allows: a form may have "
    f"{limits.FORM_FIELDS} fields and {limits.FORM_BYTES // 2**20} MB besides its files."
)
_OLD_FORM: Final = (
    "This form was open for too long, or you have logged in or out since. Go back, reload the page "
    "and send the form again."
)


class ErrorAnswers:
    """The middleware: wrong requests are 4xx, and no answer shows a trace."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Look through answers that say that something failed."""
        response = self._get_response(request)
        if response.status_code < 400 or response.streaming:
            return response
        context = CURRENT.get()
        failed = context.failed if context else None
        if response.status_code == 500 and failed and (said := fault_of_caller(failed, request)):
            return _answer(request, *said)
        if response.status_code == 500 and not failed and context and context.found_nothing:
            # The view has looked, and chose the wrong number.
            return _answer(request, 404, _NO_OBJECT)
        if response.status_code >= 500:
            _without_session_ids(response)
        if _TRACE.search(response.content):
            LOGGER.warning("removed from the answer: %s", response.content[:10_000].decode())
            return _answer(request, response.status_code, _internal(request))
        return response

    def process_exception(self, request: Any, error: Exception) -> Any:
        """Answer what is the caller's fault; the others become Django's page of errors."""
        if isinstance(error, Http404):
            return None
        if said := fault_of_caller(error, request):
            LOGGER.warning("%s is refused: %s", request.path, said[1], exc_info=error)
            return _answer(request, *said)
        return None


def server_error(request: Any) -> HttpResponse:
    """The page for what nobody expected (`handler500`); Django has logged the trace."""
    return _answer(request, 500, _internal(request))


def bad_request(request: Any, exception: Exception) -> HttpResponse:
    """The page for what Django itself refuses (`handler400`)."""
    return _answer(request, 400, _UNREADABLE)


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """A form without its token: OMERO.web's JSON for scripts, and words for people."""
    if wants_page(request):
        return _answer(request, 403, _OLD_FORM)
    text = f"CSRF Failed: {reason}"
    body = {"error": text, "message": text, "requestId": _reference(request)}
    return JsonResponse(body, status=403)


def _without_session_ids(response: Any) -> None:
    """Some of OMERO.py's exceptions show the options of a call, with the id of the session."""
    text = response.content.decode(response.charset, "replace")
    if (shortened := without_session_ids(text)) != text:
        response.content = shortened
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))


def _reference(request: Any) -> str:
    return str(request.META.get("HTTP_X_REQUEST_ID", "unknown"))


def _internal(request: Any) -> str:
    reference = _reference(request)
    return (
        f"Something went wrong on the server. The log has the details under reference {reference}."
    )


def _answer(request: Any, status: int, text: str) -> HttpResponse:
    """As JSON where a script asks, else as a page in OMERO.web's look."""
    if not wants_page(request):
        body = {"error": text, "message": text, "requestId": _reference(request)}
        return JsonResponse(body, status=status)
    if status >= 500:
        return render(request, "500-nosubmit.html", {"error500": text}, status=status)
    return render(request, "error.html", {"error": text}, status=status)


class _NoTraces:
    """The module `traceback` for views: what they would show is logged instead."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self, *_: Any, **__: Any) -> str:
        """Instead of the trace, where it is."""
        error, context = sys.exc_info()[1], CURRENT.get()
        if context:
            context.failed = error
        # OMERO.web's own exceptions of wrong requests have a status.
        if getattr(error, "status", 500) >= 500 and not isinstance(error, Http404):
            LOGGER.warning("a view caught this", exc_info=error)
        reference = context.request_id if context else "unknown"
        return f"{type(error).__name__}; the log has the details under reference {reference}"


def hide_traces(packages: Collection[str]) -> None:
    """Keep traces out of what views write themselves.

    Args:
        packages: whose modules, loaded by now, are looked through.
    """
    import omero

    quiet = _NoTraces()
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in packages and getattr(module, "traceback", None) is traceback:
            module.traceback = quiet  # type: ignore[attr-defined]
    _say_message_only(omero.ServerError)


def _say_message_only(kind: Any) -> None:
    """Make the text of exceptions their message; as Ice makes them, it has OMERO.server's trace."""
    kind.__str__ = kind.__repr__ = lambda error: str(error.message or type(error).__name__)
    for each in kind.__subclasses__():
        _say_message_only(each)
