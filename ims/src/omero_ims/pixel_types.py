"""Which type of Imaris a pixel type becomes, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_ims.errors import Unsupported

Pixels = NDArray[Any]

_LARGEST: Final = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Stored:
    """How pixels are stored.

    Attributes:
        dtype: One of the four types of Imaris: uint8, uint16, uint32, float32.
        note: What the conversion does to the values, as a sentence; empty without conversion.
    """

    dtype: np.dtype[Any]
    note: str = ""


def _stored(name: str, note: str = "") -> Stored:
    return Stored(np.dtype(name), note)


# Signed values become floating point and not shifted integers: an intensity that is measured in
# Imaris is then the one that was recorded.
_TYPES: Final = {
    "uint8": _stored("uint8"),
    "uint16": _stored("uint16"),
    "uint32": _stored("uint32"),
    "float": _stored("float32"),
    "bit": _stored("uint8", "bit is stored as uint8: 0 and 1."),
    "int8": _stored("float32", "int8 is stored as float32; all values are exact."),
    "int16": _stored("float32", "int16 is stored as float32; all values are exact."),
    "int32": _stored(
        "float32",
        "int32 is stored as float32: values up to 16 777 216 are exact, larger ones are rounded "
        "to 24 binary digits.",
    ),
    "double": _stored(
        "float32",
        "double is stored as float32: values are rounded to 7 digits, and those beyond 3.4e38 "
        "become the largest number of that type.",
    ),
}
_COMPLEX: Final = frozenset({"complex", "double-complex"})


def stored_as(pixel_type: str) -> Stored:
    """How pixels of one of OMERO's types are stored.

    Raises:
        Unsupported: complex numbers, or a type that OMERO does not have.
    """
    if pixel_type in _COMPLEX:
        raise Unsupported(
            f"Imaris has no complex numbers, so an image of type {pixel_type} cannot be an Imaris "
            "file. Export its magnitude or phase as an image of type float"
        )
    if pixel_type not in _TYPES:
        known = ", ".join(_TYPES)
        raise Unsupported(f"{pixel_type!r} is no pixel type that is supported: {known}")
    return _TYPES[pixel_type]


def conversion_of(pixel_type: str) -> str:
    """What the conversion to a type of Imaris does to the values; empty where there is none.

    Raises:
        Unsupported: the type cannot be stored.
    """
    return stored_as(pixel_type).note


def fits(dtype: np.dtype[Any], pixel_type: str) -> bool:
    """Whether pixels of a type of NumPy are what a type of OMERO says, or fewer values of it."""
    names = {"float": "float32", "double": "float64", "bit": "uint8"}
    return np.can_cast(dtype, np.dtype(names.get(pixel_type, pixel_type)), "safe")


def converted(pixels: Pixels, stored: Stored) -> Pixels:
    """Pixels in the type that is stored, in the byte order of this machine."""
    if pixels.dtype == stored.dtype:
        return pixels
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize > stored.dtype.itemsize:
        finite = np.isfinite(pixels)
        pixels = np.where(finite, np.clip(pixels, -_LARGEST, _LARGEST), pixels)
    if stored.dtype == np.uint8 and pixels.dtype == np.bool_:
        return pixels.view(np.uint8)
    return pixels.astype(stored.dtype)
