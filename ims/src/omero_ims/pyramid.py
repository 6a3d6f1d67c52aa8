"""Sizes of the resolution levels and of their chunks, and how a level becomes the next.

The rule of sizes and the end of the pyramid are those of "Imaris5.5 File Format Description",
sections 5.1 and 5.2. Sizes are in the order of the arrays: z, y, x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np

from omero_ims.description import ImageDescription
from omero_ims.pixel_types import Pixels, stored_as

Size = tuple[int, int, int]

# The pyramid ends with the first level that has fewer voxels.
ENOUGH: Final = 4 * 1024 * 1024
CHUNK_BYTES: Final = 1024 * 1024
# A chunk may be padded to twice the size of the level, no more.
_MOST_WASTE: Final = 2.0


@dataclass(frozen=True)
class LevelShape:
    """One resolution level of one volume.

    Attributes:
        size: Voxels that are real.
        chunk: Voxels of a chunk.
        factor: By how much each size is divided for the next level: 1 or 2.
    """

    size: Size
    chunk: Size
    factor: Size

    @property
    def padded(self) -> Size:
        """The size of the dataset: whole chunks."""
        z, y, x = (
            -(-size // part) * part for size, part in zip(self.size, self.chunk, strict=True)
        )
        return z, y, x


def levels_of(size: Size, dtype: np.dtype[Any]) -> list[LevelShape]:
    """All levels of a volume, the full resolution first."""
    found = []
    while True:
        factor = next_factor(size) if math.prod(size) >= ENOUGH else (1, 1, 1)
        found.append(LevelShape(size, chunk_of(size, dtype.itemsize), factor))
        if factor == (1, 1, 1):
            return found
        z, y, x = (length // part for length, part in zip(size, factor, strict=True))
        size = z, y, x


def next_factor(size: Size) -> Size:
    """By how much each size is divided for the next level: small ones beside the others stay."""
    volume = math.prod(size)
    z, y, x = (2 if n > 1 and (10 * n) ** 2 > volume // n else 1 for n in size)
    return z, y, x


def chunk_of(size: Size, bytes_each: int) -> Size:
    """The chunk of a level: powers of two, about 1 MB, square in x and y where the level allows.

    As Imaris' own writer does it: of all that fit, the one with which the three slices through a
    volume touch the fewest chunks, then the one most like a cube.
    """
    deep, high, wide = (1 << (n - 1).bit_length() for n in size)
    voxels = CHUNK_BYTES // bytes_each
    if deep * high * wide <= voxels:
        return deep, high, wide
    powers = [1 << power for power in range(voxels.bit_length())]
    found = []
    # Those of a single plane may be twice as wide.
    for z, side, wider in product(powers, powers, (1, 2) if deep == 1 else (1,)):
        y, x = min(side, high), min(side * wider, wide)
        # A volume has chunks of 4 planes or more: the graphics of Imaris wants them.
        if min(4, deep) <= z <= deep and voxels // 4 <= z * y * x <= voxels:
            found.append((z, y, x))
    return min(found, key=lambda chunk: _costs(size, chunk))


def _costs(size: Size, chunk: Size) -> tuple[bool, int, int, float]:
    z, y, x = (-(-n // part) for n, part in zip(size, chunk, strict=True))
    waste = math.prod(chunk) * z * y * x / math.prod(size)
    slices = x * y + x * z + y * z - x - y - z
    surface = chunk[0] * chunk[1] + chunk[0] * chunk[2] + chunk[1] * chunk[2]
    return waste > _MOST_WASTE, slices, surface, waste


def halved(block: Pixels, factor: Size) -> Pixels:
    """A block of the next level: means, rounded half up; what is left over is dropped."""
    z, y, x = (n // part for n, part in zip(block.shape, factor, strict=True))
    fz, fy, fx = factor
    block = block[: z * fz, : y * fy, : x * fx]
    if block.dtype == np.float32:
        return _sums(block, factor, np.float32) / np.float32(fz * fy * fx)
    wide = np.uint64 if block.dtype == np.uint32 else np.uint32
    small = np.uint16 if block.dtype == np.uint8 else wide
    sums = _sums(block, factor, small)
    count = fz * fy * fx
    sums += count // 2
    sums >>= count.bit_length() - 1
    return sums.astype(block.dtype)


def _sums(block: Pixels, factor: Size, dtype: Any) -> Pixels:
    """The sum of each group of voxels."""
    fz, fy, fx = factor
    total = block[::fz, ::fy, ::fx].astype(dtype)
    for z, y, x in list(product(range(fz), range(fy), range(fx)))[1:]:
        total += block[z::fz, y::fy, x::fx]
    return total


def estimated_bytes(description: ImageDescription) -> int:
    """The most bytes that the file can take: all levels without compression, and what they need."""
    stored = stored_as(description.pixel_type)
    size = (description.size_z, description.size_y, description.size_x)
    levels = levels_of(size, stored.dtype)
    volume = sum(math.prod(level.padded) * stored.dtype.itemsize + 32_768 for level in levels)
    return volume * description.size_c * description.size_t + 1024 * 1024
