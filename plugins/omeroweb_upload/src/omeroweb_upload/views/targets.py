"""Where images can go."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_upload.services import list_targets

_LONGEST_SEARCH: Final = 255
# OMERO counts rows in an `int`.
_LARGEST_OFFSET: Final = 2**31 - 1


@json_view("GET")
def projects(_request: Any, caller: Caller) -> dict[str, Any]:
    """All projects that the caller may put datasets into: one's own, and those of others.

    Returns:
        {"owned": [{"id", "name"}, …], "collab": [{"id", "name", "owner"}, …]}
    """
    return list_targets.list_projects(caller.conn, caller.user_id)


@json_view("GET")
def targets(request: Any, caller: Caller) -> dict[str, Any]:
    """A page of projects, datasets (`?kind=dataset`) or screens that the caller may link to.

    `?search=` is part of the name, or an id; `?project=` lists the datasets of a project; `?after=`
    is `next` of the page before.

    Returns:
        {"entries": [{"id", "name", "kind", "owner", "own", "group": {"id", "name"}}, …], "next"},
        on the first page with "groups": [{"id", "name"}, …] in which new ones can be created
    """
    kind = list_targets.KINDS.get(request.GET.get("kind") or "project")
    if kind is None:
        raise BadRequest(f"`kind` must be one of {', '.join(list_targets.KINDS)}")
    search = request.GET.get("search", "").strip()
    if len(search) > _LONGEST_SEARCH or "\0" in search:
        raise BadRequest("`search` must be part of a name, or an id")
    inside = None
    if request.GET.get("project"):
        kind, inside = "Dataset", number_from_query(request, "project")
    return list_targets.list_targets(
        caller.conn,
        caller.user_id,
        kind,
        search=search,
        project=inside,
        after=number_from_query(request, "after", most=_LARGEST_OFFSET),
    )
