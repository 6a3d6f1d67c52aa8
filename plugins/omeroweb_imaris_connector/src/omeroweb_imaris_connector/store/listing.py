"""Exports with all that their state depends on."""

# ruff: noqa: S608 - what is put into the statements are constants of this file

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.jobs import Job
from omeroweb_imaris_connector.store.exports import Export
from omeroweb_imaris_connector.store.files import File

_EXPORT: Final = tuple(Export.__dataclass_fields__)
_FILE: Final = tuple(File.__dataclass_fields__)
_JOB: Final = tuple(Job.__dataclass_fields__)
_COLUMNS: Final = ", ".join(
    f"{alias}.{name} as {alias}_{name}"
    for alias, names in (("e", _EXPORT), ("f", _FILE), ("w", _JOB), ("a", _JOB))
    for name in names
)
# Jobs of the queue that come before one that waits.
_BEFORE: Final = (
    "case when w.state = 'queued' then (select count(*) from omero_plugin_jobs o "
    "where o.queue = w.queue and o.state = 'queued' and (o.created, o.id) < (w.created, w.id)) end"
)
_SELECT: Final = (
    f"select {_COLUMNS}, {_BEFORE} as before from imaris_exports e "
    "join imaris_files f on f.id = e.file left join omero_plugin_jobs w on w.id = f.job "
    "left join omero_plugin_jobs a on a.id = e.attach_job"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """An export, its file, and their jobs.

    Attributes:
        export: the export.
        file: its file.
        write: the job that writes the file, as far as there is one.
        attach: the job that attaches it.
        before: how many jobs come before the one that writes it, while that waits.
    """

    export: Export
    file: File
    write: Job | None
    attach: Job | None
    before: int | None


def one(export_id: UUID) -> Listed | None:
    """An export, or nothing."""
    found = _listed(f"{_SELECT} where e.id = %s", (export_id,))
    return found[0] if found else None


def some(ids: list[UUID]) -> list[Listed]:
    """Exports, in the order of the ids; those that are gone are left out."""
    found = {each.export.id: each for each in _listed(f"{_SELECT} where e.id = any(%s)", (ids,))}
    return [found[each] for each in ids if each in found]


def newest(user_id: int | None, before: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Exports of a user, or of everybody, the newest first.

    Args:
        user_id: whose; nothing for everybody's.
        before: the last one of the page before.
        limit: how many.
    """
    return _listed(
        f"{_SELECT} where (%(user)s::bigint is null or e.user_id = %(user)s) "
        "and (%(time)s::timestamptz is null or (e.created, e.id) < (%(time)s, %(id)s)) "
        "order by e.created desc, e.id desc limit %(limit)s",
        {
            "user": user_id,
            "time": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


def _listed(statement: str, values: Any) -> list[Listed]:
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
        return [
            Listed(
                export=Export.from_row(_part(row, "e", _EXPORT)),
                file=File.from_row(_part(row, "f", _FILE)),
                write=_job(row, "w"),
                attach=_job(row, "a"),
                before=row["before"],
            )
            for row in cursor.fetchall()
        ]


def _part(row: Mapping[str, Any], alias: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[f"{alias}_{name}"] for name in names}


def _job(row: Mapping[str, Any], alias: str) -> Job | None:
    return Job.from_row(_part(row, alias, _JOB)) if row[f"{alias}_id"] is not None else None
