"""ImportProcess: upload the files of a fileset, have them checked, get images."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import time
import uuid
from typing import Any, Final

import omero
import omero.api
import omero.grid
import omero.model

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.binary.folder import MANAGED, REPOSITORIES
from omero_standin.binary.pixels import largest_plane
from omero_standin.bio_formats.installed import NeedsJava
from omero_standin.bio_formats.process import CannotRead
from omero_standin.call import Call, plain
from omero_standin.imports.described import Content
from omero_standin.imports.reader import read
from omero_standin.imports.rows import Images
from omero_standin.model.enumeration import enumeration
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Author, Row
from omero_standin.servants import unlocked
from omero_standin.services.access import readable
from omero_standin.services.commands.handle import Handle, run_later
from omero_standin.services.commands.work import Failure
from omero_standin.services.iupdate import Update
from omero_standin.services.rawfilestore import RawFileStore
from omero_standin.services.stateful import Stateful

log = logging.getLogger(__name__)
# Metadata, pixels, thumbnails, processing, answer: as the real server counts them.
_STEPS: Final = 5


class _Uploader(RawFileStore):
    """The store of one file that is being uploaded."""

    def __init__(self) -> None:
        """Nothing is written."""
        super().__init__()
        self.offset = 0
        self.proxy: Any = None

    @unlocked
    def write(self, call: Call, data: bytes, position: int, length: int) -> None:
        """As in every store; the end of it is the offset."""
        super().write(call, data, position, length)
        self.offset = position + length


_FETCH: Fetch = {"image": {"fileset": {}}, "pixelsType": {}, "channels": {"logicalChannel": {}}}


class ImportProcess(Stateful):
    """One import of one client."""

    def __init__(
        self, settings: Any, location: Any, fileset: Row, files: list[Row], log_file: Row
    ) -> None:
        """Nothing is uploaded yet."""
        self._settings, self._location = settings, location
        self._files, self._log_file = files, log_file
        self._handle: Any = None
        # The uploaders that are open, by the number of their file.
        self._uploaders: dict[int, _Uploader] = {}
        self.fileset = fileset
        self.proxy: Any = None

    def getUploader(self, call: Call, number: int) -> Any:
        """A store for one of the files; the same one until it is closed."""
        open_one = self._uploaders.get(number)
        if open_one is None:
            store = _Uploader.of(call, self._file(number), writable=True)
            store.on_close = lambda: self._uploaders.pop(number, None)
            store.proxy = call.publish(omero.api.RawFileStore, store)
            open_one = self._uploaders[number] = store
        return open_one.proxy

    def getUploadOffset(self, _call: Call, number: int) -> Any:
        """Where the last write to an open uploader ended; 0 when none is open."""
        self._file(number)
        open_one = self._uploaders.get(number)
        return 0 if open_one is None else open_one.offset

    def getImportSettings(self, _call: Call) -> Any:
        """What the client asked for."""
        return self._settings

    def getHandle(self, _call: Call) -> Any:
        """The handle of the import, once the upload is verified."""
        return self._handle

    @unlocked
    def verifyUpload(self, call: Call, hashes: Any) -> Any:
        """Compare the checksums of what was uploaded; the handle of what makes the images then.

        A ChecksumValidationException names the files that differ, with their checksums here.
        """
        if len(hashes) != len(self._files):
            raise refuse.usage(f"hashes size should be {len(self._files)} not {len(hashes)}")
        with call.store.lock:
            self._verify(call, hashes)
            self._finish(call, "UploadJob")
        request = self._request(call)
        handle = Handle(request, lambda: self._images_response(call), steps=_STEPS)
        self._handle = call.publish(omero.cmd.Handle, handle)
        run_later(handle, call.kernel.config)
        return self._handle

    def _file(self, number: int) -> Row:
        if not 0 <= number < len(self._files):
            raise refuse.usage(f"the fileset has no file {number}")
        return self._files[number]

    def _verify(self, _call: Call, hashes: list[str]) -> None:
        """Compare with what the uploaders saved; a file that was not closed has no checksum yet."""
        saved = [row.values.get("hash") or "" for row in self._files]
        wrong = {
            number: found
            for number, (found, wanted) in enumerate(zip(saved, hashes, strict=True))
            if not found or found != wanted
        }
        if wrong:
            error = omero.ChecksumValidationException()
            error.message = "A checksum mismatch has occurred."
            error.serverStackTrace = ""
            error.serverExceptionClass = "ChecksumValidationException"
            error.failingChecksums = wrong
            raise error

    def _request(self, call: Call) -> Any:
        request = omero.grid.ImportRequest()
        request.clientUuid = str(uuid.uuid4())
        request.repoUuid = REPOSITORIES[MANAGED]
        request.process = self.proxy
        request.settings, request.location = self._settings, self._location
        with call.store.lock:
            links = call.store.referring("FilesetJobLink", "parent", self.fileset.ref)
            activity = next(
                link for link in links if link.values["child"].kind == "MetadataImportJob"
            )
            request.activity = call.marshaller().object(activity, {"parent": {}, "child": {}})
            request.logFile = call.marshaller().object(self._log_file)
        return request

    def _images_response(self, call: Call) -> Any:
        call.store.author = Author(call.session.user, call.session.group, call.session.id)
        try:
            return self._import(call)
        except CannotRead as error:
            self._log(call, f"{error.kind}: {error}")
            return Failure("error-on-init", str(error)).response(omero.grid.ImportRequest())
        except NeedsJava as error:
            return Failure("error-on-init", str(error)).response(omero.grid.ImportRequest())
        except omero.ServerError as error:
            return Failure("import-fail", error.message).response(omero.grid.ImportRequest())
        except Exception as error:
            log.exception("fault in an import")
            failure = Failure("import-fail", f"fault of the OMERO stand-in: {error!r}")
            return failure.response(omero.grid.ImportRequest())

    def _import(self, call: Call) -> Any:
        data, store, settings = call.kernel.data, call.store, self._settings
        first = self._files[0]
        # Reading takes time: before anything is locked.
        content = read(
            data.bio_formats,
            first.values["name"],
            data.content(first),
            largest_plane=largest_plane(call.kernel.config),
            measured=not plain(settings.noStatsInfo),
        )
        images = Images(store, data, call.kernel.config, self.fileset)
        try:
            with store.lock, store.transaction():
                return self._make(call, images, content)
        except BaseException:
            images.forget()
            raise

    def _make(self, call: Call, images: Images, content: Content) -> Any:
        settings = self._settings
        name, description = (
            plain(each) for each in (settings.userSpecifiedName, settings.userSpecifiedDescription)
        )
        pixels = images.make(content, name, description)
        found = [call.store.get(*row.values["image"]) for row in pixels]
        for row, series in zip(pixels, content.series, strict=True):
            self._set_sizes(call, row)
            if not plain(settings.noStatsInfo):
                images.add_statistics(row, series)
            if plain(settings.doThumbnails) in (None, True):
                images.add_settings(row)
        self._attach(call, found, images.plates)
        self._finish(call)
        self._log(call, f"images made: {', '.join(str(each.id) for each in found)}")
        made = call.marshaller().objects(pixels, _FETCH)
        plates = call.marshaller().objects(images.plates)
        return omero.grid.ImportResponse(made, [*plates, *(each.image for each in made)])

    def _set_sizes(self, call: Call, pixels: Row) -> None:
        """The physical sizes that the client gives (µm), all three, where the file has none."""
        given = self._settings.userSpecifiedPixels or ()
        if len(given) < len("XYZ"):
            return
        for axis, size in zip("XYZ", given, strict=False):
            member = f"physicalSize{axis}"
            if plain(size) is not None and pixels.values.get(member) is None:
                call.store.update(pixels, **{member: (float(plain(size)), "MICROMETER")})

    def _annotations(self, call: Call) -> list[Row]:
        """What the client wants on each image; new ones are saved first."""
        found = []
        for given in self._settings.userSpecifiedAnnotationList or ():
            if given is None:
                continue
            saved = Update().saveAndReturnObject(call, given) if given.id is None else given
            found.append(readable(call, "Annotation", plain(saved.id)))
        return found

    def _attach(self, call: Call, images: list[Row], plates: list[Row]) -> None:
        """Put what was made where the client wants it, with the client's annotations."""
        target = self._settings.userSpecifiedTarget
        if isinstance(target, omero.model.Dataset):
            self._put(call, "Dataset", images)
        elif isinstance(target, omero.model.Screen):
            self._put(call, "Screen", plates)
        elif target is not None:
            raise refuse.unsupported(f"imports into a {type(target).__name__}")
        for annotation in self._annotations(call):
            for image in images:
                self._link(call, "ImageAnnotationLink", image, annotation)

    def _put(self, call: Call, kind: str, rows: list[Row]) -> None:
        parent = call.store.get(kind, plain(self._settings.userSpecifiedTarget.id))
        if not call.sees(parent) or not call.rights(parent).link:
            raise refuse.forbidden(f"the import may not be put into {kind}:{parent.id}")
        for row in rows:
            self._link(call, f"{kind}{row.kind}Link", parent, row)

    def _link(self, call: Call, kind: str, parent: Row, child: Row) -> None:
        values = {"parent": parent.ref, "child": child.ref}
        ownership = {"owner": self.fileset.owner, "group": self.fileset.group}
        call.store.insert(kind, values, **ownership)

    def _finish(self, call: Call, kind: str = "") -> None:
        """The fileset's jobs, or those of a type, are done."""
        finished = enumeration(call.store, "JobStatus", "Finished")
        for link in call.store.referring("FilesetJobLink", "parent", self.fileset.ref):
            job = call.store.get(*link.values["child"])
            if kind in ("", job.kind):
                now = int(time.time() * 1000)
                call.store.update(job, status=finished, message="Finished", finished=now)

    def _log(self, call: Call, line: str) -> None:
        path = call.kernel.data.content(self._log_file)
        with path.open("a", encoding="utf-8") as lines:
            lines.write(f"{line}\n")
        hasher = enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT)
        call.store.update(
            self._log_file,
            size=path.stat().st_size,
            hash=checksums.of_file(path),
            hasher=hasher,
        )
