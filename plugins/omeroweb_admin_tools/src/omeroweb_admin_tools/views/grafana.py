"""Who may see Grafana."""

from __future__ import annotations

from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omeroweb_admin_tools.services.grafana import token_for
from omeroweb_admin_tools.views.access import FULL

# Names of the image's `front_grafana.py`.
TOKEN: Final = "X-Grafana-Token"  # noqa: S105 - the name of a header
LOGIN: Final = "X-Grafana-Login"
_ASKED: Final = "X-Grafana-Asked"


@json_view("GET", admin=FULL)
def _token(_request: Any, caller: Caller) -> HttpResponseBase:
    """Whether the caller may see Grafana. Only the front asks this, for each request to Grafana.

    The token that it passes on to Grafana is in the header `X-Grafana-Token`. A refusal of somebody
    who is not logged in has the address of the login page in `X-Grafana-Login`.

    Returns:
        Nothing: status 204
    """
    response = private(HttpResponse(status=204))
    response[TOKEN] = token_for(caller.user_name)
    return response


@wraps(_token)
def token(request: Any, **url: Any) -> HttpResponseBase:
    """The same, with the way to the login for somebody who is not logged in."""
    response: HttpResponseBase = _token(request, **url)
    if response.status_code == 401:
        asked = request.headers.get(_ASKED, "/")
        response[LOGIN] = f"{reverse('weblogin')}?{urlencode({'url': asked})}"
    return response
