"""Reading what the files of an upload are, before anything is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs import JobContext, JobFailed
from omeroweb_upload import bio_formats
from omeroweb_upload.bio_formats import Description, Unread
from omeroweb_upload.planning.units import Unit, in_order_of_asking, without_parts
from omeroweb_upload.services import importers
from omeroweb_upload.services.staged import StagedFolder
from omeroweb_upload.services.worker_jobs import start_import
from omeroweb_upload.store import units as unit_store
from omeroweb_upload.store import uploads
from omeroweb_upload.store.units import JobFile, NewUnit
from omeroweb_upload.store.uploads import Upload

_NO_FORMAT: Final = "No image of a format that Bio-Formats reads"
_NAMED: Final = 3
Ask = Callable[[Iterable[str]], Iterator[Description | Unread]]


class Running(Protocol):
    """What is used of a `JobContext`."""

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """How many files were read."""


@dataclass
class Found:
    """What the files of an upload are.

    Attributes:
        units: what is imported together, by relative paths.
        unread: files that no importer can read, with the reason, by relative paths.
    """

    units: list[Unit] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def has_problems(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.unread) or any(unit.message for unit in self.units)


def examine(running: JobContext, upload: Upload) -> dict[str, Any]:
    """Ask Bio-Formats what the files are, store it, and go on.

    Args:
        running: the job.
        upload: in the state `checking`.

    Returns:
        How many `units`, `images` and `unreadable` files there are.

    Raises:
        JobFailed: nothing here can read files.
    """
    files, folder = unit_store.arrived(upload.id), StagedFolder(upload.id)
    found = look_through(running, files, folder, _whom_to_ask(running, files, folder))
    numbers = {file.path: file.number for file in files}
    unit_store.store_found(
        upload.id,
        [_new_unit(unit, numbers) for unit in found.units],
        {numbers[path]: reason for path, reason in found.unread.items()},
    )
    _go_on(upload, found)
    return {
        "units": len(found.units),
        "images": sum(unit.images for unit in found.units),
        "unreadable": len(found.unread),
    }


def _whom_to_ask(running: JobContext, files: Sequence[JobFile], folder: StagedFolder) -> Ask:
    """Bio-Formats, or OMERO's command line where only that is installed."""
    lacking = bio_formats.missing()
    if lacking is None:
        return bio_formats.shared().describe
    wanted = [str(folder.at(file.path)) for file in files if file.role == "image"]
    by_command = importers.groups_by_command(wanted, running.check)
    if by_command is None:
        raise JobFailed(
            f"The files cannot be read on this site: {lacking}. Tell its administrator",
            code="no_bio_formats",
        )
    return by_command


def look_through(
    running: Running, files: Sequence[JobFile], folder: StagedFolder, ask: Ask
) -> Found:
    """Ask about each file that was not read with another one before.

    Args:
        running: learns how many files are done.
        files: all that are there; those that are images are asked about.
        folder: where they are.
        ask: Bio-Formats, which takes the next path when the answer before was used.
    """
    found, there = Found(), {file.path for file in files}
    wanted = [file.path for file in files if file.role == "image"]
    seen: set[str] = set()
    running.progress(0, len(wanted), "Reading the files")
    asked = ""

    def not_seen() -> Iterator[str]:
        nonlocal asked
        for number, path in enumerate(in_order_of_asking(wanted)):
            running.progress(number)
            if path not in seen:
                asked = path
                yield str(folder.at(path))

    for answer in ask(not_seen()):
        _look_at(found, answer, asked, folder, there, seen)
    # A file that says nothing by itself may be read with another one.
    found.units = without_parts(found.units)
    used = {path for unit in found.units for path in unit.files}
    found.unread = {path: why for path, why in found.unread.items() if path not in used}
    order = {path: number for number, path in enumerate(wanted)}
    found.units.sort(key=lambda unit: order[unit.path])
    running.progress(len(wanted), len(wanted), "All files are read")
    return found


def _look_at(
    found: Found,
    answer: Description | Unread,
    path: str,
    folder: StagedFolder,
    there: set[str],
    seen: set[str],
) -> None:
    if isinstance(answer, Unread):
        reason = folder.without(answer.reason)
        if answer.problem == "unknown":
            found.unread[path] = _NO_FORMAT
        elif answer.problem == "broken":
            found.unread[path] = f"Bio-Formats cannot read it: {reason}"
        else:
            # OMERO has more memory and time, so it tries.
            note = f"It could not be checked: {reason}"
            found.units.append(Unit(path, (path,), "", "", 1, message=note))
        return
    others = {each: folder.relative(each) for each in answer.files[1:]}
    if outside := [each for each, inside in others.items() if inside is None]:
        names = ", ".join(each.rpartition("/")[2] for each in outside[:_NAMED])
        found.unread[path] = f"It names files that are not part of this upload: {names}"
        return
    inside = [each for each in others.values() if each is not None]
    missing = [each for each in inside if each not in there]
    files = (path, *(each for each in inside if each in there))
    seen.update(files)
    found.units.append(
        Unit(
            path=path,
            files=files,
            format=answer.format,
            reader=answer.reader,
            images=answer.images,
            plate=answer.plate,
            message=_missing(missing),
        )
    )


def _missing(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"Files that belong to it are missing: {', '.join(paths[:_NAMED])}{more}"


def _new_unit(unit: Unit, numbers: Mapping[str, int]) -> NewUnit:
    return NewUnit(
        path=unit.path,
        files=tuple(numbers[path] for path in unit.files),
        format=unit.format,
        reader=unit.reader,
        images=unit.images,
        plate=unit.plate,
        message=unit.message,
    )


def _go_on(upload: Upload, found: Found) -> None:
    """A person looks at it, or the import begins."""
    asked = upload.settings.settings.confirm == "always"
    if asked or found.has_problems:
        uploads.move(upload.id, {"checking"}, "awaiting_confirmation")
        return
    with suppress(Conflict):
        # Somebody has cancelled it.
        start_import(upload, "checking")
