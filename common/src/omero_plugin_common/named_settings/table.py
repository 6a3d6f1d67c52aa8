"""The table of settings that have a name.

A plugin makes it in a migration of its own, with this form:

    id bigint generated always as identity primary key,
    user_id bigint not null,
    name text not null,
    content jsonb not null,
    group_id bigint,
    created timestamptz not null default now(),
    updated timestamptz not null default now(),
    unique (user_id, name)
"""

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
class Named:
    """Settings under a name.

    Attributes:
        user_id: whose they are.
        name: unique among the user's.
        content: the settings.
        group_id: the group of OMERO whose members may load them, if any.
        updated: when they were last saved.
    """

    user_id: int
    name: str
    content: dict[str, Any]
    group_id: int | None
    updated: datetime


@dataclass(frozen=True, slots=True)
class Table:
    """Settings of all users.

    Attributes:
        name: of the table; a constant of the plugin.
    """

    name: str

    def visible(self, user_id: int, groups: Sequence[int]) -> list[Named]:
        """The user's own and those that are shared with these groups, the newest first."""
        with database.default().transaction() as cursor:
            cursor.execute(
                f"select {_COLUMNS} from {self.name} "
                "where user_id = %s or group_id = any(%s) order by updated desc, id desc",
                (user_id, list(groups)),
            )
            return [Named(**row) for row in cursor.fetchall()]

    def find(self, user_id: int, name: str) -> Named | None:
        """Those of a user under a name."""
        with database.default().transaction() as cursor:
            cursor.execute(
                f"select {_COLUMNS} from {self.name} where user_id = %s and name = %s",
                (user_id, name),
            )
            row = cursor.fetchone()
        return None if row is None else Named(**row)

    def save(
        self,
        user_id: int,
        name: str,
        content: Mapping[str, Any],
        group_id: int | None,
        *,
        most: int,
        replaces: datetime | None,
    ) -> Named | None:
        """Store settings, under a new name or instead of those of the same name.

        Args:
            user_id: whose.
            name: their name.
            content: the settings.
            group_id: whom they are shared with.
            most: how many a user may have.
            replaces: `updated` of those that are overwritten, if any are.

        Returns:
            What is stored; nothing when the user has as many as they may, or when those of this
            name are not the ones that were to be overwritten.
        """
        values = {"user": user_id, "name": name, "content": Json(dict(content)), "group": group_id}
        with database.default().transaction() as cursor:
            # Two tabs that save at the same time count one after the other.
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, %s))", (self.name, user_id)
            )
            if replaces is None:
                cursor.execute(
                    f"insert into {self.name} (user_id, name, content, group_id) "
                    "select %(user)s, %(name)s, %(content)s, %(group)s where %(most)s > "
                    f"(select count(*) from {self.name} where user_id = %(user)s) "
                    f"on conflict (user_id, name) do nothing returning {_COLUMNS}",
                    {**values, "most": most},
                )
            else:
                cursor.execute(
                    f"update {self.name} set content = %(content)s, group_id = %(group)s, "
                    "updated = now() where user_id = %(user)s and name = %(name)s "
                    f"and updated = %(replaces)s returning {_COLUMNS}",
                    {**values, "replaces": replaces},
                )
            row = cursor.fetchone()
        return None if row is None else Named(**row)

    def delete(self, user_id: int, name: str) -> bool:
        """Delete those of a user under a name; whether there were any."""
        with database.default().transaction() as cursor:
            cursor.execute(
                f"delete from {self.name} where user_id = %s and name = %s", (user_id, name)
            )
            return cursor.rowcount > 0
