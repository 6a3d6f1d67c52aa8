"""What images can be chosen from."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.string_utils import whole_number
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import from_address as addresses
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


@json_view("GET")
def from_address(request: Any, caller: Caller) -> dict[str, Any]:
    """What an address of the page names: `?project=&dataset=&screen=&plate=&image=`.

    Each of them may come several times, and may have several ids with commas between them.

    Returns:
        {"rows": [{"id", "kind", "ids", "name", "where", "images", "ticked"}, …], "inside":
        "project:7", "missing": ["Dataset 9", …]}
    """
    return addresses.from_address(
        caller.conn, {kind: _ids(request, kind) for kind in addresses.KINDS}
    )


def _ids(request: Any, kind: str) -> list[int]:
    """The ids of a kind, each once.

    Raises:
        BadRequest: one is not a number.
    """
    texts = [text.strip() for value in request.GET.getlist(kind) for text in value.split(",")]
    ids: dict[int, None] = {}
    for text in filter(None, texts):
        number = whole_number(text)
        if number is None:
            raise BadRequest(f"The address names a {kind} that is not a number: {text[:50]}")
        ids[number] = None
    return list(ids)
