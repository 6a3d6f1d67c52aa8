"""A user's uploads: those that run, the history, the report of each, and a replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import BadRequest, Conflict
from omeroweb_upload.planning.settings import DeclaredFile, StartBody
from omeroweb_upload.services import change_upload, show_upload
from omeroweb_upload.services.settle import settled
from omeroweb_upload.services.start_upload import start_upload
from omeroweb_upload.store import history as store
from omeroweb_upload.store.uploads import ENDED, Upload

MOST_RUNNING: Final = 50
PAGE: Final = 20
COLUMNS: Final = (
    "path", "size", "modified", "role", "state", "sha1_browser", "sha1_staged", "sha1_omero",
    "same_bytes", "unit", "format", "fileset", "images", "plates", "dataset", "screen", "message",
)  # fmt: skip
# Ids of one field: a spreadsheet's cell holds some 32 000 characters.
_MOST_IDS: Final = 1000


def running(user_id: int) -> list[dict[str, Any]]:
    """The uploads of a user that have not ended, the newest first, each with its progress."""
    found = (settled(each) for each in store.running(user_id, MOST_RUNNING))
    return _listed([each for each in found if each.state not in ENDED])


def ended(user_id: int, before: str) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the uploads of a user that have ended, the newest first, and where the next begins.

    Args:
        user_id: whose.
        before: what the page before said; empty for the first one.

    Raises:
        BadRequest: no page said this.
    """
    found = store.ended(user_id, _place(before), PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    following = None if last is None else f"{last.created.astimezone(UTC).isoformat()}_{last.id}"
    return _listed(found[:PAGE]), following


def report_lines(job: UUID, user_id: int) -> Iterator[str]:
    """The report of an upload as CSV: a line for each file.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    upload = change_upload.own(job, user_id)
    return _lines(upload.id)


def replay(request: Any, caller: Any, job: UUID) -> Upload:
    """Import what failed once more, with the same settings.

    While the files are on the site, the same upload goes on. Else it is a new upload of the files
    that are not in OMERO, which have to be sent again; spectra and attachments among them find the
    images of the first one.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has not ended, or nothing of it failed.
        ApiError: see `start_upload`: the target is gone, or there is no room.
    """
    upload = change_upload.own(job, caller.user_id)
    if upload.state not in ENDED:
        raise Conflict("This upload has not ended: it can be replayed afterwards", code="not_ended")
    shown = show_upload.as_json(upload)
    if shown["can_retry"]:
        return change_upload.try_again(upload, caller.request_id)
    files = store.not_in_omero(job)
    if not files:
        raise Conflict("Nothing of this upload failed", code="nothing_failed")
    body = StartBody(
        files=tuple(
            DeclaredFile(
                relative_path=each["path"],
                size=each["size"],
                modified=each["modified"],
                sha1=each["sha1_browser"],
                role=each["role"],
            )
            for each in files
        ),
        target=upload.settings.target,
        settings=upload.settings.settings,
    )
    return start_upload(request, caller, body, replays=upload.id)


def _listed(uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    first = store.first_paths([each.id for each in uploads])
    return [_as_json(each, first.get(each.id, "")) for each in uploads]


def _as_json(upload: Upload, first: str) -> dict[str, Any]:
    shown = show_upload.as_json(upload)
    lost = any(shown["files"].get(state) for state in ("pending", "uploaded", "failed"))
    return shown | {
        "title": _title(first, shown["files"]),
        # Also where the files have to be sent again.
        "can_replay": upload.state in ENDED and lost,
    }


def _title(first: str, files: dict[str, int]) -> str:
    """What a user recognises an upload by: its folder, or its first file."""
    top, inside, _ = first.partition("/")
    others = sum(count for state, count in files.items() if state != "skipped") - 1
    if inside or others < 1:
        return top or "No files"
    return f"{top} and {others} other file{'' if others == 1 else 's'}"


def _place(before: str) -> tuple[datetime, UUID] | None:
    if not before:
        return None
    created, _, job = before.rpartition("_")
    try:
        return datetime.fromisoformat(created).astimezone(UTC), UUID(job)
    except (ValueError, OverflowError):
        raise BadRequest("`before` must be what `next` of the page before says") from None


def _lines(job: UUID) -> Iterator[str]:
    yield from spreadsheet.lines([COLUMNS])
    for rows in store.report(job):
        yield "".join(spreadsheet.lines(_row(each) for each in rows))


def _row(file: dict[str, Any]) -> tuple[object, ...]:
    objects = file["objects"] or {}
    modified = file["modified"]
    return (
        file["path"],
        file["size"],
        "" if modified is None else _moment(modified),
        file["role"],
        file["state"],
        file["sha1_browser"] or "",
        file["sha1_staged"] or "",
        file["sha1_omero"] or "",
        _same_bytes(file),
        "" if file["unit"] is None else file["unit"],
        file["format"] or "",
        file["fileset_id"] or "",
        _ids(objects.get("images", ())),
        _ids(objects.get("plates", ())),
        file["dataset_id"] or "",
        file["screen_id"] or "",
        file["message"] or file["unit_message"] or "",
    )


def _same_bytes(file: dict[str, Any]) -> str:
    """Whether OMERO has the bytes of the user's disk, as far as checksums show it."""
    omero = file["sha1_omero"]
    if omero is None:
        return ""
    known = [file[name] for name in ("sha1_browser", "sha1_staged") if file[name] is not None]
    if any(each != omero for each in known):
        return "no"
    if file["sha1_browser"] is not None:
        return "yes"
    return "yes, since it arrived" if known else ""


def _ids(ids: Sequence[int]) -> str:
    more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
    return " ".join(map(str, ids[:_MOST_IDS])) + more


def _moment(milliseconds: int) -> str:
    """A time of a file in UTC; empty for one outside of the calendar."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return ""
