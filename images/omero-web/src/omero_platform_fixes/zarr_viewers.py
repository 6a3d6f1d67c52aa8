"""omero-web-zarr without its pages for people, which it fetches from GitHub for whoever asks.

Its view sends any path to two hosts, without a login and without a time-out. The addresses of
images stay: what reads them are programs. Its first page names one that does not exist, and a level
that an image does not have is a defect to it.
"""

from __future__ import annotations

from typing import Any, Final

_ADDRESS: Final = "Open an image in Vizarr or another viewer of your own by its address: {address}"
_REFUSED: Final = f"This site does not serve viewers from other hosts. {_ADDRESS}"


def repair() -> None:
    """Put our view in the place of the other, before its addresses are made."""
    from django.http import Http404, HttpResponse
    from django.urls import reverse
    from omero_web_zarr import views  # type: ignore[import-untyped]
    from omeroweb.webclient.decorators import login_required

    def say(request: Any, status: int, text: str) -> HttpResponse:
        base = request.build_absolute_uri(reverse("omero_web_zarr_index"))
        text = text.format(address=f"{base}v0.4/image/[IMAGE_ID].zarr")
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

    @login_required()  # type: ignore[untyped-decorator]
    def index(request: Any, **_arguments: Any) -> HttpResponse:
        return say(request, 200, _ADDRESS)

    @login_required()  # type: ignore[untyped-decorator]
    def viewers(request: Any, **_arguments: Any) -> HttpResponse:
        return say(request, 404, _REFUSED)

    def get_image_shape(image: Any, level: int) -> Any:
        shapes = views.get_image_shapes(image)
        if level >= len(shapes):
            raise Http404(f"The image has no level {level}.")
        return shapes[level]

    views.get_image_shape = get_image_shape
    views.index = index
    views.apps = viewers
