"""The decorator of every JSON view: it lets a request in, or answers why not.

The order is fixed: method, size, CSRF, login, administrator, body, rate limit, view. What is
refused on the way has changed nothing and is logged in one line. The CSRF check looks for the token
in a form, for which Django reads all of it: of somebody without a login no large body is read.
"""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from omero_plugin_common import audit
from omero_plugin_common.errors import ApiError, Forbidden, MethodNotAllowed
from omero_plugin_common.rate_limit import RateLimiter, identity_of
from omero_plugin_common.request_utils import wants_page
from omero_plugin_common.web.answers import private
from omero_plugin_common.web.caller import Caller, caller_of, request_id
from omero_plugin_common.web.csrf import check_csrf
from omero_plugin_common.web.login import check_has_logged_in, json_login_required
from omero_plugin_common.web.refused_page import refused_page
from omero_plugin_common.web.request_body import (
    LIMIT_BYTES,
    check_size,
    is_large,
    read_body,
    read_file,
)
from omero_plugin_common.web.translate import translate

LOGGER: Final = logging.getLogger("omero_plugin_common.web")
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Route:
    """What `json_view` was given, as `view.route`: the page of all routes is made from it.

    Attributes:
        methods: that it answers.
        body: the model of the body, if it has one.
        file: name of the file in the form that it reads, if it does.
        limit: bytes of the largest body.
        admin: whether only administrators may use it.
        privilege: of OMERO that these need; empty where any administrator may.
        limited: whether the rate limit counts it.
        streams: whether the view reads the body as it arrives, of any length.
    """

    methods: tuple[str, ...]
    body: type[BaseModel] | None
    file: str | None
    limit: int
    admin: bool
    limited: bool
    streams: bool = False
    privilege: str = ""


def json_view(
    *methods: str,
    body: type[BaseModel] | None = None,
    file: str | None = None,
    limit: int = LIMIT_BYTES,
    instead: str = "",
    admin: bool | str = False,
    rate_limit: RateLimiter | None = None,
    action: str | None = None,
    streams: bool = False,
) -> Callable[[View], View]:
    """Make a function of (request, caller[, body or file], **url) into a JSON view.

    Its docstring is documentation for others: the page of all routes quotes it, and what its
    section `Returns:` says of the answer.

    Args:
        methods: the methods it answers, `GET` when none is named.
        body: a model that the body must fit; the view gets the object as its third argument.
        file: name of a file in a form (multipart/form-data), instead of a body; the view gets
            Django's `UploadedFile` as its third argument.
        limit: bytes of the largest body.
        instead: what to do with a larger one, for its refusal.
        admin: only for administrators of OMERO; as a text, for those with this privilege of
            OMERO, such as `ModifyGroup`.
        rate_limit: counts a request that got this far, and refuses it when there were too many.
        action: the name for the audit log; the view adds objects by `request.audit.add(kind, ids)`.
        streams: the view reads the body itself, as it arrives, of any length. Nothing of it is read
            before the view: the CSRF token is in the header X-CSRFToken.

    Returns:
        A view that answers with what the function returns: a dictionary, list or pydantic model as
        JSON, a response of Django as it is.
    """
    allowed = methods or ("GET",)
    privilege = admin if isinstance(admin, str) else ""

    def decorate(view: View) -> View:
        @csrf_exempt  # type: ignore[untyped-decorator]  # the same check, answered as JSON
        @functools.wraps(view)
        def answer(request: Any, **url: Any) -> HttpResponseBase:
            reference = request_id(request) or uuid.uuid4().hex[:12]
            request.audit = audit.Objects()
            request.omero_caller = None
            try:
                _check_method(request, allowed)
                if not streams:
                    check_size(request, limit, instead)
                _check_origin(request, streams)
                response = _logged_in(request, **url)
            except Exception as error:  # noqa: BLE001 - the boundary: everything becomes an answer
                problem = translate(error, reference)
                _log(request, problem, error, reference)
                response = refusal(request, problem)
            _record(request, response, action)
            return response

        @json_login_required()
        def _logged_in(request: Any, **given: Any) -> HttpResponseBase:
            conn = given.pop("conn")
            given.pop("url", None)
            caller = request.omero_caller = caller_of(request, conn)
            if admin:
                check_administrator(caller, privilege)
            arguments = [request, caller]
            if body is not None:
                arguments.append(read_body(request, body))
            if file is not None:
                arguments.append(read_file(request, file))
            if rate_limit is not None:
                rate_limit.check(identity_of(request, conn))
            return _response(view(*arguments, **given))

        limited = rate_limit is not None
        answer.route = Route(allowed, body, file, limit, bool(admin), limited, streams, privilege)
        return answer  # type: ignore[no-any-return]

    return decorate


def check_administrator(caller: Caller, privilege: str = "") -> None:
    """See that the caller is an administrator of OMERO, and has a privilege.

    Raises:
        Forbidden: that is not so.
    """
    if not caller.is_admin:
        raise Forbidden("Only administrators of OMERO may do this")
    if privilege and privilege not in caller.privileges:
        raise Forbidden(
            f"Your account is a restricted administrator of OMERO without the privilege "
            f"{privilege}, which this needs",
            code="no_privilege",
        )


def refusal(request: Any, problem: ApiError) -> HttpResponse:
    """The answer of an error: JSON, or a page where a browser would show the JSON to a person."""
    if wants_page(request):
        response = refused_page(request, problem)
    else:
        response = JsonResponse(problem.as_json(), status=problem.status)
    for name, value in problem.headers().items():
        response[name] = value
    # Django would log each answer from 400 on a second time.
    response._has_been_logged = True
    return private(response)


def _check_method(request: Any, allowed: Sequence[str]) -> None:
    if request.method not in allowed and not (request.method == "HEAD" and "GET" in allowed):
        raise MethodNotAllowed(request.method, tuple(allowed))


def _check_origin(request: Any, streams: bool) -> None:
    """Of a body that is large, or read by the view, no byte is read before the login."""
    if streams or is_large(request):
        check_has_logged_in(request)
    check_csrf(request, header_only=streams)


def _response(result: Any) -> HttpResponseBase:
    if isinstance(result, HttpResponseBase):
        return result
    if isinstance(result, BaseModel):
        result = result.model_dump(mode="json", by_alias=True)
    return private(JsonResponse(result, safe=False))


def _log(request: Any, problem: ApiError, error: Exception, reference: str) -> None:
    caller: Caller | None = request.omero_caller
    LOGGER.log(
        logging.ERROR if problem.status == 500 else logging.WARNING,
        "%s %s refused with %d %s for %s: %s [%s]",
        request.method,
        request.path.encode("unicode_escape").decode("ascii"),
        problem.status,
        problem.code,
        caller.user_name if caller else "nobody",
        problem.message,
        reference,
        exc_info=error if problem.status == 500 else None,
    )


def _record(request: Any, response: HttpResponseBase, action: str | None) -> None:
    caller: Caller | None = request.omero_caller
    if action is None or caller is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    outcome = "done" if response.status_code < 400 else "refused"
    audit.record(caller, action, outcome, request.audit, status=response.status_code)
