"""What images can be chosen from."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import list_projects
from omeroweb_omp_plugin.views.limits import number

_LARGEST_ID: Final = 10**18


@json_view("GET")
def projects(request: Any, caller: Caller) -> dict[str, Any]:
    """All projects and screens; `?project=` its datasets, `?screen=` its plates, with counts."""
    if "project" in request.GET:
        project = number(request, "project", 0, _LARGEST_ID)
        found = list_projects.inside(caller.conn, caller.user_id, "Project", project)
        return {"datasets": found}
    if "screen" in request.GET:
        screen = number(request, "screen", 0, _LARGEST_ID)
        return {"plates": list_projects.inside(caller.conn, caller.user_id, "Screen", screen)}
    return list_projects.overview(caller.conn, caller.user_id)
