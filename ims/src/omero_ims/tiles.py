"""How planes are read: in parts that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np

from omero_ims.levels import depths_of
from omero_ims.pyramid import LevelShape

# Of the memory that may be used, the part of level 0: the other levels and their means take the
# rest.
_PART: Final = 3


@dataclass(frozen=True)
class Tile:
    """A part of every plane of a volume."""

    y: int
    x: int
    height: int
    width: int


def tiles_of(shapes: list[LevelShape], dtype: np.dtype[Any], max_memory: int) -> list[Tile]:
    """The parts that planes are read in: whole planes if they fit.

    Args:
        shapes: The levels of the volume.
        dtype: Of its pixels.
        max_memory: Bytes that may be used.
    """
    _, high, wide = shapes[0].size
    # Parts begin where a voxel of every level begins.
    step_y, step_x = (
        max(shapes[0].chunk[axis], _product(shape.factor[axis] for shape in shapes))
        for axis in (1, 2)
    )
    voxels = max_memory // _PART // (depths_of(shapes)[0] * dtype.itemsize)
    height, width = min(step_y, high), min(step_x, wide)
    while (height, width) != (high, wide):
        # Squares: their borders cut the fewest chunks of the smaller levels.
        if (height <= width and height < high) or width == wide:
            larger = min(2 * height, high), width
        else:
            larger = height, min(2 * width, wide)
        if larger[0] * larger[1] > voxels:
            break
        height, width = larger
    return list(_tiles(high, wide, height, width))


def _tiles(high: int, wide: int, height: int, width: int) -> Iterator[Tile]:
    for y, x in product(range(0, high, height), range(0, wide, width)):
        yield Tile(y, x, min(height, high - y), min(width, wide - x))


def _product(numbers: Iterator[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result
