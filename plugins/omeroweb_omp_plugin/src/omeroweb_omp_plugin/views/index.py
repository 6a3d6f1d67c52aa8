"""The page."""

from __future__ import annotations

from typing import Any, Final

from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.caller import opened_by_another
from omeroweb_omp_plugin.planning.known import KEYS, KINDS, WHERE
from omeroweb_omp_plugin.services import site_rules
from omeroweb_omp_plugin.services.credentials import has_providers
from omeroweb_omp_plugin.services.start_job import WHY_NOT_ROOT

# Stands in addresses for an id that the page's scripts put in.
_SOME_ID: Final = "00000000-0000-0000-0000-000000000000"


@require_safe  # type: ignore[untyped-decorator]
@login_required()  # type: ignore[untyped-decorator]
@render_response()  # type: ignore[untyped-decorator]
def index(_request: Any, conn: Any = None, **_url: Any) -> dict[str, Any]:
    """The page; its script fetches the rest."""
    return {
        "template": "omeroweb_omp_plugin/index.html",
        "title": "Metadata from file names",
        "why_not": WHY_NOT_ROOT if conn.isAdmin() else "",
        "no_password": opened_by_another(conn),
        "rules_problem": site_rules.problem(),
        "offered": site_rules.offered_keys(),
        "assistant": has_providers(),
        "some_id": _SOME_ID,
        "known": [(kind, KEYS[kind], WHERE.get(kind, "")) for kind in KINDS],
    }


@json_view("GET")
def root_status(_request: Any, caller: Caller) -> dict[str, Any]:
    """Whether the caller is OMERO's root, and whether jobs can write all that the caller may.

    For administrators they cannot: they write to images that the caller owns.

    Returns:
        {"is_root_user", "can_write", "reason"}
    """
    return {
        "is_root_user": caller.user_name == "root",
        "can_write": not caller.is_admin,
        "reason": WHY_NOT_ROOT if caller.is_admin else "",
    }
