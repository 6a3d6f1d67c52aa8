"""omero-web-zarr without its pages for people, which it fetches from GitHub for whoever asks.

Its view sends any path to two hosts, without a login and without a time-out. The addresses of
images stay: what reads them are programs.
"""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final = (
    "This site does not pass on viewers from other hosts. Open an image in Vizarr or another "
    "viewer of your own by its address: {address}"
)


def repair() -> None:
    """Put our view in the place of the other, before its addresses are made."""
    from django.http import HttpResponse
    from django.urls import reverse
    from omero_web_zarr import views  # type: ignore[import-untyped]
    from omeroweb.webclient.decorators import login_required

    @login_required()  # type: ignore[untyped-decorator]
    def viewers(request: Any, **_arguments: Any) -> HttpResponse:
        base = request.build_absolute_uri(reverse("omero_web_zarr_index"))
        text = _TEXT.format(address=f"{base}v0.4/image/[IMAGE_ID].zarr")
        return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")

    views.apps = viewers
