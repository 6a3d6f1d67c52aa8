"""What the plugin of the Docker edition stored, by login name, until its owner comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.extras import Json

from omero_plugin_common import database


@dataclass(frozen=True, slots=True)
class EarlierSet:
    """A variable set: `variables` is whatever was stored, as JSON."""

    name: str
    variables: Any
    updated: datetime | None


def sets_of(user_name: str) -> list[EarlierSet]:
    """The sets of a login name that nobody has taken over."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select set_name as name, var_names as variables, updated_at as updated "
            "from omp_predecessor_variable_sets where username = %s order by updated_at",
            (user_name,),
        )
        return [EarlierSet(**row) for row in cursor.fetchall()]


def settings_of(user_name: str) -> Any:
    """The settings of a login name, as JSON; nothing when there are none to take over."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select settings from omp_predecessor_user_settings where username = %s", (user_name,)
        )
        row = cursor.fetchone()
    return None if row is None else row["settings"]


def move_set(
    user_id: int, user_name: str, earlier: EarlierSet, name: str, content: Mapping[str, Any]
) -> None:
    """Make a set of the user's out of an earlier one, unless the user has one of this name.

    Args:
        user_id: who takes it over.
        user_name: the login name that it was stored under.
        earlier: the set.
        name: its name now.
        content: as in `omp_variable_sets`.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_variable_sets (user_id, name, content, created, updated) "
            "values (%(user)s, %(name)s, %(content)s, coalesce(%(updated)s, now()), "
            "coalesce(%(updated)s, now())) on conflict (user_id, name) do nothing",
            {
                "user": user_id,
                "name": name,
                "content": Json(dict(content)),
                "updated": earlier.updated,
            },
        )
        if cursor.rowcount:
            cursor.execute(
                "delete from omp_predecessor_variable_sets where username = %s and set_name = %s",
                (user_name, earlier.name),
            )


def move_settings(user_id: int, user_name: str, settings: Mapping[str, Any]) -> None:
    """Give the user settings, unless some are stored; the earlier ones are deleted."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_user_settings (user_id, settings) values (%s, %s) "
            "on conflict (user_id) do nothing",
            (user_id, Json(dict(settings))),
        )
        cursor.execute(
            "delete from omp_predecessor_user_settings where username = %s", (user_name,)
        )
