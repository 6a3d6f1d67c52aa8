"""Uploads whose images are in OMERO and whose attachments have arrived: attached by a real job."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from psycopg2.extras import Json

from omero_plugin_common import database
from omero_plugin_common.jobs import JobContext, job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore
from omero_plugin_common.jobs.store import Owner as JobOwner
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.omero_api import files as omero_files
from omero_plugin_common.omero_api import hql
from omeroweb_upload.omero_api.attachments import NAMESPACE
from omeroweb_upload.planning.settings import JobSettings, StoredSettings, Target
from omeroweb_upload.services.attachments import attach
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import NewFile, Owner
from omeroweb_upload.transfer.staging import Staging
from upload_places import Places

KIND = "attached.attach"


@job(KIND)
def _attach(context: JobContext) -> dict[str, int]:
    upload = uploads.by_id(UUID(context.parameters["upload"]))
    assert upload is not None
    with context.omero() as conn:
        return attach(context, upload, conn)


def sha1(content: bytes) -> str:
    """Of a file with this content."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Imported:
    """A file that was imported.

    Attributes:
        images: ids of its images.
        plates: ids of its plates.
        dataset: where they are.
        screen: where the plates are.
        state: of its unit.
    """

    images: tuple[int, ...] = ()
    plates: tuple[int, ...] = ()
    dataset: int | None = None
    screen: int | None = None
    state: str = "imported"


@dataclass
class Attached:
    """Makes uploads and has their files attached.

    Attributes:
        omero: the stand-in.
        folder: of the staging volume.
        counted: what the last job returned.
    """

    omero: Places
    folder: Path
    counted: dict[str, int] = field(default_factory=dict)

    def upload(
        self,
        images: Mapping[str, Imported],
        attachments: Mapping[str, bytes],
        *,
        settings: JobSettings | None = None,
        target: Target | None = None,
        sums: Mapping[str, str] | None = None,
        group: str = "sharing",
    ) -> UUID:
        """An upload of ada's, whose files have arrived and whose images were imported."""
        sums = sums or {}
        asks = self.omero.asks("ada", group)
        upload = uuid.uuid4()
        declared = [NewFile(path, 1, None, "image", "imported") for path in images]
        declared += [
            NewFile(path, len(content), None, "attachment", "uploaded", sums.get(path))
            for path, content in attachments.items()
        ]
        uploads.create(
            upload,
            Owner(asks.user_id, "ada", asks.group_id),
            StoredSettings(target=target or Target(), settings=settings or JobSettings()),
            declared,
        )
        self._units(upload, images)
        staging = Staging(self.folder)
        staging.make_job(upload)
        for path, content in attachments.items():
            staged = staging.path(upload, PurePosixPath(path))
            staged.parent.mkdir(parents=True, exist_ok=True)
            staged.write_bytes(content)
        return upload

    def _units(self, upload: UUID, images: Mapping[str, Imported]) -> None:
        with database.default().transaction() as cursor:
            for number, (path, made) in enumerate(images.items()):
                objects = Json({"images": made.images, "plates": made.plates})
                cursor.execute(
                    "insert into upload_units (job, number, path, files, format, reader, images, "
                    "state, dataset_id, screen_id, objects) "
                    "values (%s, %s, %s, array[%s]::integer[], '', '', 1, %s, %s, %s, %s)",
                    (upload, number, path, number, made.state, made.dataset, made.screen, objects),
                )
                cursor.execute(
                    "update upload_files set unit = %s where job = %s and number = %s",
                    (number, upload, number),
                )

    def run(self, upload: UUID, group: str = "sharing") -> str:
        """Have a worker attach them; the state in which the job ended, or waits."""
        asks = self.omero.asks("ada", group)
        store = JobStore(database.default(), Timing())
        made = store.create(
            kind_of(KIND), JobOwner(asks.user_id, "ada", asks.group_id), {"upload": str(upload)}
        )
        state = run(made.id, store)
        ended = store.get(made.id)
        assert ended is not None
        self.counted = ended.result or {}
        return str(state)

    def files(self, upload: UUID) -> dict[str, Any]:
        """Rows of the attachments, by path."""
        with database.default().transaction() as cursor:
            cursor.execute(
                "select * from upload_files where job = %s and role = 'attachment'", (upload,)
            )
            return {row["path"]: row for row in cursor.fetchall()}

    def on(self, kind: str, *ids: int) -> dict[int, list[tuple[str, str]]]:
        """Name and SHA-1 of what is attached to objects, as ben sees them."""
        found = omero_files.attachments(self.omero.user("ben"), kind, ids, NAMESPACE)
        return {id_: [(each.name, each.sha1) for each in some] for id_, some in found.items()}

    def count(self, name: str) -> int:
        """Original files of a name."""
        query = "select count(f.id) from OriginalFile f where f.name = :name"
        return int(hql.rows(self.omero.user("manager"), query, name=name)[0][0])
