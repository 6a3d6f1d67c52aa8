"""Runs of checks that have ended, in the plugin database."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg2.extras import Json

from omero_plugin_common import database

_KEPT: Final = 200


def store(run: dict[str, Any]) -> None:
    """Store a run; the oldest ones make room for it.

    Args:
        run: as `services.diagnostics` describes it.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into admin_tools_runs (id, started, ended, user_name, run) "
            "values (%s, %s, %s, %s, %s) on conflict (id) do nothing",
            (run["id"], run["started"], run["ended"], run["by"], Json(run)),
        )
        cursor.execute(
            "delete from admin_tools_runs where id in "
            "(select id from admin_tools_runs order by started desc, id offset %s)",
            (_KEPT,),
        )


def load(id_: UUID) -> dict[str, Any] | None:
    """A run; nothing where there is none of this id."""
    with database.default().transaction() as cursor:
        cursor.execute("select run from admin_tools_runs where id = %s", (str(id_),))
        row = cursor.fetchone()
    return dict(row["run"]) if row else None


def newest(number: int) -> list[dict[str, Any]]:
    """The newest runs without their results, the newest first."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select run->'id' as id, run->'started' as started, run->'ended' as ended, "
            "run->'by' as by, run->'totals' as totals from admin_tools_runs "
            "order by admin_tools_runs.started desc limit %s",
            (number,),
        )
        return [dict(row) for row in cursor.fetchall()]
