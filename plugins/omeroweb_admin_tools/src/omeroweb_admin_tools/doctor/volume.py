"""Folders that files are written to."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from omeroweb_admin_tools.doctor.model import Found, failed, ok, skipped, warning

_SIZE: Final = 2**20
_LEAST_FREE: Final = 0.05


def takes_files(folder: Path | None, purpose: str) -> Found:
    """Whether a file can be written, stored, read and deleted.

    Args:
        folder: where; None in a pod that does not have this volume.
        purpose: what is on the volume, for the words.
    """
    if folder is None:
        return skipped(
            f"This pod does not have the volume of {purpose}: run the checks in one of the "
            f"Deployment NAME-{purpose}"
        )
    path = folder / f".check-{secrets.token_hex(8)}"
    try:
        same = _written_and_read(path)
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return failed(
            f"The volume of {purpose} ({folder}) cannot be used: {error.strerror}",
            "See whether the volume is full or read-only, its owner is the pod's user, and the "
            "claim is bound",
        )
    if not same:
        return failed(
            f"The volume of {purpose} ({folder}) gave back other bytes than were written",
            "Stop using it: the disk or the network file system behind it is broken",
        )
    free = f"{usage.free / 2**30:.1f} of {usage.total / 2**30:.1f} GiB are free"
    if usage.free < _LEAST_FREE * usage.total:
        return warning(f"The volume of {purpose} is nearly full: {free}", "Enlarge its claim")
    return ok(f"The volume of {purpose} stores files; {free}")


def _written_and_read(path: Path) -> bool:
    """Whether what is read is what was written; the file is gone afterwards."""
    content = secrets.token_bytes(_SIZE)
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return path.read_bytes() == content
    finally:
        path.unlink(missing_ok=True)
