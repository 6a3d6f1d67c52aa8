"""Where a file is on the volume.

`<image>/<file>.ims` is complete and verified, always: it gets this name in one step. What is being
written has the same name with `.<attempt>.part` behind it, and is never offered.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

_SUFFIX: Final = ".ims"
_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Found:
    """Something on the volume.

    Attributes:
        path: where.
        file: id of the file that it belongs to.
        age: seconds since it was changed.
    """

    path: Path
    file: UUID
    age: float


class Volume:
    """The folder of one site.

    Args:
        folder: it exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, image_id: int, file: UUID) -> Path:
        """Where a file is offered from."""
        return self._folder / str(image_id) / f"{file}{_SUFFIX}"

    def part(self, image_id: int, file: UUID, attempt: int) -> Path:
        """Where an attempt writes; its folder exists afterwards."""
        path = self.place(image_id, file)
        path.parent.mkdir(mode=0o770, exist_ok=True)
        # Empty folders are deleted when they are old.
        os.utime(path.parent)
        return path.with_name(f"{path.name}.{attempt}{_PART}")

    def publish(self, part: Path, image_id: int, file: UUID) -> int:
        """Give a verified file its name; its bytes. After a power cut it is there, or not at all.

        Raises:
            OSError: the volume does not accept it.
        """
        with part.open("rb") as written:
            os.fsync(written.fileno())
            size = os.fstat(written.fileno()).st_size
        place = self.place(image_id, file)
        part.replace(place)
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return size

    def open(self, image_id: int, file: UUID) -> BinaryIO | None:
        """An offered file; it stays whole for whoever has opened it. None where it is not there."""
        try:
            return self.place(image_id, file).open("rb")
        except FileNotFoundError:
            return None

    def has(self, image_id: int, file: UUID) -> bool:
        """Whether an offered file is there."""
        return self.place(image_id, file).is_file()

    def delete(self, image_id: int, file: UUID) -> None:
        """Delete a file and what attempts at it have left."""
        self.place(image_id, file).unlink(missing_ok=True)
        self.delete_parts(image_id, file)

    def delete_parts(self, image_id: int, file: UUID) -> None:
        """Delete what attempts at a file have left, for example because they were killed."""
        place = self.place(image_id, file)
        for each in place.parent.glob(f"{place.name}.*"):
            each.unlink(missing_ok=True)

    def all(self) -> Iterator[Found]:
        """All that looks like a file of ours, or a part of one."""
        now = time.time()
        for path in self._folder.glob(f"*/*{_SUFFIX}*"):
            file = _id(path.name.partition(".")[0])
            if file is None or path.is_symlink():
                continue
            with suppress(FileNotFoundError):
                yield Found(path, file, now - path.stat().st_mtime)

    def delete_empty(self, seconds: float) -> None:
        """Delete folders of images without files, in which nothing was written for so long."""
        before = time.time() - seconds
        for folder in self._folder.iterdir():
            if folder.name.isdecimal() and folder.is_dir() and folder.stat().st_mtime < before:
                with suppress(OSError):
                    folder.rmdir()

    def room(self) -> tuple[int, int]:
        """Bytes of the volume, and those that are free for us."""
        found = shutil.disk_usage(self._folder)
        return found.total, found.free


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
