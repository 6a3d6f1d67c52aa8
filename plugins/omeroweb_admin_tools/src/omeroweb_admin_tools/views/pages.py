"""The pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common.web import Caller, json_view
from omeroweb_admin_tools.services.resources import RANGES, dashboards
from omeroweb_admin_tools.views.access import FULL, admin_page


@admin_page()
def index(_request: Any, caller: Caller) -> dict[str, Any]:
    """What the administrator may see."""
    return {
        "template": "omeroweb_admin_tools/index.html",
        "title": "Admin tools",
        "full": FULL in caller.privileges,
    }


@admin_page()
def storage(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Usage and quotas; its script fetches the rest."""
    return {"template": "omeroweb_admin_tools/storage.html", "title": "Storage and quotas"}


@admin_page(FULL)
def logs(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Entries of all components; its script fetches them."""
    return {"template": "omeroweb_admin_tools/logs.html", "title": "Logs"}


@admin_page(FULL)
def resource_monitoring(_request: Any, _caller: Caller) -> dict[str, Any]:
    """What runs, and how it has been; its script fetches the rest."""
    return {
        "template": "omeroweb_admin_tools/resources.html",
        "title": "Resources",
        "ranges": [(seconds, *words) for seconds, words in RANGES.items()],
        "dashboards": dashboards(),
    }


@admin_page(FULL)
def diagnostics(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Checks of the running site; its script fetches them."""
    return {
        "template": "omeroweb_admin_tools/diagnostics.html",
        "title": "Diagnostics",
        "none": UUID(int=0),
    }


@json_view("GET")
def root_status(_request: Any, caller: Caller) -> dict[str, Any]:
    """Whether the caller is an administrator, and whether it is OMERO's root.

    Returns:
        {"is_root_user", "is_admin"}
    """
    return {"is_root_user": caller.user_name == "root", "is_admin": caller.is_admin}
