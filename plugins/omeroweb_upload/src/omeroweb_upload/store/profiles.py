"""Profiles: targets and settings under a name, of a user or shared with a group."""

# ruff: noqa: S608 - what is put into the statements is a constant

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg2.extras import Json

from omero_plugin_common import database

_COLUMNS: Final = "user_id, name, content, group_id, updated"


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile.

    Attributes:
        user_id: whose it is.
        name: unique among the user's.
        content: target and settings.
        group_id: the group of OMERO whose members may load it, if any.
        updated: when it was last saved.
    """

    user_id: int
    name: str
    content: dict[str, Any]
    group_id: int | None
    updated: datetime


def visible(user_id: int, groups: Sequence[int]) -> list[Profile]:
    """The user's own profiles and those shared with these groups, the newest first."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select {_COLUMNS} from upload_profiles "
            "where user_id = %s or group_id = any(%s) order by updated desc, id desc",
            (user_id, list(groups)),
        )
        return [Profile(**row) for row in cursor.fetchall()]


def find(user_id: int, name: str) -> Profile | None:
    """One profile of a user."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select {_COLUMNS} from upload_profiles where user_id = %s and name = %s",
            (user_id, name),
        )
        row = cursor.fetchone()
    return None if row is None else Profile(**row)


def save(
    user_id: int,
    name: str,
    content: Mapping[str, Any],
    group_id: int | None,
    *,
    most: int,
    replaces: datetime | None,
) -> Profile | None:
    """Store a profile, a new one or instead of one of the same name.

    Args:
        user_id: whose.
        name: its name.
        content: target and settings.
        group_id: whom it is shared with.
        most: profiles that a user may have.
        replaces: `updated` of the profile that is overwritten, if one is.

    Returns:
        The profile as it is stored; nothing when the user has as many as they may, or when the
        profile of this name is not the one that was to be overwritten.
    """
    values = {"user": user_id, "name": name, "content": Json(dict(content)), "group": group_id}
    with database.default().transaction() as cursor:
        # Two tabs that save at the same time count one after the other.
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended('upload_profiles', %s))", (user_id,)
        )
        if replaces is None:
            cursor.execute(
                "insert into upload_profiles (user_id, name, content, group_id) "
                "select %(user)s, %(name)s, %(content)s, %(group)s where %(most)s > "
                "(select count(*) from upload_profiles where user_id = %(user)s) "
                f"on conflict (user_id, name) do nothing returning {_COLUMNS}",
                {**values, "most": most},
            )
        else:
            cursor.execute(
                "update upload_profiles set content = %(content)s, group_id = %(group)s, "
                "updated = now() where user_id = %(user)s and name = %(name)s "
                f"and updated = %(replaces)s returning {_COLUMNS}",
                {**values, "replaces": replaces},
            )
        row = cursor.fetchone()
    return None if row is None else Profile(**row)


def delete(user_id: int, name: str) -> bool:
    """Delete a profile of a user; whether there was one."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from upload_profiles where user_id = %s and name = %s", (user_id, name)
        )
        return cursor.rowcount > 0
