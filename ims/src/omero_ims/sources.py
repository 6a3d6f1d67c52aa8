"""Images in files that `ims-write` reads: arrays of NumPy and, in `tiff_source`, TIFF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from omero_ims.description import Vector
from omero_ims.errors import Unsupported
from omero_ims.pixel_types import Pixels
from omero_ims.writer import Read

AXES: Final = "TCZYX"
# What the axes of an array are, by their number.
_USUAL: Final = {2: "YX", 3: "ZYX", 4: "CZYX", 5: "TCZYX"}
_TYPES: Final = {
    "bool": "bit", "int8": "int8", "uint8": "uint8", "int16": "int16", "uint16": "uint16",
    "int32": "int32", "uint32": "uint32", "float16": "float", "float32": "float",
    "float64": "double", "complex64": "complex", "complex128": "double-complex",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """An image in a file.

    Attributes:
        sizes: Of t, c, z, y, x.
        pixel_type: OMERO's name of the type.
        read: Reads a part of a plane.
        voxel_um: What the file says of the size of a voxel.
        channel_names: What the file says of its channels; nothing, or one for each.
        close: Closes the file.
    """

    sizes: tuple[int, int, int, int, int]
    pixel_type: str
    read: Read
    voxel_um: Vector = (None, None, None)
    channel_names: Sequence[str] = ()
    close: Callable[[], None] = field(default=lambda: None)


def pixel_type_of(dtype: np.dtype[Any]) -> str:
    """OMERO's name of a type of NumPy.

    Raises:
        Unsupported: OMERO and Imaris have no such type.
    """
    if dtype.name not in _TYPES:
        raise Unsupported(
            f"pixels of type {dtype} are unsupported; save them as one of {', '.join(_TYPES)}"
        )
    return _TYPES[dtype.name]


def checked_axes(axes: str | None, shape: tuple[int, ...], where: str) -> str:
    """The letters of an array's axes, as given or as usual.

    Raises:
        Unsupported: they do not fit the array.
    """
    axes = (axes or _USUAL.get(len(shape), "")).upper()
    wrong = set(axes) - set(AXES) or len(set(axes)) < len(axes) or not {"Y", "X"} <= set(axes)
    if wrong or len(axes) != len(shape):
        raise Unsupported(
            f"{where} has {len(shape)} dimensions {shape}: say with --axes what they are, such as "
            f"--axes TCZYX, each letter once, Y and X among them (now: {axes or 'none'})"
        )
    return axes


def numpy_source(path: Path, axes: str | None) -> Source:
    """An array in a file `.npy`; it is not read into memory.

    Args:
        path: The file.
        axes: A letter for each of its dimensions, the last one varies fastest.

    Raises:
        Unsupported: it holds something else, or the axes do not fit.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise Unsupported(f"{path} is no array that can be read: {error}") from error
    if not isinstance(array, np.ndarray):
        raise Unsupported(f"{path} holds several arrays; save one with numpy.save")
    return array_source(array, checked_axes(axes, array.shape, str(path)))


def array_source(array: Pixels, axes: str) -> Source:
    """An array whose axes are known."""
    present = [axis for axis in AXES if axis in axes]
    ordered = array.transpose([axes.index(axis) for axis in present])
    missing = tuple(number for number, axis in enumerate(AXES) if axis not in axes)
    whole = np.expand_dims(ordered, missing)

    def read(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Pixels:
        return np.asarray(whole[t, c, z, y : y + height, x : x + width])

    t, c, z, y, x = whole.shape
    return Source((t, c, z, y, x), pixel_type_of(array.dtype), read)
