"""The page."""

from __future__ import annotations

from typing import Any, Final

from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omeroweb_imaris_connector import configuration

# Stands in addresses for an id that the page's scripts put in.
_SOME_ID: Final = "00000000-0000-0000-0000-000000000000"


@require_safe  # type: ignore[untyped-decorator]
@login_required()  # type: ignore[untyped-decorator]
@render_response()  # type: ignore[untyped-decorator]
def index(_request: Any, conn: Any = None, **_url: Any) -> dict[str, Any]:
    """The page; its script fetches the rest."""
    return {
        "template": "omeroweb_imaris_connector/index.html",
        "title": "Export to Imaris",
        "some_id": _SOME_ID,
        "attach": configuration.attach(),
    }
