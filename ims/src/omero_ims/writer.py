"""`write`: an image becomes a file, as a stream."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from omero_ims.description import ImageDescription
from omero_ims.errors import Stopped, WriteFailed
from omero_ims.levels import VolumeWriter
from omero_ims.metadata import Range, channels_of, write_info, write_root
from omero_ims.pixel_types import Pixels, converted, fits, stored_as
from omero_ims.pyramid import LevelShape, levels_of
from omero_ims.thumbnail import write_thumbnail
from omero_ims.tiles import tiles_of

# read(z, c, t, y0, x0, height, width): that part of a plane, `height` rows of `width` pixels.
Read = Callable[[int, int, int, int, int, int, int], NDArray[Any]]
# progress(done, total): planes.
Progress = Callable[[int, int], None]

MAX_MEMORY: Final = 512 * 1024 * 1024
_THREADS: Final = 4
# Bytes of a file name to which another 14 can be added.
_LONGEST_NAME: Final = 240
_CHUNK_CACHE: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        path: The file.
        bytes: Its size.
        levels: How many resolution levels it has.
        conversion: What happened to the values, as a sentence; empty if they are as they were.
        notes: Everything that was converted or assumed, as sentences; the file has them too.
    """

    path: Path
    bytes: int
    levels: int
    conversion: str
    notes: tuple[str, ...]


def write(
    path: str | os.PathLike[str],
    description: ImageDescription,
    read: Read,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    max_memory: int = MAX_MEMORY,
) -> Written:
    """Write an Imaris 5.5 file.

    The file appears at its path when it is complete; until then it is beside it as
    `<name>.<random>.part`. A later call for the same path deletes what an earlier one left, for
    example because its process was killed; if that one still runs, it fails.

    Args:
        path: The file; one that exists is replaced.
        description: The image.
        read: Gives the pixels; called in the order of time points, channels, parts and planes.
        progress: Called with the planes that are done and their total.
        stop: Called before each read; if it returns true, the call ends.
        max_memory: Bytes for buffers, in addition to what the process and `read` use.

    Raises:
        Stopped: `stop` returned true.
        Unsupported: the image cannot be an Imaris file.
        WriteFailed: the disk is full or fails, or `read` returned something else than asked for.
        Exception: what `read`, `progress` or `stop` raised, as it is.
    """
    target = Path(path)
    _remove_leftovers(target)
    part = target.with_name(f"{_stem(target.name)}.{secrets.token_hex(4)}.part")
    watched = _Watched(description, read, progress, stop)
    try:
        with _disk_errors(target):
            levels, notes = _write(part, description, watched, max_memory)
            size = part.stat().st_size
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Written(target, size, levels, stored_as(description.pixel_type).note, tuple(notes))


class _FromCaller(Exception):
    """Carries what a caller's function raised past the errors of the disk."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Watched:
    """The caller's functions: checks what is read, counts planes, and stops."""

    def __init__(
        self, description: ImageDescription, read: Read, progress: Progress | None,
        stop: Callable[[], bool] | None,
    ) -> None:  # fmt: skip
        self._read, self._progress, self._stop = read, progress, stop
        self._type = description.pixel_type
        self._pixels_done = 0
        self._plane = description.size_x * description.size_y
        self._total = description.planes
        self._reported = -1

    def read(self, z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Pixels:
        """A part of a plane, of the size that was asked for."""
        try:
            if self._stop is not None and self._stop():
                raise Stopped("stopped before the file was complete")
            pixels = np.asarray(self._read(z, c, t, y, x, height, width))
        except Exception as error:
            raise _FromCaller(error) from error
        if pixels.shape != (height, width):
            raise WriteFailed(
                f"plane z={z} c={c} t={t} at y={y} x={x}: {height} x {width} pixels were asked "
                f"for, and an array of shape {pixels.shape} came"
            )
        if not fits(pixels.dtype, self._type):
            raise WriteFailed(
                f"plane z={z} c={c} t={t}: pixels of type {pixels.dtype} came, and the image was "
                f"described as {self._type}"
            )
        return pixels

    def done(self, pixels: int) -> None:
        """Report planes when another one is complete."""
        self._pixels_done += pixels
        planes = self._pixels_done // self._plane
        if self._progress is not None and planes != self._reported:
            self._reported = planes
            try:
                self._progress(planes, self._total)
            except Exception as error:
                raise _FromCaller(error) from error


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """What HDF5 and the disk report becomes `WriteFailed`; the caller's own errors stay."""
    try:
        yield
    except _FromCaller as carrier:
        raise carrier.error from None
    except (OSError, RuntimeError) as error:
        raise WriteFailed(f"{target} could not be written: {_why(error)}") from error


def _why(error: BaseException) -> str:
    """The sentence for a person in what HDF5 reports."""
    text = str(error)
    for number, words in ((28, "no space left on the disk"), (122, "the disk quota is used up"),
                          (27, "the file is larger than is allowed")):  # fmt: skip
        if getattr(error, "errno", None) == number or f"errno = {number}" in text:
            return words
    return text


def _remove_leftovers(target: Path) -> None:
    for left in target.parent.glob(f"{_literal(_stem(target.name))}.????????.part"):
        left.unlink(missing_ok=True)


def _stem(name: str) -> str:
    """How the name of the unfinished file begins: the name, if it leaves room for more."""
    content = os.fsencode(name)
    return name if len(content) <= _LONGEST_NAME else hashlib.sha256(content).hexdigest()


def _literal(name: str) -> str:
    """A name in which no character is a pattern of `glob`."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _write(
    part: Path, description: ImageDescription, watched: _Watched, max_memory: int
) -> tuple[int, list[str]]:
    dtype = stored_as(description.pixel_type).dtype
    size = (description.size_z, description.size_y, description.size_x)
    shapes = levels_of(size, dtype)
    # Bio-Formats' HDF5 reader knows the first format of HDF5, and no later one. Volumes that
    # several pods share may have no locks.
    with (
        h5py.File(
            part, "x", libver="earliest", rdcc_nbytes=_CHUNK_CACHE, locking="best-effort"
        ) as file,
        ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool,
    ):
        write_root(file)
        ranges = _write_pixels(file, description, shapes, watched, pool, max_memory)
        notes = write_info(file, description, ranges)
        write_thumbnail(
            file, list(_brightest(file, shapes, description)), channels_of(description), ranges
        )
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    return len(shapes), notes


def _write_pixels(
    file: Any, description: ImageDescription, shapes: list[LevelShape], watched: _Watched,
    pool: Executor, max_memory: int,
) -> list[Range]:  # fmt: skip
    """Write all volumes.

    Returns:
        For each channel the intensities to show.
    """
    stored = stored_as(description.pixel_type)
    tiles = tiles_of(shapes, stored.dtype, max_memory)
    found: dict[int, Range] = {}
    for t in range(description.size_t):
        for c in range(description.size_c):
            groups = [
                file.require_group(f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}")
                for level in range(len(shapes))
            ]
            volume = VolumeWriter(groups, shapes, stored.dtype, pool)
            for tile in tiles:
                for z in range(description.size_z):
                    place = (tile.y, tile.x, tile.height, tile.width)
                    pixels = converted(watched.read(z, c, t, *place), stored)
                    volume.add(pixels[np.newaxis], z, tile.y, tile.x)
                    watched.done(tile.height * tile.width)
                volume.finish_tile()
            low, high = volume.finish().shown()
            before = found.get(c, (low, high))
            found[c] = min(low, before[0]), max(high, before[1])
    channels = channels_of(description)
    return [channels[c].range or found[c] for c in range(description.size_c)]


def _brightest(
    file: Any, shapes: list[LevelShape], description: ImageDescription
) -> Iterator[Pixels]:
    """For each channel the brightest pixels over z of the smallest level."""
    depth, high, wide = shapes[-1].size
    for c in range(description.size_c):
        data = file[f"DataSet/ResolutionLevel {len(shapes) - 1}/TimePoint 0/Channel {c}/Data"]
        yield data[:depth, :high, :wide].max(axis=0)
