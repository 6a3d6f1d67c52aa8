"""Who has how much in OMERO, with the same number of calls however many users and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from omero_plugin_common.omero_api import hql
from omeroweb_admin_tools.planning.usage import Group, Usage, User

_MEMBERS: Final = (
    "select new map(g.id as group_id, g.name as group_name, g as group_details_permissions, "
    "e.id as user_id, e.omeName as login, e.firstName as first, e.lastName as last) "
    "from ExperimenterGroup g left outer join g.groupExperimenterMap m left outer join m.child e"
)
_FILES: Final = (
    "select f.details.owner.id, f.details.group.id, sum(f.size) from OriginalFile f "
    "group by f.details.owner.id, f.details.group.id"
)


def count(conn: Any) -> Usage:
    """Count everything: three questions, which are five calls of OMERO.

    Args:
        conn: the gateway of an administrator, who sees all groups.
    """
    users: dict[int, User] = {}
    groups: dict[int, Group] = {}
    for line in hql.maps(conn, _MEMBERS):
        known = groups.get(line["group_id"])
        if known is None:
            permissions = str(line["group_details_permissions"]["perm"])
            known = groups[line["group_id"]] = Group(
                int(line["group_id"]), str(line["group_name"]), permissions
            )
        if line["user_id"] is not None:
            user = _user(line)
            users[user.id] = user
            known.members.add(user.id)
    sizes = {
        (int(user), int(group)): int(size or 0) for user, group, size in hql.rows(conn, _FILES)
    }
    return Usage(users, groups, sizes, _free_bytes(conn))


def groups(conn: Any) -> dict[str, int]:
    """The ids of all groups by name; names are unique in OMERO."""
    rows = hql.rows(conn, "select g.name, g.id from ExperimenterGroup g")
    return {str(name): int(id_) for name, id_ in rows}


def _user(line: Mapping[str, Any]) -> User:
    full = " ".join(part for part in (line["first"], line["last"]) if part)
    return User(int(line["user_id"]), str(line["login"]), full)


def _free_bytes(conn: Any) -> int:
    information = conn.c.sf.getRepositoryInfoService()
    return int(information.getFreeSpaceInKilobytes()) * 1024
