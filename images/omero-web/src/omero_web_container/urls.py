"""OMERO.web's addresses, with our page of errors and what is missing: two small answers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, JsonResponse
from django.urls import path
from omeroweb.urls import handler404
from omeroweb.urls import urlpatterns as _of_omero_web

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

handler400 = "omero_web_container.error_answers.bad_request"
handler500 = "omero_web_container.error_answers.server_error"


def no_image_region(_request: Any) -> JsonResponse:
    """OMERO.iviewer asks the image region microservice for its options; there is none here."""
    return JsonResponse({})


def no_help(_request: Any) -> None:
    """OMERO.web has an address for a page of help, and no such page."""
    raise Http404("There is no such page.")


urlpatterns = [
    path("omero_ms_image_region/", no_image_region, name="no_image_region"),
    path("webclient/help/", no_help),
    *_of_omero_web,
]
