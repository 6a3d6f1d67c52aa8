"""Variable sets: by user and name, and those that others share with a group."""

# ruff: noqa: S608 - what is put into the statements is a constant

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.extras import Json

from omero_plugin_common import database


@dataclass(frozen=True, slots=True)
class VariableSet:
    """One set.

    Attributes:
        user_id: whose it is.
        name: unique among the user's.
        content: mode, pattern and variables.
        group_id: the group of OMERO whose members may load it, if any.
        updated: when it was last saved.
    """

    user_id: int
    name: str
    content: dict[str, Any]
    group_id: int | None
    updated: datetime


_COLUMNS = "user_id, name, content, group_id, updated"


def visible(user_id: int, groups: Sequence[int]) -> list[VariableSet]:
    """The user's own sets and those shared with these groups, the newest first."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select {_COLUMNS} from omp_variable_sets "
            "where user_id = %s or group_id = any(%s) order by updated desc, id desc",
            (user_id, list(groups)),
        )
        return [_set(row) for row in cursor.fetchall()]


def find(user_id: int, name: str) -> VariableSet | None:
    """One set of a user."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select {_COLUMNS} from omp_variable_sets where user_id = %s and name = %s",
            (user_id, name),
        )
        row = cursor.fetchone()
    return None if row is None else _set(row)


def save(
    user_id: int,
    name: str,
    content: Mapping[str, Any],
    group_id: int | None,
    *,
    most: int,
    replaces: datetime | None,
) -> VariableSet | None:
    """Keep a set, new or in the place of one of the same name.

    Args:
        user_id: whose.
        name: its name.
        content: mode, pattern and variables.
        group_id: whom it is shared with.
        most: sets that a user may have.
        replaces: `updated` of the set that is to be overwritten, if one is.

    Returns:
        The set as it is kept; nothing when there is no room for a new one, or when the set of this
        name is not the one to be overwritten.
    """
    values = {"user": user_id, "name": name, "content": Json(dict(content)), "group": group_id}
    with database.default().transaction() as cursor:
        # Two tabs that save at the same time count one after the other.
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended('omp_variable_sets', %s))", (user_id,)
        )
        if replaces is None:
            cursor.execute(
                "insert into omp_variable_sets (user_id, name, content, group_id) "
                "select %(user)s, %(name)s, %(content)s, %(group)s where %(most)s > "
                "(select count(*) from omp_variable_sets where user_id = %(user)s) "
                "on conflict (user_id, name) do nothing "
                f"returning {_COLUMNS}",
                {**values, "most": most},
            )
        else:
            cursor.execute(
                "update omp_variable_sets set content = %(content)s, group_id = %(group)s, "
                "updated = now() "
                "where user_id = %(user)s and name = %(name)s and updated = %(replaces)s "
                f"returning {_COLUMNS}",
                {**values, "replaces": replaces},
            )
        row = cursor.fetchone()
    return None if row is None else _set(row)


def delete(user_id: int, name: str) -> bool:
    """Delete a set of a user; whether there was one."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from omp_variable_sets where user_id = %s and name = %s", (user_id, name)
        )
        return cursor.rowcount > 0


def _set(row: Mapping[str, Any]) -> VariableSet:
    return VariableSet(**row)
