"""ManagedRepository: where imports go, and the checksums of what is there."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import dataclasses
import itertools
import platform
import time
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import omero.grid
import omero.model
from omero.rtypes import rbool, rstring, rtime

from omero_standin import refuse
from omero_standin.accounts import ROOT, USER_GROUP
from omero_standin.binary import checksums, repository_paths
from omero_standin.binary.folder import MANAGED
from omero_standin.call import Call, plain
from omero_standin.imports import places, reader
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.store import Row
from omero_standin.servants import unlocked
from omero_standin.services.access import need_edit, working_group
from omero_standin.services.importprocess import ImportProcess
from omero_standin.services.iupdate import Update
from omero_standin.services.repository import Repository, shared_folder

_LOG: Final = "application/omero-log-file"
_READER: Final = "bioformats.reader"
_FOLDERS_KEPT: Final = 3
# What the server does after the upload, each a job of the fileset.
_JOBS: Final = ("MetadataImportJob", "PixelDataJob", "ThumbnailGenerationJob", "IndexingJob")


class ManagedRepository(Repository):
    """The repository `ManagedRepository`."""

    def __init__(self) -> None:
        """There is one of it."""
        super().__init__(MANAGED)

    # --- uploads

    def importFileset(self, call: Call, fileset: Any, settings: Any) -> Any:
        """Begin an import: places for the files of a fileset, and a process to upload them with."""
        entries = list(fileset._usedFilesSeq) if fileset is not None else []
        if not entries:
            raise refuse.usage("No paths provided")
        if settings is None or settings.checksumAlgorithm is None:
            raise refuse.usage("must specify checksum algorithm")
        paths = [plain(entry.clientPath) for entry in entries]
        if any(not path for path in paths):
            raise refuse.invalid("a fileset entry has no client path")
        if len(set(paths)) < len(paths):
            raise refuse.invalid("a path appears twice in the fileset")
        algorithm = _algorithm(settings.checksumAlgorithm)
        _need_upload_job(fileset)
        reader.check(PurePosixPath(paths[0]).name)
        with call.store.transaction():
            saved, location, files, log = self._save(call, fileset, settings, paths, algorithm)
        process = ImportProcess(settings, location, saved, files, log)
        process.proxy = call.publish(omero.grid.ImportProcess, process)
        return process.proxy

    def importPaths(self, call: Call, paths: Any) -> Any:
        """Begin an import of files by their paths alone."""
        if not paths:
            raise refuse.usage("No paths provided")
        fileset = omero.model.FilesetI()
        for path in paths:
            entry = omero.model.FilesetEntryI()
            entry.clientPath = rstring(path)
            fileset.addFilesetEntry(entry)
        fileset.linkJob(omero.model.UploadJobI())
        settings = omero.grid.ImportSettings(doThumbnails=rbool(True))
        settings.checksumAlgorithm = omero.model.ChecksumAlgorithmI()
        settings.checksumAlgorithm.value = rstring(next(iter(checksums.ALGORITHMS)))
        return self.importFileset(call, fileset, settings)

    def listImports(self, call: Call) -> Any:
        """The imports that are not closed: the caller's own, and others' that it may change."""
        return [
            each.proxy
            for each in call.kernel.published.of_kind(ImportProcess)
            if call.sees(each.fileset) and call.rights(each.fileset).edit
        ]

    # --- checksums

    def listChecksumAlgorithms(self, call: Call) -> Any:
        """The algorithms that are supported."""
        refs = [enumeration(call.store, "ChecksumAlgorithm", name) for name in checksums.ALGORITHMS]
        return call.marshaller().objects([call.store.get(*ref) for ref in refs])

    def suggestChecksumAlgorithm(self, call: Call, offered: Any) -> Any:
        """Of the client's algorithms the one that the server likes best, or null."""
        names = {plain(each.value) for each in offered or ()}
        for name in checksums.ALGORITHMS:
            if name in names:
                ref = enumeration(call.store, "ChecksumAlgorithm", name)
                return call.marshaller().object(call.store.get(*ref))
        return None

    @unlocked
    def verifyChecksums(self, call: Call, ids: Any) -> Any:
        """Those of the files whose content no longer has their checksum, in whatever group.

        Files of other repositories, and those that never had a checksum, are left out. A file that
        is gone from the disk, or that the caller may not see, is an InternalException, as in the
        real server.
        """
        with call.store.lock:
            rows = [row for row in self._here(call, ids) if _has_checksum(row)]
            named = [(row, str(value_of(call.store, row, "hasher"))) for row in rows]
        return [row.id for row, name in named if _digest(call, row, name) != row.values["hash"]]

    def setChecksumAlgorithm(self, call: Call, algorithm: Any, ids: Any) -> Any:
        """Give files another checksum; those that had a different algorithm before."""
        name = _algorithm(algorithm)
        changed = []
        with call.store.transaction():
            for row in self._here(call, ids):
                before = value_of(call.store, row, "hasher")
                if _has_checksum(row):
                    if before == name:
                        continue
                    if _digest(call, row, str(before)) != row.values["hash"]:
                        raise refuse.server(f"hash mismatch on file ID {row.id}")
                need_edit(call, row)
                hasher = enumeration(call.store, "ChecksumAlgorithm", name)
                call.store.update(row, hash=_digest(call, row, name), hasher=hasher)
                changed.append(row.id)
        return changed

    # --- folders

    def _make_folders(self, call: Call, paths: Sequence[str], *, parents: bool) -> None:
        """As in every repository, but only below the caller's own part of the template.

        The folders are in the group `user` afterwards: their owner works in other groups as well.
        """
        top = places.root_part(call.kernel.config, self._who(call))
        admin = call.accounts.is_admin(call.user)
        for path in paths:
            parts = repository_paths.parts(path)
            if not admin and any(a != b for a, b in zip(top, parts, strict=False)):
                raise refuse.invalid(
                    f'cannot create directory "{path}" with template path\'s root-owned '
                    f'"{"/".join(top)}"'
                )
        super()._make_folders(call, paths, parents=parents)
        outside = admin and any(
            a != b
            for path in paths
            for a, b in zip(top, repository_paths.parts(path), strict=False)
        )
        for path in paths:
            row = self._row(call, path)
            if row is not None and (outside or call.user.id == ROOT) and row.owner != ROOT:
                call.store.assign(row, owner=ROOT)
            if row is not None and row.group != USER_GROUP:
                call.store.assign(row, group=USER_GROUP)

    def _may_put_into(self, call: Call, folder: Row) -> bool:
        return shared_folder(call, folder)

    def _need_top(self, call: Call, path: str) -> None:
        """At the top everybody may make something; of folders, the template decides which."""

    # --- inside

    def _who(self, call: Call) -> places.Who:
        group = call.accounts.group(working_group(call))
        return places.Who(
            user=(call.user.id, call.user.values["omeName"]),
            group=(group.id, group.values["name"]),
            session=(call.session.id, call.session.uuid),
            permissions=call.accounts.level(group.id),
            institution=call.user.values.get("institution") or "",
        )

    def _here(self, call: Call, ids: Any) -> list[Row]:
        """Those of the files that are in this repository."""
        found = [call.store.find("OriginalFile", each) for each in ids]
        rows = [row for row in found if row is not None and row.values.get("repo") == self._uuid]
        everywhere = Call(call.kernel, call.session, call.context | {"omero.group": "-1"})
        if hidden := [row for row in rows if not everywhere.sees(row)]:
            raise refuse.server_fault(f"the caller may not see OriginalFile:{hidden[0].id}")
        return rows

    def _save(
        self, call: Call, fileset: Any, settings: Any, paths: list[str], algorithm: str
    ) -> tuple[Row, Any, list[Row], Row]:
        """Folders, files, jobs and the fileset itself: `(fileset, location, files, log)`."""
        prefix = self._new_folder(call)
        base, inside = places.relative(paths, keep=_kept_folders(fileset))
        location = omero.grid.ImportLocation()
        location.sharedPath = "/".join([prefix, *base])
        location.usedFiles = inside
        hasher = enumeration(call.store, "ChecksumAlgorithm", algorithm)
        files = []
        for entry, path in zip(fileset._usedFilesSeq, inside, strict=True):
            whole = f"{location.sharedPath}/{path}"
            self.makeDir(call, whole.rpartition("/")[0], True)
            row = self._new(call, whole, None, hasher=hasher)
            files.append(row)
            entry.originalFile = omero.model.OriginalFileI(row.id, False)
        fileset.templatePrefix = rstring(f"{prefix}/")
        _link_jobs(call, fileset, thumbnails=bool(plain(settings.doThumbnails)))
        saved = call.store.get("Fileset", Update().saveAndReturnObject(call, fileset).id.val)
        log = self._insert(call, f"{prefix}.log", _LOG)
        call.kernel.data.content(log).write_text("import started\n", encoding="utf-8")
        links = call.store.referring("FilesetJobLink", "parent", saved.ref)
        upload = next(each for each in links if each.values["child"].kind == "UploadJob")
        link = {"parent": upload.values["child"], "child": log.ref}
        call.store.insert("JobOriginalFileLink", link, owner=saved.owner, group=saved.group)
        return saved, location, files, log

    def _new_folder(self, call: Call) -> str:
        """A folder that did not exist; two imports in one millisecond get two.

        Its part before the template's `//` belongs to root, the rest to the caller.
        """
        who, config = self._who(call), call.kernel.config
        top = "/".join(places.root_part(config, who))
        if top:
            session = dataclasses.replace(call.session, user=ROOT, group=USER_GROUP, sudoer=None)
            self.makeDir(Call(call.kernel, session, {}), top, True)
        own = places.user_part(config, who)
        for number in itertools.count(1):
            wanted = "/".join([top, own] if number == 1 else [top, f"{own}-{number}"]).strip("/")
            if self._row(call, wanted) is None and not self._place(call, wanted).exists():
                self.makeDir(call, wanted, True)
                return wanted
        raise AssertionError


def _has_checksum(row: Row) -> bool:
    return bool(row.values.get("hasher") and row.values.get("hash"))


def _digest(call: Call, row: Row, name: str) -> str:
    path = call.kernel.data.content(row)
    if not path.is_file():
        raise refuse.server_fault(f"there is no file {path} of OriginalFile:{row.id}")
    return checksums.of_file(path, name)


def _algorithm(given: Any) -> str:
    name = plain(given.value)
    if name not in checksums.ALGORITHMS:
        raise refuse.invalid(f"unknown checksum algorithm: {name}")
    return str(name)


def _need_upload_job(fileset: Any) -> None:
    """Refuse a fileset that does not come with one UploadJob and nothing else."""
    jobs = [link.child for link in fileset._jobLinksSeq]
    if len(jobs) != 1:
        raise refuse.invalid(
            f"Found {len(jobs)} job links in place of one. Link only updateJob on creation!"
        )
    if not isinstance(jobs[0], omero.model.UploadJob):
        raise refuse.invalid(f"Found non-UploadJob on creation: {type(jobs[0]).__name__}")


def _kept_folders(fileset: Any) -> int:
    """How many of the folders above the files are kept.

    A client that says which of Bio-Formats' readers it used gets what that reader needs, which is
    nothing for nearly all; else it is three.
    """
    given = fileset._jobLinksSeq[0].child._versionInfo or ()
    readers = [each.value for each in given if each is not None and each.name == _READER]
    return 0 if any(each.startswith("loci.formats.in.") for each in readers) else _FOLDERS_KEPT


def _link_jobs(call: Call, fileset: Any, *, thumbnails: bool) -> None:
    """The jobs that follow the upload."""
    for kind in _JOBS:
        if thumbnails or kind != "ThumbnailGenerationJob":
            job = getattr(omero.model, f"{kind}I")()
            if kind == "MetadataImportJob":
                job.setVersionInfo(_version_info(call))
            fileset.linkJob(job)
    for link in fileset._jobLinksSeq:
        fill_job(call, link.child)


def _version_info(call: Call) -> list[Any]:
    system = platform.uname()
    known = {
        "client.language.name": "Python",
        "client.language.version": platform.python_version(),
        "omero.version": call.kernel.config["omero.version"],
        "os.name": system.system,
        "os.version": system.release,
        "os.architecture": system.machine,
    }
    return [omero.model.NamedValue(name, value) for name, value in known.items()]


def fill_job(call: Call, job: Any) -> None:
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
