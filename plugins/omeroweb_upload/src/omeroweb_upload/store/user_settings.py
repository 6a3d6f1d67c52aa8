"""A user's settings, as one JSON object for the page and one for each special import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extras import Json

from omero_plugin_common import database


def load(user_id: int, method: str = "") -> dict[str, Any] | None:
    """The stored settings; nothing when none were saved."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select settings from upload_user_settings where user_id = %s and method = %s",
            (user_id, method),
        )
        row = cursor.fetchone()
    return None if row is None else dict(row["settings"])


def save(user_id: int, settings: Mapping[str, Any], method: str = "") -> None:
    """Store settings instead of the earlier ones."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into upload_user_settings (user_id, method, settings) values (%s, %s, %s) "
            "on conflict (user_id, method) do update "
            "set settings = excluded.settings, updated = now()",
            (user_id, method, Json(dict(settings))),
        )


def delete(user_id: int, method: str = "") -> bool:
    """Delete stored settings; whether there were any."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from upload_user_settings where user_id = %s and method = %s",
            (user_id, method),
        )
        return cursor.rowcount > 0
