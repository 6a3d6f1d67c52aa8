"""Declaring an upload: everything is checked before anything is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest, TooLarge, Unavailable
from omeroweb_upload import configuration
from omeroweb_upload.planning import roles, skip
from omeroweb_upload.planning.settings import StartBody, StoredSettings
from omeroweb_upload.services import group_room
from omeroweb_upload.services.check_target import CheckedTarget, checked_target
from omeroweb_upload.services.transfer_complete import transfer_complete
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import FileState, NewFile, Owner, Upload
from omeroweb_upload.transfer import paths
from omeroweb_upload.transfer.staging import Staging

# What stays free on the staging volume.
_RESERVE: Final = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Declared:
    """A body of `start/` that can be stored.

    Attributes:
        settings: target and how files are imported.
        target: the target, resolved.
        files: in the order of the body.
    """

    settings: StoredSettings
    target: CheckedTarget
    files: Sequence[NewFile]

    @property
    def total(self) -> int:
        """Bytes that will be sent."""
        return sum(file.size for file in self.files if file.state != "skipped")


def start_upload(
    request: Any, caller: Any, body: StartBody, *, replays: UUID | None = None
) -> Upload:
    """Store an upload.

    Args:
        request: it is written to the audit log.
        caller: whose upload it is.
        body: what is declared.
        replays: the user's upload whose failed files these are.

    Raises:
        BadRequest: a path or setting cannot be used; the first is named.
        TooLarge: there are more files or bytes than this site accepts.
        NotFound, Forbidden: the target; see `checked_target`.
        OverQuota: the group of the target may not have that many bytes.
        Unavailable: the staging volume has no room, or is not there.
    """
    declared = checked(caller, body)
    staging = Staging(configuration.staging_folder())
    check_room(staging, declared.total)
    with group_room.reserved(declared.target.group_id, declared.target.group, declared.total):
        upload = _store(caller, declared, staging, replays)
    request.audit.add("upload", [str(upload.id)])
    return transfer_complete(upload.id) or upload


def _store(caller: Any, declared: Declared, staging: Staging, replays: UUID | None) -> Upload:
    job = uuid.uuid4()
    staging.make_job(job)
    owner = Owner(caller.user_id, caller.user_name, declared.target.group_id)
    try:
        # Nothing has to be sent of these.
        empty = (file.path for file in declared.files if file.state == "uploaded")
        staging.create_empty(job, map(PurePosixPath, empty))
        return uploads.create(job, owner, declared.settings, declared.files, replays=replays)
    except BaseException:
        staging.delete_job(job)
        raise


def checked(caller: Any, body: StartBody) -> Declared:
    """What a body declares, checked; arguments and errors as `start_upload`."""
    try:
        settings = body.stored()
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if settings.settings.transfer == "in_place" and not configuration.in_place_allowed():
        raise BadRequest(
            "This site does not import files in place: its staging volume would have to be the "
            "server's (spec.web.uploads.inPlace)",
            code="no_in_place",
        )
    files = list(_files(body, settings))
    if all(file.state == "skipped" for file in files):
        raise BadRequest(
            "None of these files would be sent: all of them are system files",
            code="nothing_to_send",
        )
    declared = Declared(settings, checked_target(caller.conn, caller, settings.target), files)
    most = configuration.largest_job()
    if declared.total > most:
        raise TooLarge(
            f"These files have {declared.total} bytes, and one upload may have {most}: send them "
            "in several"
        )
    return declared


def check_room(staging: Staging, wanted: int) -> None:
    """See that the staging volume has room for all files that are still to come.

    Raises:
        Unavailable: it does not.
    """
    promised = uploads.promised_bytes()
    free = staging.free_bytes() - _RESERVE - promised
    if wanted > free:
        raise Unavailable(
            f"The site has room for {max(free, 0)} more bytes of uploads, and these files have "
            f"{wanted}: try again when other uploads are imported, or send fewer files",
            code="no_room",
            retry_after=300,
        )


def _files(body: StartBody, settings: StoredSettings) -> Iterator[NewFile]:
    if len(body.files) > configuration.MOST_FILES:
        raise TooLarge(
            f"One upload may have {configuration.MOST_FILES} files, and these are "
            f"{len(body.files)}: send them in several"
        )
    usable = paths.usable_all(file.path for file in body.files)
    for file, path in zip(body.files, usable, strict=True):
        role = roles.role_of(file, path, settings.settings, is_system_file=bool(skip.reason(path)))
        state: FileState = (
            "skipped" if role == "skipped" else "pending" if file.size else "uploaded"
        )
        yield NewFile(path, file.size, file.modified, role, state, file.sha1)
