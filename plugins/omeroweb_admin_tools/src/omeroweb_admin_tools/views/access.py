"""Pages that administrators of OMERO see, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omero_plugin_common.errors import Forbidden
from omero_plugin_common.web.json_view import refusal


def admin_page(view: Callable[[Any], dict[str, Any]]) -> Callable[..., Any]:
    """Make a function that gives a template and its context into a page for administrators.

    Others get 403: a page where a browser shows it, else JSON.
    """

    @wraps(view)
    def page(request: Any, conn: Any = None, **_url: Any) -> Any:
        if not conn.isAdmin():
            return refusal(request, Forbidden("Only administrators of OMERO may see this page"))
        return view(request)

    shown: Callable[..., Any] = require_safe(login_required()(render_response()(page)))
    return shown
