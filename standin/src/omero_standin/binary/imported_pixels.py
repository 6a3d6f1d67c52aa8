"""The pixels of an imported file, read by Bio-Formats a part at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary.folder import Source
from omero_standin.bio_formats.installed import NeedsJava
from omero_standin.bio_formats.process import BioFormats, CannotRead

# Values that are read at once for some that lie apart; rows further apart are read one by one.
_MOST: Final = 1 << 23
_APART: Final = 16


@dataclass(frozen=True)
class ImportedPixels:
    """One image of an imported file."""

    source: Source
    dtype: np.dtype[Any]
    bio_formats: BioFormats = field(compare=False)

    def area(
        self, level: int, zct: tuple[int, int, int], area: tuple[int, int, int, int]
    ) -> NDArray[Any]:
        """An area (x, y, width, height) of a plane at one of the file's resolutions."""
        source = self.source
        try:
            content = self.bio_formats.pixels(source.file, source.series, level, zct, area)
        except (CannotRead, NeedsJava) as error:
            raise refuse.missing(f"{source.file.name} cannot be read: {error}") from error
        return np.frombuffer(content, self.dtype).reshape(area[3], area[2])

    def points(
        self, zct: tuple[int, int, int], ys: NDArray[np.int64], xs: NDArray[np.int64]
    ) -> NDArray[Any]:
        """The values where rows and columns of a plane cross.

        Of far more values than are wanted, a smaller resolution is read, where the file has one.
        """
        level, ys, xs = self._smaller(ys, xs)
        left, width = int(xs[0]), int(xs[-1] - xs[0]) + 1
        rows = max(1, _MOST // width) if _step(ys) < _APART else 1
        found, at = [], 0
        while at < len(ys):
            end = int(np.searchsorted(ys, ys[at] + rows))
            top, height = int(ys[at]), int(ys[end - 1] - ys[at]) + 1
            values = self.area(level, zct, (left, top, width, height))
            found.append(values[np.ix_(ys[at:end] - top, xs - left)])
            at = end
        # numpy's own order of bytes is not that of the buffers.
        return np.concatenate(found).astype(self.dtype, copy=False)

    def _smaller(
        self, ys: NDArray[np.int64], xs: NDArray[np.int64]
    ) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
        """The smallest resolution that still has all the points apart, and where they are in it."""
        step = min(_step(ys), _step(xs))
        resolutions = self.source.resolutions
        full = resolutions[0]
        for level in reversed(range(1, len(resolutions))):
            width, height = resolutions[level]
            scale = max(full[0] / width, full[1] / height)
            if scale <= step:
                small_y = np.minimum((ys * height) // full[1], height - 1)
                small_x = np.minimum((xs * width) // full[0], width - 1)
                return level, small_y, small_x
        return 0, ys, xs


def _step(values: NDArray[np.int64]) -> int:
    return int(values[1] - values[0]) if len(values) > 1 else 1
