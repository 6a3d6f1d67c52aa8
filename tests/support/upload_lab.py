"""The jobs of the upload plugin run in this process, against a stand-in and the plugin database."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# First: imported after Glacier2 it would define its exceptions a second time.
import pytest

import omeroweb_upload.jobs  # noqa: F401 - makes the kinds known here
from microscope_files import Files
from omero_plugin_common import database
from omero_plugin_common.jobs import launch
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.omero_api import hql
from omero_plugin_common.web import Caller
from omeroweb_upload.planning.settings import JobSettings, Role, StoredSettings, Target
from omeroweb_upload.services import history
from omeroweb_upload.services.worker_jobs import start_examine, start_import
from omeroweb_upload.store import old_uploads, units, uploads
from omeroweb_upload.store.uploads import NewFile, Upload
from omeroweb_upload.transfer.staging import Staging
from upload_places import Places


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@dataclass
class UploadLab:
    """Uploads whose files have all arrived, and a worker for them.

    Attributes:
        places: OMERO.
        staging: the folder of the staging volume.
    """

    places: Places
    staging: Path

    def arrived(
        self,
        files: Files,
        *,
        who: str = "ada",
        group: str = "sharing",
        target: Target | None = None,
        settings: JobSettings | None = None,
        roles: dict[str, Role] | None = None,
        browser: dict[str, str] | None = None,
    ) -> Upload:
        """An upload of a user, staged as the transfer leaves it.

        Args:
            files: its files.
            who: whose.
            group: where the images go.
            target: ada's dataset of that group when not given.
            settings: how.
            roles: of files that are no images.
            browser: checksums that the browser has sent, where they are not the true ones.
        """
        asks = self.places.asks(who, group)
        chosen = target or Target(dataset=self.places.dataset(group))
        stored = StoredSettings(target=chosen, settings=settings or JobSettings())
        new = [
            NewFile(
                path=path,
                size=len(content),
                modified=None,
                role=(roles or {}).get(path, "image"),
                state="pending",
                sha1=(browser or {}).get(path, sha1(content)),
            )
            for path, content in files.items()
        ]
        owner = uploads.Owner(asks.user_id, who, asks.group_id)
        return self.sent(uploads.create(uuid.uuid4(), owner, stored, new), files)

    def sent(self, upload: Upload, content: Files, *, true_sums: bool = False) -> Upload:
        """An upload whose files, which are among these, arrive as the transfer leaves them.

        Args:
            upload: the upload.
            content: of its files.
            true_sums: the browser says what their checksums are.
        """
        for path in self.files(upload):
            at = self.at(upload, path)
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_bytes(content[path])
        with database.default().transaction() as cursor:
            cursor.execute(
                "update upload_files set state = 'uploaded', received = size where job = %s",
                (upload.id,),
            )
            if true_sums:
                for path in self.files(upload):
                    cursor.execute(
                        "update upload_files set sha1_browser = %s where job = %s and path = %s",
                        (sha1(content[path]), upload.id, path),
                    )
        return upload

    def replayed(self, upload: Upload, who: str = "ada", group: str = "sharing") -> Upload:
        """The upload of what failed, after the files of the first one are deleted."""
        asks = self.places.asks(who, group)
        caller = Caller(
            self.places.user(who), asks.user_id, who, asks.group_id, asks.is_admin, "request"
        )
        request = SimpleNamespace(audit=SimpleNamespace(add=lambda *_: None))
        assert old_uploads.clear(upload)
        Staging(self.staging).delete_job(upload.id)
        return history.replay(request, caller, upload.id)

    def at(self, upload: Upload, path: str) -> Path:
        """Where a file is staged."""
        return self.staging / upload.id.hex / "files" / path

    def staged(self, upload: Upload) -> list[str]:
        """The files that are still staged."""
        top = self.staging / upload.id.hex / "files"
        return sorted(str(each.relative_to(top)) for each in top.rglob("*") if each.is_file())

    def examined(self, upload: Upload) -> Upload:
        """After Bio-Formats has read its files."""
        start_examine(upload, "uploading")
        self.work()
        return self.now(upload)

    def imported(self, upload: Upload) -> Upload:
        """After its import; it is read before if it was not, and then confirmed."""
        upload = self.now(upload)
        if upload.state == "uploading":
            upload = self.examined(upload)
        if upload.state == "awaiting_confirmation":
            start_import(upload, "awaiting_confirmation")
            self.work()
        return self.now(upload)

    def now(self, upload: Upload) -> Upload:
        found = uploads.by_id(upload.id)
        assert found is not None
        return found

    def work(self, *, dying: type[BaseException] | None = None) -> list[Job]:
        """Work on all queued jobs, one after the other; `dying` is what a test lets one die of."""
        store, ended = JobStore(database.default(), Timing()), []
        while (job := _next()) is not None:
            with suppress(*([dying] if dying else [])):
                run(job, store)
            found = store.get(job)
            assert found is not None
            ended.append(found)
            if found.state in ("running", "queued"):
                break
        return ended

    def revive(self) -> None:
        """As when the lease of dead workers ended: their jobs wait for another one."""
        with database.default().transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set state = 'queued', lease_until = null, "
                "run_after = now(), token = token + 1 where finished is null"
            )

    def units(self, upload: Upload) -> list[units.Unit]:
        return units.load(upload.id)

    def files(self, upload: Upload) -> dict[str, dict[str, Any]]:
        """The rows of its files by path."""
        with database.default().transaction() as cursor:
            cursor.execute(
                "select * from upload_files where job = %s order by number", (upload.id,)
            )
            return {row["path"]: dict(row) for row in cursor.fetchall()}

    # --- OMERO

    def images(self, upload: Upload) -> list[int]:
        """Ids of all images that it has become."""
        return [each for unit in self.units(upload) for each in unit.objects.get("images", [])]

    def rows(self, query: str, who: str = "ada", **values: Any) -> list[list[Any]]:
        return hql.rows(self.places.user(who), query, **values)

    def datasets_of(self, image: int) -> list[str]:
        query = "select l.parent.name from DatasetImageLink l where l.child.id = :id"
        return [row[0] for row in self.rows(query, id=image)]

    def plane(self, image: int, who: str = "ada") -> Any:
        """The first plane of an image, as OMERO reads it."""
        gateway = self.places.user(who)
        return gateway.getObject("Image", image).getPrimaryPixels().getPlane(0, 0, 0)


def _next() -> uuid.UUID | None:
    with database.default().transaction() as cursor:
        cursor.execute(
            "select id from omero_plugin_jobs where state = 'queued' order by created limit 1"
        )
        row = cursor.fetchone()
    return row["id"] if row else None


def as_in_a_worker(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker's pod has, besides the plugin database and the staging volume; no queue."""
    secret = places.folder / "job-service-password"
    secret.write_text("job-service")
    variables = {
        "OMERO_HOST": "127.0.0.1",
        "OMERO_PORT": str(places.service.port),
        "JOB_SERVICE_USER": "job-service",
        "JOB_SERVICE_PASSWORD_FILE": str(secret),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # Jobs stay in the database until `work` takes them.
    monkeypatch.setattr(launch, "send", lambda job_id, queue: None)
