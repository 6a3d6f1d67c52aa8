"""The client for Imaris, as a download."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from omero_plugin_common.web import Caller, json_view
from omeroweb_imaris_connector.services import client_file


@json_view("GET")
def download(request: Any, _caller: Caller) -> Any:
    """The client for Imaris, with this site's address in it: an XTension, and a program alone.

    Returns:
        XTOmeroConnector.py
    """
    page = request.build_absolute_uri(reverse("omeroweb_imaris_connector_index"))
    site = page.removesuffix("omeroweb_imaris_connector/")
    answer = HttpResponse(client_file.client_of(site), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{client_file.NAME}"'
    return answer
