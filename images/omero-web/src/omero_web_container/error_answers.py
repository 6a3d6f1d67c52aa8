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
from django.utils.datastructures import MultiValueDictKeyError

from omero_plugin_common.request_utils import wants_page
from omero_web_container.request_context import CURRENT

LOGGER: Final = logging.getLogger(__name__)
BAD_REQUEST: Final = (
    "OMERO.web cannot answer this request: a parameter is missing or has a value that cannot be "
    "used, or an object does not exist or you may not see it."
)
# How Python and Ice word it that a value cannot be what a view expects.
_UNUSABLE: Final = re.compile(
    r"invalid literal for int\(\)"
    r"|could not convert string to float"
    r"|(?:int|float)\(\) argument must be"
    r"|Exceeds the limit"
    r"|invalid value for "
    r"|(?:not enough|too many) values to unpack"
    r"|missing \d+ required positional arguments?: "
    r"|the JSON object must be"
    r"|'NoneType' object is not (?:iterable|subscriptable)"
    r"|object of type 'NoneType' has no len"
)
# Of Python, and of Java in OMERO.server.
_TRACE: Final = re.compile(
    rb"Traceback \(most recent call last\)|serverStackTrace|\n\s+at [\w.$]+\("
    rb"|File (?:\"|&quot;|\\\")/"
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
        if response.status_code == 500 and failed and (said := fault_of_caller(failed)):
            return _answer(request, *said)
        if _TRACE.search(response.content):
            LOGGER.warning("removed from the answer: %s", response.content[:10_000].decode())
            return _answer(request, response.status_code, _internal(request))
        return response

    def process_exception(self, request: Any, error: Exception) -> Any:
        """Answer what is the caller's fault; the others become Django's page of errors."""
        if isinstance(error, Http404):
            return None
        if said := fault_of_caller(error):
            LOGGER.warning("%s is refused: %s", request.path, said[1], exc_info=error)
            return _answer(request, *said)
        return None


def server_error(request: Any) -> HttpResponse:
    """The page for what nobody expected (`handler500`); Django has logged the trace."""
    return _answer(request, 500, _internal(request))


def fault_of_caller(error: BaseException) -> tuple[int, str] | None:
    """Status and sentence if the request is to blame for an error, as far as that can be told.

    Views do not check what they get: a missing parameter or an unknown object is None to them, and
    a number that is none fails where it is first used.
    """
    import Ice
    import omero

    if isinstance(error, AttributeError) and isinstance(error.obj, Exception):
        # A view wants to say why something failed, and looks for what only OMERO's exceptions have.
        reason = error.obj
        return fault_of_caller(reason) or (
            None if isinstance(reason, Ice.Exception) else (400, BAD_REQUEST)
        )
    if isinstance(error, Http404):
        return 404, str(error) or "There is no such page or object."
    if isinstance(error, omero.SecurityViolation):
        return 403, "OMERO does not allow this with your permissions."
    if isinstance(error, omero.ApiUsageException):
        return 400, f"OMERO.server refuses this: {error.message}"
    if isinstance(error, MultiValueDictKeyError):
        return 400, f"The request has no parameter {error}."
    is_none = isinstance(error, AttributeError) and error.obj is None
    is_text = isinstance(error, UnicodeError) or type(error).__name__ == "JSONDecodeError"
    # A local variable is unbound where a view has no branch for what is asked.
    if is_none or is_text or isinstance(error, OverflowError | UnboundLocalError):
        return 400, BAD_REQUEST
    if isinstance(error, ValueError | TypeError) and _UNUSABLE.search(str(error)):
        return 400, BAD_REQUEST
    return None


def _reference(request: Any) -> str:
    return str(request.META.get("HTTP_X_REQUEST_ID", "unknown"))


def _internal(request: Any) -> str:
    reference = _reference(request)
    return f"Something went wrong on the server. The log has it under reference {reference}."


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
        return f"{type(error).__name__}; the log has it under reference {reference}"


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
