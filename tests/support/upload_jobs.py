"""Uploads that are declared already, for tests and benchmarks that only send bytes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from omero_plugin_common.database import Database
from omeroweb_upload.transfer.staging import Staging

PREFIX: Final = "/omeroweb_upload"


@dataclass(frozen=True)
class Declared:
    """An upload with its files.

    Attributes:
        id: of the upload.
        paths: of its files, in the order of their numbers.
    """

    id: uuid.UUID
    paths: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where files are created, and forms are sent to."""
        return f"{PREFIX}/upload/{self.id}/"

    def file(self, path: str) -> str:
        """Where the bytes of a file are sent to."""
        return f"{self.address}{self.paths.index(path)}/"


def declare(
    base: Database, folder: Path, user_id: int, user_name: str, files: Mapping[str, int]
) -> Declared:
    """An upload as `start/` leaves it.

    Args:
        base: the plugin database.
        folder: of the staging volume.
        user_id: whose it is.
        user_name: the same, as a login name.
        files: size by path.
    """
    job, staging = uuid.uuid4(), Staging(folder)
    staging.make_job(job)
    staging.create_empty(job, [PurePosixPath(path) for path, size in files.items() if not size])
    numbers, paths, sizes = range(len(files)), list(files), list(files.values())
    with base.transaction() as cursor:
        cursor.execute(
            "insert into upload_jobs (id, user_id, user_name, group_id, state, settings, "
            "file_count, total_bytes) values (%s, %s, %s, 0, 'uploading', '{}', %s, %s)",
            (job, user_id, user_name, len(files), sum(sizes)),
        )
        cursor.execute(
            "insert into upload_files (job, number, path, size, role, state) select %s, number, "
            "path, size, 'image', case when size = 0 then 'uploaded' else 'pending' end "
            "from unnest(%s::int[], %s::text[], %s::bigint[]) as given (number, path, size)",
            (job, list(numbers), paths, sizes),
        )
    return Declared(job, tuple(paths))


def states(base: Database, job: uuid.UUID) -> tuple[str, dict[str, tuple[str, int]]]:
    """The state of an upload, and state and received bytes of each of its files."""
    with base.transaction() as cursor:
        cursor.execute("select state from upload_jobs where id = %s", (job,))
        row = cursor.fetchone()
        assert row is not None
        cursor.execute("select path, state, received from upload_files where job = %s", (job,))
        files = {each["path"]: (each["state"], each["received"]) for each in cursor.fetchall()}
    return row["state"], files
