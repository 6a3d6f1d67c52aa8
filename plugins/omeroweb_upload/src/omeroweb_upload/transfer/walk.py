"""Opening folders and files one below the other, without following a link anywhere.

Each folder is opened from the one above it, so that nobody can put a link in its place in between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from omeroweb_upload.transfer.errors import StagingProblem
from omeroweb_upload.transfer.paths import shown

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A pipe in the place of a file does not make us wait.
FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
FILE_MODE: Final = 0o640
FOLDER_MODE: Final = 0o750
_NOT_A_FOLDER: Final = (errno.ELOOP, errno.ENOTDIR)
# A link, a folder, a socket.
_NOT_A_FILE: Final = (*_NOT_A_FOLDER, errno.EISDIR, errno.ENXIO)


def enter(name: str, above: int, *, create: bool = False) -> int:
    """Open a folder.

    Args:
        name: of the folder.
        above: descriptor of the folder that it is in.
        create: make it where it is missing, durably.

    Raises:
        FileNotFoundError: it is missing.
        StagingProblem: something else is in its place.
    """
    if create:
        with suppress(FileExistsError):
            os.mkdir(name, FOLDER_MODE, dir_fd=above)
            os.fsync(above)
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=above)
    except OSError as error:
        if error.errno in _NOT_A_FOLDER:
            raise _problem(name, "is not a folder") from None
        raise


@contextmanager
def folder(name: str, above: int, *, create: bool = False) -> Iterator[int]:
    """As `enter`, to the end of the block."""
    fd = enter(name, above, create=create)
    try:
        yield fd
    finally:
        os.close(fd)


def open_file(name: str, above: int, *, create: bool = False, sync: bool = True) -> int:
    """Open a file for reading and writing.

    Args:
        name: of the file.
        above: descriptor of the folder that it is in.
        create: make it where it is missing.
        sync: a new one is durable at once.

    Raises:
        FileNotFoundError: it is missing.
        StagingProblem: something else is in its place, or a file that has another name as well.
    """
    try:
        fd = os.open(name, os.O_RDWR | FILE, dir_fd=above)
    except FileNotFoundError:
        if not create:
            raise
        fd = os.open(name, os.O_RDWR | os.O_CREAT | FILE, FILE_MODE, dir_fd=above)
        if sync:
            os.fsync(above)
    except OSError as error:
        if error.errno in _NOT_A_FILE:
            raise _problem(name, "is not a file") from None
        raise
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(fd)
        raise _problem(name, "is not a file, or has a second name elsewhere")
    return fd


def _problem(name: str, what: str) -> StagingProblem:
    return StagingProblem(
        f"«{shown(name)}» in the staging folder of this upload {what}. It was not made by the "
        "platform: contact the administrators of this site"
    )
