"""The importer over OMERO's API: no Java, progress by bytes, the checksum of what is sent.

The calls and their order are those of `ImportLibrary` in ome/omero-blitz and of
`omero.testlib` and `omero.plugins.fs` in omero-py.
"""

from __future__ import annotations

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import concurrent.futures
import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import Ice
import omero.cmd
import omero.grid
import omero.model
from omero.callbacks import CmdCallbackI
from omero.rtypes import rbool, rstring

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.omero_errors import is_transient
from omeroweb_upload.import_drivers.interface import (
    Imported,
    NotImported,
    Options,
    StagedFile,
    UnitToImport,
    Watch,
)

# Units that are sent at the same time: most of a small one's time is waiting for the server.
PARALLEL: Final = 4
BLOCK: Final = 2 * 1024 * 1024
ALGORITHM: Final = "SHA1-160"
_BATCH: Final = 100
_WAIT_MILLISECONDS: Final = 1000
_LONGEST_REASON: Final = 500


class _Failed(Exception):
    """Why a unit is not imported; `files` by relative path."""

    def __init__(self, reason: str, files: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.files = files or {}


class NativeImport:
    """An importer in a session of the user.

    Args:
        client: the `omero.client` of that session, in the group that images go to.
        options: how is imported.
    """

    batch = _BATCH

    def __init__(self, client: Any, options: Options) -> None:
        self._client, self._options = client, options
        self._repository: Any = None
        self._algorithm: Any = None
        self._stop = threading.Event()

    def import_units(
        self, units: Sequence[UnitToImport], watch: Watch
    ) -> Iterator[Imported | NotImported]:
        """See `ImportDriver`.

        Raises:
            Unavailable: the server does not accept the checksums of this importer.
        """
        self._prepare()
        with concurrent.futures.ThreadPoolExecutor(PARALLEL, "import") as pool:
            waiting = [pool.submit(self._answer, unit, watch) for unit in units]
            try:
                for each in concurrent.futures.as_completed(waiting):
                    yield each.result()
            except BaseException:
                # Those that are sending stop at their next block.
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _prepare(self) -> None:
        if self._repository is not None:
            return
        repository = self._client.getManagedRepository()
        wanted = omero.model.ChecksumAlgorithmI()
        wanted.value = rstring(ALGORITHM)
        self._algorithm = repository.suggestChecksumAlgorithm([wanted])
        if self._algorithm is None:
            raise Unavailable(
                f"OMERO.server does not accept checksums of the kind {ALGORITHM}: "
                "an administrator adds it to omero.checksum.supported",
                code="no_checksum_algorithm",
            )
        self._repository = repository

    def _answer(self, unit: UnitToImport, watch: Watch) -> Imported | NotImported:
        try:
            return self._import(unit, watch)
        except _Failed as failed:
            return NotImported(unit.number, str(failed), failed.files)
        except OSError as error:
            return NotImported(unit.number, f"A received file cannot be read: {error.strerror}")
        except omero.ServerError as error:
            if is_transient(error):
                raise
            return NotImported(unit.number, _short(error.message or type(error).__name__))

    def _import(self, unit: UnitToImport, watch: Watch) -> Imported:
        watch.check()
        process = self._repository.importFileset(_fileset(unit), self._settings(unit))
        try:
            sums = {}
            for number, file in enumerate(unit.files):
                sums[file.path] = self._send(process, number, file, watch)
            watch.check()
            response = self._finish(process, unit, list(sums.values()))
        finally:
            with contextlib.suppress(omero.ServerError, Ice.Exception):
                process.close()
        if not isinstance(response, omero.grid.ImportResponse):
            raise _Failed(_said(response))
        images = [e.id.val for e in response.objects if isinstance(e, omero.model.Image)]
        plates = [e.id.val for e in response.objects if isinstance(e, omero.model.Plate)]
        return Imported(unit.number, tuple(images), tuple(plates), sums)

    def _send(self, process: Any, number: int, file: StagedFile, watch: Watch) -> str:
        """Write a file block by block; the SHA-1 of its bytes."""
        digest = hashlib.sha1(usedforsecurity=False)
        uploader = process.getUploader(number)
        try:
            at = 0
            with file.staged.open("rb") as content:
                while block := content.read(BLOCK):
                    if self._stop.is_set():
                        raise _Failed("The import was stopped")
                    watch.check()
                    uploader.write(block, at, len(block))
                    digest.update(block)
                    at += len(block)
                    watch.sent(len(block))
            if at == 0:
                uploader.write(b"", 0, 0)
        finally:
            with contextlib.suppress(omero.ServerError, Ice.Exception):
                uploader.close()
        found = digest.hexdigest()
        if file.sha1 is not None and file.sha1 != found:
            reason = (
                "Its bytes on the server are not those that were read on your computer "
                f"(SHA-1 {found} instead of {file.sha1}): send it again"
            )
            raise _Failed(f"{file.path}: {reason}", {file.path: reason})
        return found

    def _finish(self, process: Any, unit: UnitToImport, sums: list[str]) -> Any:
        """Have the server compare the checksums and read the images: its answer."""
        try:
            handle = process.verifyUpload(sums)
        except omero.ChecksumValidationException as error:
            bad = {
                unit.files[number].path: "OMERO did not receive the bytes that were sent"
                for number in sorted(error.failingChecksums)
            }
            names = ", ".join(bad)
            raise _Failed(f"OMERO did not receive the bytes that were sent: {names}", bad) from None
        callback = CmdCallbackI(self._client, handle)
        try:
            # From here on the server works alone: what is begun is waited for.
            while not callback.block(_WAIT_MILLISECONDS):
                if (response := handle.getResponse()) is not None:
                    return response
            return callback.getResponse() or _polled(handle)
        finally:
            with contextlib.suppress(omero.ServerError, Ice.Exception):
                callback.close(True)

    def _settings(self, unit: UnitToImport) -> Any:
        settings = omero.grid.ImportSettings(
            doThumbnails=rbool(self._options.thumbnails),
            noStatsInfo=rbool(not self._options.statistics),
        )
        settings.checksumAlgorithm = self._algorithm
        if unit.target is not None:
            made = omero.model.DatasetI if unit.kind == "Dataset" else omero.model.ScreenI
            settings.userSpecifiedTarget = made(unit.target, False)
        return settings


def _fileset(unit: UnitToImport) -> Any:
    fileset, upload = omero.model.FilesetI(), omero.model.UploadJobI()
    for file in unit.files:
        entry = omero.model.FilesetEntryI()
        entry.clientPath = rstring(file.client_path)
        fileset.addFilesetEntry(entry)
    info = {"client": "omeroweb_upload"}
    if unit.reader:
        # Which folders the format needs: OMERO keeps no others.
        info["bioformats.reader"] = unit.reader
    upload.setVersionInfo([omero.model.NamedValue(*each) for each in info.items()])
    fileset.linkJob(upload)
    return fileset


def _polled(handle: Any) -> Any:
    while (response := handle.getResponse()) is None:
        time.sleep(0.05)
    return response


def _said(response: Any) -> str:
    """Why the server did not import, in its words."""
    parameters = getattr(response, "parameters", None) or {}
    return _short(str(parameters.get("message") or getattr(response, "name", response)))


def _short(text: str) -> str:
    """The first line: a stack trace says nothing to a user."""
    first = text.strip().splitlines() or [""]
    return f"OMERO did not import it: {first[0][:_LONGEST_REASON]}"
