"""Exports with all that their state depends on."""

# ruff: noqa: S608 - what is put into the statements are constants of this file

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.jobs import Job
from omeroweb_imaris_connector.store.exports import Export, Part
from omeroweb_imaris_connector.store.files import File

_PART: Final = tuple(Part.__dataclass_fields__)
_FILE: Final = tuple(File.__dataclass_fields__)
_JOB: Final = tuple(Job.__dataclass_fields__)
_COLUMNS: Final = ", ".join(
    f"{alias}.{name} as {alias}_{name}"
    for alias, names in (("p", _PART), ("f", _FILE), ("w", _JOB), ("a", _JOB))
    for name in names
)
# Jobs of the queue that come before one that waits.
_BEFORE: Final = (
    "case when w.state = 'queued' then (select count(*) from omero_plugin_jobs o "
    "where o.queue = w.queue and o.state = 'queued' and (o.created, o.id) < (w.created, w.id)) end"
)
_SELECT: Final = (
    f"select {_COLUMNS}, {_BEFORE} as before from imaris_parts p "
    "join imaris_files f on f.id = p.file left join omero_plugin_jobs w on w.id = f.job "
    "left join omero_plugin_jobs a on a.id = p.attach_job"
)


@dataclass(frozen=True, slots=True)
class ListedPart:
    """An image of an export, its file, and their jobs.

    Attributes:
        part: of the export.
        file: its file.
        write: the job that writes the file, as far as there is one.
        attach: the job that attaches it.
        before: how many jobs come before the one that writes it, while that waits.
    """

    part: Part
    file: File
    write: Job | None
    attach: Job | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An export with its parts, in the order of the images; there is one at least."""

    export: Export
    parts: tuple[ListedPart, ...]


def one(export_id: UUID) -> Listed | None:
    """An export, or nothing."""
    found = some([export_id])
    return found[0] if found else None


def part(part_id: UUID) -> ListedPart | None:
    """A part of an export, or nothing."""
    found = _parts("where p.id = %s", (part_id,))
    return found[0] if found else None


def some(ids: Sequence[UUID]) -> list[Listed]:
    """Exports, in the order of the ids; those that are gone are left out."""
    with database.default().transaction() as cursor:
        cursor.execute("select * from imaris_exports where id = any(%s)", (list(ids),))
        exports = {row["id"]: Export.from_row(row) for row in cursor.fetchall()}
    parts: dict[UUID, list[ListedPart]] = {each: [] for each in exports}
    for each in _parts("where p.export = any(%s) order by p.place", (list(exports),)):
        parts[each.part.export].append(each)
    # One that was deleted between both questions has none.
    return [Listed(exports[each], tuple(parts[each])) for each in ids if parts.get(each)]


def newest(user_id: int | None, before: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Exports of a user, or of everybody, the newest first.

    Args:
        user_id: whose; nothing for everybody's.
        before: the last one of the page before.
        limit: how many.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select id from imaris_exports where (%(user)s::bigint is null or user_id = %(user)s) "
            "and (%(time)s::timestamptz is null or (created, id) < (%(time)s, %(id)s)) "
            "order by created desc, id desc limit %(limit)s",
            {
                "user": user_id,
                "time": before[0] if before else None,
                "id": before[1] if before else None,
                "limit": limit,
            },
        )
        ids = [row["id"] for row in cursor.fetchall()]
    return some(ids)


def _parts(where: str, values: Any) -> list[ListedPart]:
    with database.default().transaction() as cursor:
        cursor.execute(f"{_SELECT} {where}", values)
        return [
            ListedPart(
                part=Part.from_row(_of(row, "p", _PART)),
                file=File.from_row(_of(row, "f", _FILE)),
                write=_job(row, "w"),
                attach=_job(row, "a"),
                before=row["before"],
            )
            for row in cursor.fetchall()
        ]


def _of(row: Mapping[str, Any], alias: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[f"{alias}_{name}"] for name in names}


def _job(row: Mapping[str, Any], alias: str) -> Job | None:
    return Job.from_row(_of(row, alias, _JOB)) if row[f"{alias}_id"] is not None else None
