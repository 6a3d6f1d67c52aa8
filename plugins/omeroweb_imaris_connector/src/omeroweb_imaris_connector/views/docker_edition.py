"""The route of the Docker edition, so that its client keeps working."""

from __future__ import annotations

import copy
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.string_utils import whole_number
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omero_plugin_common.web.csrf import check_csrf
from omeroweb_imaris_connector.services import change, docker_edition, download, start
from omeroweb_imaris_connector.views.download import answer, image_of

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
# The server and the account are the site's: nobody else chooses where a password goes.
_REFUSED: Final = ("omero_host", "omero_port", "omero_secure")
_ACCEPTED: Final = 202


@json_view("GET", "POST", action="imaris.start")
def imaris_export(request: Any, caller: Caller) -> HttpResponseBase | dict[str, Any]:
    """The one route of the Docker edition, with its parameters.

    `image` (or `image_id`) starts an export and waits for its file, up to the site's limit; after
    that, and at once with `async=1` or `wait=false`, the answer is the job. It needs the header
    X-CSRFToken, also by GET. `job` (or `job_id`) is a job's state, with `download=1` its file (of
    a job of several images, that of `image`); a POST with it cancels. `capabilities=1` says what
    the site can do. `omero_host`, `omero_port` and `omero_secure` are rejected; links name this
    site whatever `base_url` says.

    Returns:
        {"job_id", "state", "finished", "failed", "status", "status_url", "planes", "created",
        "download_url", "file_name", "error"}, or the file
    """
    given = _given(request)
    for name in _REFUSED:
        if name in given:
            raise BadRequest(
                f"`{name}` is not accepted: exports are made of this site's OMERO alone",
                code="not_accepted",
            )
    _check_base(given.get("base_url"))
    if _flag(given.get("capabilities")):
        return docker_edition.capabilities()
    if job := given.get("job") or given.get("job_id"):
        return _job(request, caller, docker_edition.export_of(job), given)
    return _start(request, caller, given)


def _start(request: Any, caller: Caller, given: dict[str, str]) -> HttpResponseBase:
    image = whole_number(given.get("image") or given.get("image_id") or "")
    if not image:
        raise BadRequest("`image` is the id of an image")
    # A link on a page of somebody else's cannot send the header.
    asked = copy.copy(request)
    # A GET has passed the check without one.
    asked.method, asked.csrf_processing_done = "PATCH", False
    check_csrf(asked)
    (export,) = start.start(caller, [image])
    request.audit.add("export", [str(export)])
    at_once = not _flag(given["wait"]) if "wait" in given else _flag(given.get("async"))
    if not at_once:
        docker_edition.wait(export, caller)
        if docker_edition.is_done(export, caller):
            return answer(request, download.offered(export, None, caller))
    found = _state(request, caller, export)
    return private(JsonResponse(found, status=200 if at_once else _ACCEPTED))


def _job(
    request: Any, caller: Caller, export: UUID, given: dict[str, str]
) -> HttpResponseBase | dict[str, Any]:
    if request.method == "POST":
        change.cancel(export, caller)
    elif _flag(given.get("download")):
        return answer(request, download.offered(export, image_of(given.get("image")), caller))
    return _state(request, caller, export)


def _state(request: Any, caller: Caller, export: UUID) -> dict[str, Any]:
    here = request.build_absolute_uri(reverse("omeroweb_imaris_connector_docker_export"))
    job = {"job": f"{docker_edition.PREFIX}{export}"}
    return docker_edition.as_json(
        export, caller, f"{here}?{urlencode(job)}", f"{here}?{urlencode(job | {'download': '1'})}"
    )


def _given(request: Any) -> dict[str, str]:
    """Parameters of the address, and of a form."""
    found = dict(request.GET.items())
    if request.method == "POST":
        found |= dict(request.POST.items())
    return found


def _flag(text: str | None) -> bool:
    return text is not None and text.strip().lower() in _TRUE


def _check_base(text: str | None) -> None:
    """It is accepted from the client that always sends it, and has no effect."""
    if not text:
        return
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise BadRequest("`base_url` is the scheme and host of a site")
