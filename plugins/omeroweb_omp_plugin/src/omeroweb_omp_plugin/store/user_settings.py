"""A user's settings, as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extras import Json

from omero_plugin_common import database


def load(user_id: int) -> dict[str, Any]:
    """The stored settings; empty when nothing was saved."""
    with database.default().transaction() as cursor:
        cursor.execute("select settings from omp_user_settings where user_id = %s", (user_id,))
        row = cursor.fetchone()
    return {} if row is None else dict(row["settings"])


def save(user_id: int, settings: Mapping[str, Any]) -> None:
    """Keep settings in the place of the earlier ones."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_user_settings (user_id, settings) values (%s, %s) "
            "on conflict (user_id) do update set settings = excluded.settings, updated = now()",
            (user_id, Json(dict(settings))),
        )
