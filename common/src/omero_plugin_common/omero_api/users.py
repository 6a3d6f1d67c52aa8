"""Names of the groups and users of OMERO."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from omero_plugin_common.omero_api import hql


def own_groups(conn: Any) -> dict[int, str]:
    """The groups that the user is a member of, by name; not the one of all users.

    Two calls of OMERO: the gateway has the ids, and the group of all users is found by its name,
    which OMERO reserves.
    """
    ids = [int(each) for each in conn.getEventContext().memberOfGroups]
    query = "select g.id, g.name from ExperimenterGroup g where g.id in (:ids)"
    groups = sorted(hql.rows(conn, query, ids=ids), key=lambda row: str(row[1]).casefold())
    return {int(id_): str(name) for id_, name in groups if name != "user"}


def login_names(conn: Any, ids: Collection[int]) -> dict[int, str]:
    """The login names of users, as far as the user may know them."""
    if not ids:
        return {}
    query = "select e.id, e.omeName from Experimenter e where e.id in (:ids)"
    return {int(id_): str(name) for id_, name in hql.rows(conn, query, ids=sorted(ids))}
