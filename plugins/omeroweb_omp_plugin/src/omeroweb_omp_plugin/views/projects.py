"""What images can be chosen from."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import list_projects


@json_view("GET")
def projects(request: Any, caller: Caller) -> dict[str, Any]:
    """All projects and screens; `?project=` its datasets, `?screen=` its plates, with counts.

    Returns:
        {"owned": [entry, …], "collab": […], "collab_annotate": […], "read_only": […],
        "collab_available", "screens": […], "orphans": {"datasets": […], "plates": […]}} or
        {"datasets": […]} or {"plates": […]}; an entry is {"id", "name", "kind", "owner", "own",
        "group", "access"}, a dataset or plate has "images" as well
    """
    if "project" in request.GET:
        project = number_from_query(request, "project")
        datasets = list_projects.inside(caller.conn, caller.user_id, "Project", project)
        return {"datasets": datasets}
    if "screen" in request.GET:
        screen = number_from_query(request, "screen")
        return {"plates": list_projects.inside(caller.conn, caller.user_id, "Screen", screen)}
    return list_projects.overview(caller.conn, caller.user_id)
