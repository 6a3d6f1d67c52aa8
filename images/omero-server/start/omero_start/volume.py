"""The volume: writable, held by one server, with OMERO's stale locks removed.

A server that was killed leaves `.omero/repository/UUID/.lock` behind, and the next one may wait for
it for ever. It is only removed while this start-up holds a lock of its own, which every server of
the platform takes first and the kernel gives back when the last of its processes has ended.
"""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from omero_start.failure import CannotStart

_FOLDERS = ("Files", "Pixels", "Thumbnails", "FullText", "BioFormatsCache", "DropBox", "certs")
_HOLDER = ".omero-platform-server"


def prepare(data: Path, managed: Path, var: Path) -> None:
    """The folders that OMERO.server needs; an error names the one that cannot be written."""
    _writable([managed, *(data / name for name in _FOLDERS)])
    folders(var)


def folders(var: Path) -> None:
    """The folders that OMERO.server needs beside the volume."""
    _writable([var / "log", var / "tmp"])


def _writable(needed: Sequence[Path]) -> None:
    for folder in needed:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_writable(folder, error) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _not_writable(folder, PermissionError(errno.EACCES, "Permission denied"))


def _not_writable(folder: Path, error: OSError) -> CannotStart:
    return CannotStart(
        f"{folder} cannot be written by uid {os.getuid()}, gid {os.getgid()}: {error.strerror}. "
        "OMERO.server on such a volume would start read-only. Mount the volume read-write, and "
        "give it to this user (fsGroup)"
    )


def hold(data: Path, seconds: int) -> int:
    """Take the volume for this container.

    Args:
        data: Root of the volume.
        seconds: How long to wait for another holder, such as a pod that is still ending.

    Returns:
        The open lock, to be kept and inherited by the server; -1 where a file system has no locks.

    Raises:
        CannotStart: When another container holds it.
    """
    path = data / _HOLDER
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _not_writable(path, error) from error
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(lock, 300, 0).decode(errors="replace").strip()
                raise CannotStart(
                    f"another OMERO.server holds the volume {data}: {holder or 'unknown'}. Two "
                    "servers on one repository destroy it. Stop the other one; this one tries again"
                ) from None
            time.sleep(min(1, max(0.05, seconds / 10)))
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            os.close(lock)
            return -1
        else:
            os.ftruncate(lock, 0)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            os.pwrite(lock, f"{socket.gethostname()} since {now}\n".encode(), 0)
            os.set_inheritable(lock, True)
            return lock


def stale_locks(roots: Sequence[Path]) -> list[Path]:
    """OMERO's lock files below these repositories."""
    return sorted({lock for root in roots for lock in root.glob(".omero/repository/*/.lock")})


def clear(locks: Sequence[Path]) -> None:
    """Remove lock files that nobody can hold any more."""
    for lock in locks:
        lock.unlink(missing_ok=True)
