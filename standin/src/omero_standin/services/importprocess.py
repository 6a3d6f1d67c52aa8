"""ImportProcess: upload the files of a fileset, have them checked, get images."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import time
from typing import Any

import omero
import omero.api
import omero.grid
import omero.model

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.binary.folder import MANAGED, REPOSITORIES
from omero_standin.call import Call, plain
from omero_standin.imports.reader import read
from omero_standin.imports.rows import Images
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.servants import unlocked
from omero_standin.services.commands.handle import Handle, run
from omero_standin.services.commands.work import Failure
from omero_standin.services.rawfilestore import RawFileStore
from omero_standin.services.stateful import Stateful

log = logging.getLogger(__name__)
_FETCH: Fetch = {"image": {"fileset": {}}, "pixelsType": {}, "channels": {"logicalChannel": {}}}


class ImportProcess(Stateful):
    """One import of one client."""

    def __init__(
        self, settings: Any, location: Any, fileset: Row, files: list[Row], log_file: Row
    ) -> None:
        """Nothing is uploaded yet."""
        self._settings, self._location = settings, location
        self._fileset, self._files, self._log_file = fileset, files, log_file
        self._handle: Any = None
        self.proxy: Any = None

    def getUploader(self, call: Call, number: int) -> Any:
        """A store for one of the files."""
        return call.publish(omero.api.RawFileStore, RawFileStore.of(call, self._file(number)))

    def getUploadOffset(self, call: Call, number: int) -> Any:
        """How much of one of the files is there."""
        path = call.kernel.data.content(self._file(number))
        return path.stat().st_size if path.is_file() else 0

    def getImportSettings(self, _call: Call) -> Any:
        """What the client asked for."""
        return self._settings

    def getHandle(self, _call: Call) -> Any:
        """The handle of the import, once the upload is verified."""
        return self._handle

    @unlocked
    def verifyUpload(self, call: Call, hashes: Any) -> Any:
        """Compare the checksums of what was uploaded, and make the images.

        A ChecksumValidationException names the files that differ, with their checksums here.
        """
        if len(hashes) != len(self._files):
            raise refuse.usage(f"{len(hashes)} checksums for {len(self._files)} files")
        self._verify(call, hashes)
        handle = Handle(self._request(call), lambda: self._images_response(call))
        self._handle = call.publish(omero.cmd.Handle, handle)
        run(handle)
        return self._handle

    def _file(self, number: int) -> Row:
        if not 0 <= number < len(self._files):
            raise refuse.usage(f"the fileset has no file {number}")
        return self._files[number]

    def _verify(self, call: Call, hashes: list[str]) -> None:
        wrong = {}
        for number, (row, wanted) in enumerate(zip(self._files, hashes, strict=True)):
            path = call.kernel.data.content(row)
            with call.store.lock:
                algorithm = value_of(call.store, row, "hasher") or checksums.DEFAULT
            found = checksums.of_file(path, algorithm) if path.is_file() else ""
            if found != wanted.lower():
                wrong[number] = found
                continue
            with call.store.lock:
                call.store.update(row, size=path.stat().st_size, hash=found)
        if wrong:
            error = omero.ChecksumValidationException()
            error.message = "A checksum mismatch has occurred."
            error.serverStackTrace = ""
            error.serverExceptionClass = "ChecksumValidationException"
            error.failingChecksums = wrong
            raise error

    def _request(self, call: Call) -> Any:
        request = omero.grid.ImportRequest()
        request.clientUuid = call.context.get("omero.client.uuid", "")
        request.repoUuid = REPOSITORIES[MANAGED]
        request.settings, request.location = self._settings, self._location
        with call.store.lock:
            links = call.store.referring("FilesetJobLink", "parent", self._fileset.ref)
            activity = next(
                link for link in links if link.values["child"].kind == "MetadataImportJob"
            )
            request.activity = call.marshaller().object(activity, {"parent": {}, "child": {}})
            request.logFile = call.marshaller().object(self._log_file)
        return request

    def _images_response(self, call: Call) -> Any:
        try:
            return self._import(call)
        except omero.ServerError as error:
            return Failure("import-fail", error.message).response(omero.grid.ImportRequest())
        except Exception as error:
            log.exception("fault in an import")
            failure = Failure("import-fail", f"fault of the OMERO stand-in: {error!r}")
            return failure.response(omero.grid.ImportRequest())

    def _import(self, call: Call) -> Any:
        data, store = call.kernel.data, call.store
        content = read([(row.values["name"], data.content(row)) for row in self._files])
        settings = self._settings
        name = plain(settings.userSpecifiedName)
        with store.lock, store.transaction():
            images = Images(store, data, call.kernel.config, self._fileset)
            pixels = images.make(content)
            for number, row in enumerate(pixels):
                image = store.get(*row.values["image"])
                changes = {"description": plain(settings.userSpecifiedDescription)}
                if name:
                    changes["name"] = name if len(pixels) == 1 else f"{name} [{number + 1}]"
                store.update(image, **{key: text for key, text in changes.items() if text})
                self._attach(call, image)
                if not plain(settings.noStatsInfo):
                    images.add_statistics(row)
                if plain(settings.doThumbnails) in (None, True):
                    images.add_settings(row)
            self._finish_jobs(call)
            self._write_log(call, [row.values["image"].id for row in pixels])
            made = call.marshaller().objects(pixels, _FETCH)
        return omero.grid.ImportResponse(made, [each.image for each in made])

    def _attach(self, call: Call, image: Row) -> None:
        ownership = {"owner": image.owner, "group": image.group}
        target = self._settings.userSpecifiedTarget
        if isinstance(target, omero.model.Dataset):
            dataset = call.store.get("Dataset", plain(target.id))
            if not call.sees(dataset) or not call.rights(dataset).link:
                raise refuse.forbidden(f"images may not be put into Dataset:{dataset.id}")
            link = {"parent": dataset.ref, "child": image.ref}
            call.store.insert("DatasetImageLink", link, **ownership)
        elif target is not None:
            raise refuse.unsupported(f"imports into a {type(target).__name__}")
        for each in self._settings.userSpecifiedAnnotationList or ():
            if each.id is None:
                raise refuse.unsupported("imports with new annotations")
            link = {
                "parent": image.ref,
                "child": call.store.get("Annotation", plain(each.id)).ref,
            }
            call.store.insert("ImageAnnotationLink", link, **ownership)

    def _finish_jobs(self, call: Call) -> None:
        finished = enumeration(call.store, "JobStatus", "Finished")
        for link in call.store.referring("FilesetJobLink", "parent", self._fileset.ref):
            job = call.store.get(*link.values["child"])
            call.store.update(job, status=finished, finished=int(time.time() * 1000))

    def _write_log(self, call: Call, images: list[int]) -> None:
        path = call.kernel.data.content(self._log_file)
        with path.open("a", encoding="utf-8") as lines:
            lines.write(f"images made: {', '.join(map(str, images))}\n")
        hasher = enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT)
        call.store.update(
            self._log_file,
            size=path.stat().st_size,
            hash=checksums.of_file(path),
            hasher=hasher,
        )
