"""The staging folder: `<folder>/<job>/files/<relative path>`, the tree as on the user's disk.

Nothing here follows a link: each folder on the way is opened from the one above it, and what is no
plain folder or file of one name is an error. Somebody who can write into the volume can thereby
lead no byte out of a job's folder.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID, uuid4

import portalocker

from omeroweb_upload.transfer import walk
from omeroweb_upload.transfer.errors import Gone, volume_errors

FILES: Final = "files"
# Forms are received here, under names of their own, until it is known what they are.
INCOMING: Final = "incoming"
_LOCK: Final = "lock"
# Beside the files that OMERO reads here: it says so also where no database knows of them.
_LINKED: Final = "linked-by-omero"
_DELETED: Final = ".deleted"
_BLOCK: Final = 1024 * 1024
# File systems without locks; the lease in the database is the lock that counts.
_NO_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class Staging:
    """The staging volume.

    Args:
        folder: of the volume; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make_job(self, job: UUID) -> None:
        """The folder of a new job; no harm when it is there."""
        with volume_errors():
            folder = self.folder / job.hex / FILES
            folder.mkdir(mode=walk.FOLDER_MODE, parents=True, exist_ok=True)
            _sync_folder(self.folder)

    def path(self, job: UUID, relative: PurePosixPath | str) -> Path:
        """Where a file is, for programs that read it.

        Args:
            job: the job.
            relative: as `paths.checked` gives it.
        """
        return self.folder / job.hex / FILES / relative

    @contextmanager
    def open(self, job: UUID, relative: PurePosixPath, *, create: bool = False) -> Iterator[int]:
        """A staged file for reading and writing.

        Args:
            job: the job.
            relative: its path.
            create: make it, and the folders above it, where it is missing.

        Yields:
            A file descriptor.

        Raises:
            FileNotFoundError: it is missing.
            Gone: the job has no folder any more.
            StagingProblem: something else is in its place.
            NoSpace, Unavailable: the volume does not take it.
        """
        with volume_errors():
            try:
                fd = self._opened(job, relative)
            except FileNotFoundError:
                if not create:
                    raise
                with self.lock(job):
                    fd = self._opened(job, relative, create=True)
        try:
            yield fd
        finally:
            os.close(fd)

    def size(self, job: UUID, relative: PurePosixPath) -> int:
        """Bytes of a staged file; 0 for one that is missing."""
        try:
            with self.open(job, relative) as fd:
                return os.fstat(fd).st_size
        except FileNotFoundError:
            return 0

    def sha1(
        self,
        job: UUID,
        relative: PurePosixPath,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> str:
        """The SHA-1 of a staged file, in lower-case hex.

        Args:
            job: the job.
            relative: its path.
            progress: called with the number of bytes of each block; what it raises ends it.
        """
        digest = hashlib.sha1(usedforsecurity=False)
        buffer = memoryview(bytearray(_BLOCK))
        with self.open(job, relative) as fd:
            while count := os.readv(fd, [buffer]):
                digest.update(buffer[:count])
                progress(count)
        return digest.hexdigest()

    def create_empty(self, job: UUID, relatives: Iterable[PurePosixPath]) -> None:
        """Make empty files, many at once, with the folders above them.

        Args:
            job: the job; it has a folder.
            relatives: their paths; one that exists stays as it is.
        """
        by_folder: dict[PurePosixPath, list[PurePosixPath]] = {}
        for each in relatives:
            by_folder.setdefault(each.parent, []).append(each)
        with volume_errors(), self.lock(job):
            for files in by_folder.values():
                with self._parent(job, files[0], create=True) as parent:
                    for each in files:
                        os.close(walk.open_file(each.name, parent, create=True, sync=False))
                    os.fsync(parent)

    def remove_file(self, job: UUID, relative: PurePosixPath) -> None:
        """Delete a staged file; a link in its place is deleted, never what it leads to."""
        with suppress(FileNotFoundError), self._parent(job, relative) as parent:
            os.unlink(relative.name, dir_fd=parent)

    def new_incoming(self, job: UUID) -> tuple[int, str]:
        """A new file that has no place yet; `place` gives it one, else `drop` deletes it.

        Returns:
            A file descriptor, which the caller closes, and its name.
        """
        name = uuid4().hex
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | walk.FILE
        with (
            volume_errors(),
            self._job(job) as top,
            walk.folder(INCOMING, top, create=True) as incoming,
        ):
            return os.open(name, flags, walk.FILE_MODE, dir_fd=incoming), name

    def drop(self, job: UUID, name: str) -> None:
        """Delete a file of `new_incoming`; no harm when it is gone."""
        with (
            suppress(FileNotFoundError, Gone),
            self._job(job) as top,
            walk.folder(INCOMING, top) as incoming,
        ):
            os.unlink(name, dir_fd=incoming)

    def place(self, job: UUID, name: str, relative: PurePosixPath) -> None:
        """Make a file of `new_incoming` the staged file of this path, durably.

        Raises:
            StagingProblem: something that is no folder is in the way.
        """
        with (
            volume_errors(),
            self.lock(job),
            self._job(job) as top,
            walk.folder(INCOMING, top) as incoming,
            self._parent(job, relative, create=True) as parent,
        ):
            os.rename(name, relative.name, src_dir_fd=incoming, dst_dir_fd=parent)
            os.fsync(parent)

    def mark_linked(self, job: UUID) -> None:
        """Say, durably, that OMERO reads the files of a job here: they are never deleted."""
        with volume_errors(), self._job(job) as top:
            os.close(walk.open_file(_LINKED, top, create=True))

    def is_linked(self, job: UUID) -> bool:
        """Whether OMERO reads the files of a job here."""
        return os.path.lexists(self.folder / job.hex / _LINKED)

    def delete_job(self, job: UUID) -> bool:
        """Delete all files of a job, unless OMERO reads them here; no harm when they are gone.

        Its folder gets another name first, so that nobody makes a file in it any more.
        `shutil.rmtree` does not follow links, also when one is put in the place of a folder while
        it works.

        Returns:
            Whether they are deleted.
        """
        if self.is_linked(job):
            return False
        deleted = self.folder / f"{job.hex}{_DELETED}"
        with suppress(Gone), self.lock(job):
            (self.folder / job.hex).rename(deleted)
        shutil.rmtree(deleted, onerror=_unless_missing)
        return True

    def jobs(self) -> list[UUID]:
        """The jobs that have a folder here, also one whose deletion was interrupted.

        Other names are none of ours.
        """
        found = set()
        with os.scandir(self.folder) as entries:
            for each in entries:
                name = each.name.removesuffix(_DELETED)
                with suppress(ValueError):
                    if each.is_dir(follow_symlinks=False) and UUID(name).hex == name:
                        found.add(UUID(name))
        return sorted(found)

    def free_bytes(self) -> int:
        """Bytes of the volume that we may still use."""
        with volume_errors():
            status = os.statvfs(self.folder)
        return status.f_bavail * status.f_frsize

    @contextmanager
    def lock(self, job: UUID) -> Iterator[None]:
        """Nobody else makes or deletes what is in the job's folder during the block.

        It holds between processes of one machine. Between machines it is the lease of a file and
        the state of the job that count.

        Raises:
            Gone: the job has no folder.
        """
        with self._job(job) as top:
            fd = walk.open_file(_LOCK, top, create=True, sync=False)
        with os.fdopen(fd, "r+b") as file:
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
            except portalocker.LockException as error:
                if getattr(error.args[0], "errno", None) not in _NO_LOCKS:
                    raise
            yield

    def _opened(self, job: UUID, relative: PurePosixPath, *, create: bool = False) -> int:
        with self._parent(job, relative, create=create) as parent:
            return walk.open_file(relative.name, parent, create=create)

    @contextmanager
    def _job(self, job: UUID) -> Iterator[int]:
        top = os.open(self.folder, walk.FOLDER)
        try:
            with walk.folder(job.hex, top) as opened:
                yield opened
        except FileNotFoundError as error:
            if error.filename == job.hex:
                raise Gone(f"The files of upload {job} have been deleted") from None
            raise
        finally:
            os.close(top)

    @contextmanager
    def _parent(self, job: UUID, relative: PurePosixPath, *, create: bool = False) -> Iterator[int]:
        """The folder that has the file."""
        with self._job(job) as top:
            fd = os.dup(top)
            try:
                for name in (FILES, *relative.parts[:-1]):
                    fd, above = walk.enter(name, fd, create=create), fd
                    os.close(above)
                yield fd
            finally:
                os.close(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, walk.FOLDER)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unless_missing(
    _function: object, _path: str, caught: tuple[object, BaseException, object]
) -> None:
    if not isinstance(caught[1], FileNotFoundError):
        raise caught[1]
