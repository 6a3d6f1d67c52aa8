"""All levels of one volume (a channel at a time point), written as its planes pass.

Level 0 gets slabs of planes; each level collects them until whole chunks are there, writes these,
and passes their means on to the next level. So memory holds a slab of each level, and no plane is
read or compressed twice.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import numpy as np

from omero_ims.attributes import range_texts, write_text
from omero_ims.histogram import Histogram
from omero_ims.pixel_types import Pixels
from omero_ims.pyramid import LevelShape, Size, halved

GZIP: Final = 2
# Chunks that are compressed while one is written.
_AHEAD: Final = 8


@dataclass
class _Level:
    """One level while it is written.

    Attributes:
        shape: Its sizes.
        group: The channel's group in the file.
        data: Its dataset.
        depth: Planes that it collects before it writes: whole chunks, and an even number.
        histogram: Of everything written.
        slab: The planes collected, of the current tile.
        filled: How many of them there are.
        corner: Where the slab begins.
    """

    shape: LevelShape
    group: Any
    data: Any
    depth: int
    histogram: Histogram = field(default_factory=Histogram)
    slab: Pixels | None = None
    filled: int = 0
    corner: Size = (0, 0, 0)


class VolumeWriter:
    """Writes one volume with its pyramid and histograms."""

    def __init__(
        self, groups: list[Any], shapes: list[LevelShape], dtype: np.dtype[Any], pool: Executor
    ) -> None:
        """Create the datasets.

        Args:
            groups: The channel's group of each level.
            shapes: The levels.
            dtype: Of the pixels as they are stored.
            pool: Threads that compress.
        """
        self._dtype, self._pool = dtype, pool
        self._levels = [
            _Level(shape, group, self._dataset(group, shape), depth)
            for group, shape, depth in zip(groups, shapes, depths_of(shapes), strict=True)
        ]

    def _dataset(self, group: Any, shape: LevelShape) -> Any:
        for axis, size in zip("ZYX", shape.size, strict=True):
            write_text(group, f"ImageSize{axis}", str(size))
        return group.create_dataset(
            "Data", shape.padded, self._dtype, chunks=shape.chunk,
            compression="gzip", compression_opts=GZIP,
        )  # fmt: skip

    def add(self, block: Pixels, z: int, y: int, x: int) -> None:
        """Add pixels of the full resolution; `finish_tile` follows the last planes of a tile."""
        self._add(0, block, (z, y, x))

    def _add(self, number: int, block: Pixels, corner: Size) -> None:
        level = self._levels[number]
        if 0 in block.shape:
            return
        if level.slab is None:
            level.slab = np.empty((level.depth, *block.shape[1:]), self._dtype)
            level.filled, level.corner = 0, corner
        level.slab[level.filled : level.filled + len(block)] = block
        level.filled += len(block)
        if level.filled == level.depth:
            self._pass_on(number)

    def finish_tile(self) -> None:
        """Write what the levels still hold."""
        for number in range(len(self._levels)):
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        level = self._levels[number]
        if level.slab is None:
            return
        slab, level.slab = level.slab[: level.filled], None
        counting = self._pool.submit(level.histogram.add, slab)
        self._store(level, slab)
        counting.result()
        if number + 1 < len(self._levels):
            z, y, x = (
                start // part for start, part in zip(level.corner, level.shape.factor, strict=True)
            )
            self._add(number + 1, halved(slab, level.shape.factor), (z, y, x))

    def _store(self, level: _Level, slab: Pixels) -> None:
        """Whole chunks are compressed here, by several threads; parts of chunks by HDF5."""
        shape, corner = level.shape, level.corner
        ends = [start + n for start, n in zip(corner, slab.shape, strict=True)]
        whole = all(
            start % chunk == 0 and (end % chunk == 0 or end == size)
            for start, end, chunk, size in zip(corner, ends, shape.chunk, shape.size, strict=True)
        )
        if not whole:
            level.data[tuple(map(slice, corner, ends))] = slab
            return
        waiting: deque[tuple[Size, Future[bytes]]] = deque()
        for place in _chunks(slab.shape, shape.chunk):
            waiting.append((place, self._pool.submit(_compressed, slab, place, shape.chunk)))
            if len(waiting) > _AHEAD:
                self._write_chunk(level, *waiting.popleft())
        while waiting:
            self._write_chunk(level, *waiting.popleft())

    @staticmethod
    def _write_chunk(level: _Level, place: Size, content: Future[bytes]) -> None:
        offset = tuple(a + b for a, b in zip(level.corner, place, strict=True))
        level.data.id.write_direct_chunk(offset, content.result())

    def finish(self) -> Histogram:
        """Write the histograms.

        Returns:
            That of the full resolution.
        """
        for level in self._levels:
            self._write_histogram(level, "", 256)
            if self._dtype.itemsize > 1:
                self._write_histogram(level, "1024", 1024)
        return self._levels[0].histogram

    def _write_histogram(self, level: _Level, suffix: str, bins: int) -> None:
        low, high = level.histogram.range(bins)
        for end, value in zip(("Min", "Max"), range_texts(low, high), strict=True):
            write_text(level.group, f"Histogram{end}{suffix}", value)
        level.group.create_dataset(f"Histogram{suffix}", data=level.histogram.bins(bins))


def depths_of(shapes: list[LevelShape]) -> list[int]:
    """How many planes each level collects: each number divides what comes after it."""
    depths: list[int] = []
    arriving = 1
    for shape in shapes:
        depth = max(arriving, shape.chunk[0], shape.factor[0])
        depths.append(depth)
        arriving = depth // shape.factor[0]
    return depths


def _chunks(size: tuple[int, ...], chunk: Size) -> Iterator[Size]:
    """Where each chunk of a slab begins."""
    yield from product(*(range(0, n, part) for n, part in zip(size, chunk, strict=True)))


def _compressed(slab: Pixels, place: Size, chunk: Size) -> bytes:
    return zlib.compress(_chunk(slab, place, chunk).data, GZIP)


def _chunk(slab: Pixels, place: Size, chunk: Size) -> Pixels:
    """One chunk, padded with zeros at the border of the image."""
    part = slab[tuple(slice(start, start + n) for start, n in zip(place, chunk, strict=True))]
    if part.shape == chunk:
        return np.ascontiguousarray(part)
    padded = np.zeros(chunk, slab.dtype)
    padded[tuple(map(slice, part.shape))] = part
    return padded
