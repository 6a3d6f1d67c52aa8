"""One page for each template that needs nothing but a context."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from omeroweb.webclient.decorators import login_required, render_response


@login_required()  # type: ignore[untyped-decorator]
@render_response()  # type: ignore[untyped-decorator]
def error(_request: Any, **_given: Any) -> dict[str, Any]:
    """The error page with all it can show."""
    return {
        "template": "omero_plugin_common/error.html",
        "title": "This list cannot be shown",
        "message": "The list <3> belongs to somebody else.",
        "hint": "Ask its owner to share it with your group.",
        "code": "forbidden",
        "address": reverse("webindex"),
        "action": "Back to your data",
        "request_id": "1a2b3c",
    }


@login_required()  # type: ignore[untyped-decorator]
@render_response()  # type: ignore[untyped-decorator]
def empty(_request: Any, **_given: Any) -> dict[str, Any]:
    """An empty state with a way on."""
    return {
        "template": "omeroweb_probe/empty.html",
        "title": "Lists",
        "text": "A list collects images <you> want to find again.",
        "new": reverse("webindex"),
    }
