"""omero-mapr without calls to the internet for the little pictures beside links.

Its view asks a Google service, waits for it without a time-out, fails where there is no internet,
and keeps pictures in Redis for ever. Here every link has the picture that mapr falls back to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def repair() -> None:
    """Put our view in the place of mapr's, before its addresses are made."""
    from django.http import HttpResponse
    from omero_mapr import views  # type: ignore[import-untyped]
    from omero_mapr.mapr_settings import mapr_settings  # type: ignore[import-untyped]
    from omeroweb.webclient.decorators import login_required

    @login_required()  # type: ignore[untyped-decorator]
    def favicon(_request: Any, **_arguments: Any) -> HttpResponse:
        picture = Path(mapr_settings.DEFAULT_FAVICON).read_bytes()
        return HttpResponse(picture, content_type="image/png")

    views.mapannotations_favicon = favicon
