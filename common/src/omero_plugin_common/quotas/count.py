"""What groups have in OMERO."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from omero_plugin_common.omero_api import hql
from omero_plugin_common.quotas import store
from omero_plugin_common.quotas.model import Group, Standing

_GROUPS: Final = "select g.id, g.name from ExperimenterGroup g"
_FILES: Final = "select f.details.group.id, sum(f.size) from OriginalFile f"


def all_groups(conn: Any) -> list[Group]:
    """All groups of OMERO; one call."""
    return [Group(int(id_), str(name)) for id_, name in hql.rows(conn, _GROUPS)]


def bytes_by_group(conn: Any, groups: Collection[int] | None = None) -> dict[int, int]:
    """Bytes of the files of each group; one call.

    Args:
        conn: a gateway that sees all groups and all that is in them.
        groups: only these; all when not given.
    """
    by = " group by f.details.group.id"
    if groups is None:
        found = hql.rows(conn, _FILES + by)
    else:
        found = hql.rows(conn, f"{_FILES} where f.details.group.id in (:ids){by}", ids=list(groups))
    return {int(group): int(size or 0) for group, size in found}


def count_all(conn: Any) -> list[tuple[Group, Standing]]:
    """Count all groups and store it; two calls of OMERO.

    Args:
        conn: see `bytes_by_group`.

    Returns:
        The groups that have another standing since.
    """
    groups = all_groups(conn)
    changed = store.store_usage(groups, bytes_by_group(conn))
    store.forget_others([group.id for group in groups])
    return changed


def count(conn: Any, group_id: int) -> tuple[Group, int]:
    """Count one group and store it; two calls of OMERO.

    Args:
        conn: see `bytes_by_group`.
        group_id: of a group that may have been deleted meanwhile; then it has no name.

    Returns:
        The group, and its bytes.
    """
    used = bytes_by_group(conn, [group_id])
    named = hql.rows(conn, f"{_GROUPS} where g.id = :id", id=group_id)
    group = Group(group_id, str(named[0][1]) if named else f"{group_id}")
    store.store_usage([group], used)
    return group, used.get(group_id, 0)
