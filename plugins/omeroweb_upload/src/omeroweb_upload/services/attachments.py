"""Attaching the files of an upload that are no images, after the images are in OMERO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from omero_plugin_common.jobs import JobContext
from omero_plugin_common.omero_api import files as common_files
from omero_plugin_common.omero_api.commands import CommandFailed
from omero_plugin_common.omero_api.files import Attachment
from omero_plugin_common.omero_errors import is_transient, omero_error
from omeroweb_upload import configuration
from omeroweb_upload.omero_api import attachments as api
from omeroweb_upload.services.attachment_places import Finder, Nowhere, Objects
from omeroweb_upload.store import attached as store
from omeroweb_upload.store.attached import Waiting
from omeroweb_upload.store.uploads import FileState, Upload
from omeroweb_upload.transfer.staging import Staging

_NAMED: Final = 5


def attach(running: JobContext, upload: Upload, conn: Any) -> dict[str, int]:
    """Attach all files of an upload that wait for it, and store what became of each.

    It can be begun again at any point: what was attached is found by name and checksum and only
    linked where it is missing, and a file that was not written to its end is written again.

    Args:
        running: the job that imports.
        upload: its images are in OMERO, as far as they could be imported.
        conn: a gateway of the upload's user.

    Returns:
        How many files were `attached`, `failed` and `skipped`.

    Raises:
        JobCancelled, LeaseLost: see `JobContext.check`.
        omero.ServerError, Ice.Exception: OMERO does not answer; what was attached is stored.
    """
    waiting = store.waiting(upload.id, "attachment")
    if not waiting:
        return {}
    return dict(_Attaching(running, upload, conn).all_of(waiting))


class _Failed(Exception):
    """A file cannot be attached; the message is for its user."""


class _Attaching:
    def __init__(self, running: JobContext, upload: Upload, conn: Any) -> None:
        self._running, self._upload, self._conn = running, upload, conn
        self._staging = Staging(configuration.staging_folder())
        self._finder = Finder(conn, upload, store.image_files(upload.id))
        self._known: dict[tuple[str, int], list[Attachment]] = {}

    def all_of(self, waiting: Sequence[Waiting]) -> Counter[str]:
        """Attach them one after the other; how many ended how."""
        places = self._finder.places(file.path for file in waiting)
        wanted: dict[int, Objects] = {}
        counts: Counter[str] = Counter()
        for file in waiting:
            if places[file.path].to == "none":
                self._settle(counts, file, "skipped", "Not attached: your rules leave it out")
                continue
            try:
                wanted[file.number] = self._finder.objects(file.path, places[file.path])
            except Nowhere as why:
                self._settle(counts, file, "failed", str(why))
        self._look(wanted.values())
        for file in waiting:
            if file.number in wanted:
                self._running.check()
                self._attach(counts, file, wanted[file.number])
        return counts

    def _attach(self, counts: Counter[str], file: Waiting, objects: Objects) -> None:
        staged = self._staging.sha1(self._upload.id, PurePosixPath(file.path))
        try:
            if file.sha1_browser not in (None, staged):
                raise _Failed(
                    "The file that arrived is not the one that was sent: its SHA-1 is another "
                    "one. Send it again"
                )
            omero = self._linked(file, objects, staged)
        except _Failed as why:
            self._settle(counts, file, "failed", str(why), staged=staged)
        except Exception as error:
            known = omero_error(error)
            if known is None or is_transient(error):
                raise
            self._settle(counts, file, "failed", f"OMERO: {known.message}", staged=staged)
        else:
            text = f"Attached to {_in_words(objects)}"
            self._settle(counts, file, "attached", text, staged=staged, omero=omero)

    def _linked(self, file: Waiting, objects: Objects, staged: str) -> str:
        """Link the file to all objects, writing it to OMERO once at most; OMERO's SHA-1."""
        name = PurePosixPath(file.path).name
        annotation, have = self._find(name, self._origin(file), objects, staged)
        omero = staged
        if annotation is None:
            kind, ids = next(iter(objects.items()))
            annotation, omero = self._write(file, kind, ids[0], staged)
            have = {(kind, ids[0])}
        for kind, ids in objects.items():
            missing = [id_ for id_ in ids if (kind, id_) not in have]
            if missing:
                common_files.link(self._conn, self._upload.group_id, kind, missing, annotation)
        self._remember(name, annotation, objects, staged)
        return omero

    def _find(
        self, name: str, origin: str, objects: Objects, staged: str
    ) -> tuple[int | None, set[tuple[str, int]]]:
        """The annotation with this file that one of the objects has, and which of them have it."""
        found: int | None = None
        have: set[tuple[str, int]] = set()
        # Of attempts of this upload that ended before the file was whole.
        broken: set[int] = set()
        for at in ((kind, id_) for kind, ids in objects.items() for id_ in ids):
            for each in self._known.get(at, ()):
                if each.name != name:
                    continue
                if each.sha1 == staged and found in (None, each.annotation):
                    found = each.annotation
                    have.add(at)
                elif each.path == origin and each.sha1 != staged and each.deletable:
                    broken.add(each.annotation)
        for annotation in sorted(broken):
            self._delete(annotation)
        return found, have

    def _write(self, file: Waiting, kind: str, target: int, staged: str) -> tuple[int, str]:
        path = PurePosixPath(file.path)
        with self._staging.path(self._upload.id, path).open("rb") as content:
            made = common_files.attach(
                self._conn,
                self._upload.group_id,
                kind,
                target,
                api.new_file(path, self._origin(file)),
                content,
                sent=lambda _bytes: self._running.check(),
            )
        # OMERO computes no checksum for a file to which nothing was written.
        if file.size and made.sha1 != staged:
            self._delete(made.annotation)
            raise _Failed(
                f"OMERO's copy has another SHA-1 ({made.sha1}) than the file that arrived: it was "
                "removed again. Try again"
            )
        return made.annotation, made.sha1 or staged

    def _delete(self, annotation: int) -> None:
        try:
            common_files.delete(self._conn, self._upload.group_id, [annotation])
        except CommandFailed as error:
            self._running.log(f"FileAnnotation {annotation} could not be removed: {error}")
        for listed in self._known.values():
            listed[:] = [each for each in listed if each.annotation != annotation]

    def _look(self, wanted: Any) -> None:
        """What earlier imports attached to the objects; one question for each kind."""
        ids: dict[str, set[int]] = {}
        for objects in wanted:
            for kind, some in objects.items():
                ids.setdefault(kind, set()).update(some)
        for kind, some in ids.items():
            for id_, listed in api.there(self._conn, kind, sorted(some)).items():
                self._known[kind, id_] = listed

    def _remember(self, name: str, annotation: int, objects: Objects, staged: str) -> None:
        """So that a second file with this name and content is not written again."""
        for kind, ids in objects.items():
            for id_ in ids:
                one = Attachment(id_, 0, annotation, name, "", staged, True, True)
                self._known.setdefault((kind, id_), []).append(one)

    def _origin(self, file: Waiting) -> str:
        """Where OMERO's file says that it comes from; the same in each attempt."""
        return f"{self._upload.id.hex}/{file.path}"

    def _settle(
        self,
        counts: Counter[str],
        file: Waiting,
        state: FileState,
        message: str,
        *,
        staged: str | None = None,
        omero: str | None = None,
    ) -> None:
        counts[state] += 1
        if state == "failed":
            self._running.log(f"{file.path}: {message}", "error")
        store.settle(self._upload.id, file.number, state, message, staged=staged, omero=omero)


def _in_words(objects: Objects) -> str:
    texts = []
    for kind, ids in objects.items():
        more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        texts.append(f"{kind} {', '.join(map(str, ids[:_NAMED]))}{more}")
    return ", ".join(texts)
