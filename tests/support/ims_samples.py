"""Images for the tests of `omero_ims`: pixels of every type and shape, and files of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_ims import ImageDescription, Written, write

Pixels = NDArray[Any]

# OMERO's pixel types → numpy's, as a reader of OMERO returns them.
TYPES: Final = {
    "bit": "bool", "int8": "int8", "uint8": "uint8", "int16": "int16", "uint16": "uint16",
    "int32": "int32", "uint32": "uint32", "float": "float32", "double": "float64",
}  # fmt: skip
# Time points, channels, planes, rows, columns: from one dimension to all five, odd sizes.
SHAPES: Final = (
    (1, 1, 1, 2, 3), (1, 1, 1, 40, 51), (1, 1, 7, 33, 18), (1, 3, 1, 33, 17), (4, 1, 1, 16, 16),
    (2, 3, 5, 31, 66), (1, 1, 130, 9, 5), (1, 2, 2, 3, 257),
)  # fmt: skip


def pixels_of(pixel_type: str, shape: tuple[int, ...], seed: int = 1) -> Pixels:
    """Random pixels over the whole range of a type."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(TYPES[pixel_type])
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    if kind.kind == "f":
        return (rng.standard_normal(shape) * 1000).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, shape, kind, endpoint=True)


def described(pixels: Pixels, pixel_type: str, **more: Any) -> ImageDescription:
    """The description of an array t, c, z, y, x."""
    t, c, z, y, x = pixels.shape
    return ImageDescription(more.pop("name", "cells"), x, y, z, c, t, pixel_type, **more)


def reader_of(pixels: Pixels) -> Callable[..., Pixels]:
    """Reads parts of planes, big-endian as OMERO sends them."""

    def read(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Pixels:
        part = pixels[t, c, z, y : y + height, x : x + width]
        return part.astype(part.dtype.newbyteorder(">"))

    return read


def written(path: Path, pixels: Pixels, pixel_type: str, **more: Any) -> Written:
    """Write an array t, c, z, y, x."""
    limit = {"max_memory": more.pop("max_memory")} if "max_memory" in more else {}
    return write(path, described(pixels, pixel_type, **more), reader_of(pixels), **limit)
