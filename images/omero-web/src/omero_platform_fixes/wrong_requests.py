"""Views of OMERO.web that fail for an address or a method that they do not have."""

from __future__ import annotations

import functools
from typing import Any


def repair() -> None:
    """Put views with a check in their places, before their addresses are made."""
    from django.http import Http404
    from django.views.decorators.http import require_http_methods
    from omeroweb.webclient import views
    from omeroweb.webgateway import views as gateway_views

    load_plate = views.load_plate

    @functools.wraps(load_plate)
    def checked_load_plate(
        request: Any, o1_type: Any = None, o1_id: Any = None, **more: Any
    ) -> Any:
        if not o1_type or not o1_id:
            raise Http404(
                "The address needs the kind of an object, plate or acquisition, and its id."
            )
        return load_plate(request, o1_type=o1_type, o1_id=o1_id, **more)

    views.load_plate = checked_load_plate
    for name in ("archived_files", "download_as"):
        setattr(gateway_views, name, _of_something(getattr(gateway_views, name)))
    # For others it returns nothing.
    views.api_tags_and_tagged_list = require_http_methods(["GET", "DELETE"])(
        views.api_tags_and_tagged_list
    )


def _of_something(download: Any) -> Any:
    """A view that sends files of images or wells, with a check that some are named."""
    from django.http import Http404

    @functools.wraps(download)
    def checked_download(request: Any, iid: Any = None, **more: Any) -> Any:
        if not iid and not {"image", "well"} & request.GET.keys():
            raise Http404("The address names no image and no well: ?image=1 or ?well=1")
        return download(request, iid=iid, **more)

    return checked_download
