"""What a user can choose as the target of an upload."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.omero_api import users
from omero_plugin_common.omero_api.containers import Container
from omeroweb_upload.omero_api import targets
from omeroweb_upload.omero_api.targets import Kind

# Entries of one answer.
PAGE: Final = 200
KINDS: Final[dict[str, Kind]] = {"project": "Project", "dataset": "Dataset", "screen": "Screen"}


def list_targets(
    conn: Any,
    user_id: int,
    kind: Kind,
    *,
    search: str = "",
    project: int | None = None,
    after: int = 0,
) -> dict[str, Any]:
    """One page of the containers that the user may put images into, by name.

    Args:
        conn: the user's gateway.
        user_id: who asks.
        kind: which containers.
        search: what the name contains, or an id.
        project: only datasets of this project.
        after: where the page before ended; 0 for the first one.

    Returns:
        `entries`, and `next`: what `after` is for the next page, null when this is the last one.
        The first page has `groups` too, where new ones can be created.
    """
    entries: list[dict[str, Any]] = []
    following: int | None = None
    end = after
    for at, one in targets.listed(conn, kind, search=search, project=project, offset=after):
        if len(entries) == PAGE:
            following = end
            break
        entries.append(_as_json(one, user_id))
        end = at
    page: dict[str, Any] = {"entries": entries, "next": following}
    if after == 0:
        groups = users.own_groups(conn)
        page["groups"] = [{"id": id_, "name": name} for id_, name in groups.items()]
    return page


def list_projects(conn: Any, user_id: int) -> dict[str, Any]:
    """All projects that the user may put datasets into, in the form of the Docker edition."""
    projects = [one for _, one in targets.listed(conn, "Project")]
    return {
        "owned": [{"id": one.id, "name": one.name} for one in projects if one.owner_id == user_id],
        "collab": [
            {"id": one.id, "name": one.name, "owner": one.owner}
            for one in projects
            if one.owner_id != user_id
        ],
    }


def _as_json(one: Container, user_id: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.lower(),
        "owner": one.owner,
        "own": one.owner_id == user_id,
        "group": {"id": one.group_id, "name": one.group},
    }
