"""Smallest and largest values and histograms, of at most a few hundred thousand pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin.binary.pixels import Pixels

_MOST: Final = 1 << 18
# Generated planes look alike everywhere.
_MOST_MADE_UP: Final = 1 << 14


def middle_plane(pixels: Pixels, c: int) -> NDArray[Any]:
    """The plane in the middle of z and t, thinned out when it is large."""
    return plane(pixels, pixels.size_z // 2, c, pixels.size_t // 2)


def plane_of(pixels: Pixels, z: int, c: int, t: int) -> NDArray[Any]:
    """A plane: all of it, or of big images a sample."""
    return plane(pixels, z, c, t) if pixels.is_big else pixels.plane(z, c, t)


def plane(pixels: Pixels, z: int, c: int, t: int) -> NDArray[Any]:
    """A plane, thinned out evenly to no more than a few hundred thousand pixels."""
    pixels.check_plane(z, c, t)
    most = _MOST_MADE_UP if pixels.is_generated else _MOST
    step = max(1, int(np.ceil(np.sqrt(pixels.size_x * pixels.size_y / most))))
    ys, xs = np.arange(0, pixels.size_y, step), np.arange(0, pixels.size_x, step)
    return pixels.points(z, c, t, ys, xs)


def min_max(pixels: Pixels, c: int) -> tuple[float, float]:
    """The smallest and the largest value of a channel, as the server finds them at import.

    All planes of small images, else the one in the middle, and of big ones a sample.
    """
    changed = pixels.path.stat().st_mtime_ns if pixels.path.is_file() else 0
    return _min_max(pixels, c, changed)


@lru_cache(maxsize=4096)
def _min_max(pixels: Pixels, c: int, _changed: int) -> tuple[float, float]:
    planes = pixels.size_z * pixels.size_t
    if planes * pixels.size_x * pixels.size_y <= _MOST:
        found = [pixels.plane(z, c, t) for z in range(pixels.size_z) for t in range(pixels.size_t)]
    else:
        found = [middle_plane(pixels, c)]
    values = [np.real(each) for each in found]
    return min(float(each.min()) for each in values), max(float(each.max()) for each in values)


def histogram(values: NDArray[Any], bins: int, low: float, high: float) -> list[int]:
    """How many values lie in each of `bins` equal parts from `low` to `high`.

    The range may be that of a sample; what is outside of it counts to its ends.
    """
    if high <= low:
        high = low + 1
    counts, _ = np.histogram(np.clip(np.real(values), low, high), bins=bins, range=(low, high))
    return [int(each) for each in counts]
