"""ManagedRepository: where imports go, and the checksums of what is there."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import omero.grid
import omero.model
from omero.rtypes import rstring, rtime

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.binary.folder import MANAGED
from omero_standin.call import Call, plain
from omero_standin.imports import places
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.store import Row
from omero_standin.services.access import editable, readable, working_group
from omero_standin.services.importprocess import ImportProcess
from omero_standin.services.iupdate import Update
from omero_standin.services.repository import DIRECTORY, Repository

_LOG = "application/omero-log-file"
# What the server does after the upload, each a job of the fileset.
_JOBS = ("MetadataImportJob", "PixelDataJob", "ThumbnailGenerationJob", "IndexingJob")


class ManagedRepository(Repository):
    """The repository `ManagedRepository`."""

    def __init__(self) -> None:
        """There is one of it."""
        super().__init__(MANAGED)

    # --- uploads

    def importFileset(self, call: Call, fileset: Any, settings: Any) -> Any:
        """Begin an import: places for the files of a fileset, and a process to upload them with."""
        entries = list(fileset._usedFilesSeq) if fileset is not None else []
        paths = [plain(entry.clientPath) for entry in entries]
        if not paths or any(not path for path in paths):
            raise refuse.usage("no paths in fileset")
        if len(set(paths)) < len(paths):
            raise refuse.usage("a path appears twice in the fileset")
        algorithm = settings.checksumAlgorithm if settings is not None else None
        name = plain(algorithm.value) if algorithm is not None else None
        if name not in checksums.ALGORITHMS:
            raise refuse.usage(f"no such checksum algorithm: {name}")
        with call.store.transaction():
            saved, files, log = self._save(call, fileset, paths, name)
        location = omero.grid.ImportLocation()
        location.sharedPath = saved.values["templatePrefix"]
        location.usedFiles = [f"{row.values['path']}{row.values['name']}" for row in files]
        process = ImportProcess(settings, location, saved, files, log)
        process.proxy = call.publish(omero.grid.ImportProcess, process)
        return process.proxy

    def importPaths(self, call: Call, paths: Any) -> Any:
        """Begin an import of files by their paths alone."""
        fileset = omero.model.FilesetI()
        for path in paths:
            entry = omero.model.FilesetEntryI()
            entry.clientPath = rstring(path)
            fileset.addFilesetEntry(entry)
        fileset.linkJob(omero.model.UploadJobI())
        settings = omero.grid.ImportSettings()
        settings.checksumAlgorithm = omero.model.ChecksumAlgorithmI()
        settings.checksumAlgorithm.value = rstring(checksums.DEFAULT)
        return self.importFileset(call, fileset, settings)

    def listImports(self, call: Call) -> Any:
        """The caller's imports that are not closed."""
        found = call.kernel.published.handlers(call.session.uuid)
        return [each.proxy for each in found if isinstance(each, ImportProcess)]

    # --- checksums

    def listChecksumAlgorithms(self, call: Call) -> Any:
        """The algorithms that are supported."""
        refs = [enumeration(call.store, "ChecksumAlgorithm", name) for name in checksums.ALGORITHMS]
        return call.marshaller().objects([call.store.get(*ref) for ref in refs])

    def suggestChecksumAlgorithm(self, call: Call, offered: Any) -> Any:
        """The first of the client's algorithms that is supported, or null."""
        for each in offered or ():
            name = plain(each.value)
            if name in checksums.ALGORITHMS:
                ref = enumeration(call.store, "ChecksumAlgorithm", name)
                return call.marshaller().object(call.store.get(*ref))
        return None

    def verifyChecksums(self, call: Call, ids: Any) -> Any:
        """Those of the files whose content no longer has their checksum."""
        return self._where(call, ids, readable, self._differs)

    def setChecksumAlgorithm(self, call: Call, algorithm: Any, ids: Any) -> Any:
        """Give files another checksum; those that had a different algorithm before."""
        name = plain(algorithm.value)
        if name not in checksums.ALGORITHMS:
            raise refuse.usage(f"no such checksum algorithm: {name}")

        def changed(call: Call, row: Row) -> bool:
            if value_of(call.store, row, "hasher") == name:
                return False
            digest = checksums.of_file(call.kernel.data.content(row), name)
            hasher = enumeration(call.store, "ChecksumAlgorithm", name)
            call.store.update(row, hash=digest, hasher=hasher)
            return True

        return self._where(call, ids, editable, changed)

    # --- inside

    def _where(
        self,
        call: Call,
        ids: Any,
        find: Callable[[Call, str, int], Row],
        holds: Callable[[Call, Row], bool],
    ) -> list[int]:
        rows = [find(call, "OriginalFile", each) for each in ids]
        if foreign := [row for row in rows if row.values.get("repo") != self._uuid]:
            raise refuse.invalid(f"OriginalFile:{foreign[0].id} is not in {self._name}")
        return [row.id for row in rows if holds(call, row)]

    def _differs(self, call: Call, row: Row) -> bool:
        path = call.kernel.data.content(row)
        name = value_of(call.store, row, "hasher") or checksums.DEFAULT
        return not path.is_file() or checksums.of_file(path, name) != row.values.get("hash")

    def _save(
        self, call: Call, fileset: Any, paths: list[str], algorithm: str
    ) -> tuple[Row, list[Row], Row]:
        prefix = self._new_folder(call)
        hasher = enumeration(call.store, "ChecksumAlgorithm", algorithm)
        files = []
        for entry, path in zip(fileset._usedFilesSeq, places.relative(paths), strict=True):
            folder = f"{prefix}{path}".rpartition("/")[0]
            self._folders(call, folder)
            row = self._insert(call, f"{prefix}{path}", self.mimetype(call, path))
            call.store.update(row, hasher=hasher)
            files.append(row)
            entry.originalFile = omero.model.OriginalFileI(row.id, False)
        fileset.templatePrefix = rstring(prefix)
        jobs = [link.child for link in fileset._jobLinksSeq]
        for kind in _JOBS:
            jobs.append(getattr(omero.model, f"{kind}I")())
            fileset.linkJob(jobs[-1])
        for job in jobs:
            _fill_job(call, job)
        saved = call.store.get("Fileset", Update().saveAndReturnObject(call, fileset).id.val)
        log = self._insert(call, f"{prefix.rstrip('/')}.log", _LOG)
        call.kernel.data.content(log).write_text("import started\n", encoding="utf-8")
        upload = call.store.referring("FilesetJobLink", "parent", saved.ref)[0].values["child"]
        link = {"parent": upload, "child": log.ref}
        call.store.insert("JobOriginalFileLink", link, owner=saved.owner, group=saved.group)
        return saved, files, log

    def _new_folder(self, call: Call) -> str:
        """A folder that did not exist; two imports in one millisecond get two."""
        group = call.accounts.group(working_group(call))
        prefix = places.template(
            call.kernel.config,
            (call.user.id, call.user.values["omeName"]),
            (group.id, group.values["name"]),
        )
        number, wanted = 1, prefix
        while self._row(call, wanted) is not None:
            number += 1
            wanted = f"{prefix.rstrip('/')}-{number}/"
        self._folders(call, wanted)
        return wanted

    def _folders(self, call: Call, path: str) -> None:
        parts = [part for part in path.split("/") if part]
        for number in range(1, len(parts) + 1):
            each = "/".join(parts[:number])
            if self._row(call, each) is None:
                self._insert(call, each, DIRECTORY)
                self._place(call, each).mkdir(parents=True, exist_ok=True)


def _fill_job(call: Call, job: Any) -> None:
    """What every job must have."""
    now = rtime(int(time.time() * 1000))
    group = call.accounts.group(working_group(call))
    job.username = rstring(call.user.values["omeName"])
    job.groupname = rstring(group.values["name"])
    job.type = rstring(type(job).__name__.removesuffix("I"))
    job.message = rstring("")
    status = enumeration(call.store, "JobStatus", "Submitted")
    job.status = omero.model.JobStatusI(status.id, False)
    job.submitted = job.scheduledFor = job.started = now
