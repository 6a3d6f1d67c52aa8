"""What users and groups had on earlier days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from psycopg2.extras import execute_values

from omero_plugin_common import database

# Two years and a bit.
_KEPT_DAYS: Final = 800
_PAGE: Final = 1000


def store(sizes: Mapping[tuple[int, int], int]) -> None:
    """Store what was counted today, in place of what was counted earlier today.

    Args:
        sizes: bytes by the ids of a user and a group.
    """
    with database.default().transaction() as cursor:
        cursor.execute("delete from admin_tools_usage_days where day = current_date")
        execute_values(
            cursor,
            "insert into admin_tools_usage_days (day, user_id, group_id, bytes) values %s",
            [(user, group, size) for (user, group), size in sizes.items() if size],
            template="(current_date, %s, %s, %s)",
            page_size=_PAGE,
        )
        cursor.execute(
            "delete from admin_tools_usage_days where day < current_date - %s", (_KEPT_DAYS,)
        )


def by_group(days: int) -> dict[int, dict[date, int]]:
    """Bytes of each group on each of the last days that were counted."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select group_id, day, sum(bytes)::bigint as bytes from admin_tools_usage_days "
            "where day > current_date - %s group by group_id, day order by day",
            (days,),
        )
        found: dict[int, dict[date, int]] = {}
        for row in cursor.fetchall():
            found.setdefault(row["group_id"], {})[row["day"]] = row["bytes"]
    return found
