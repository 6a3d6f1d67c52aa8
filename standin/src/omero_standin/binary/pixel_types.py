"""The pixel types of OMERO as numpy's, big-endian as OMERO sends and stores them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from omero_standin import refuse

# `bit` is one byte per pixel here as in OMERO's buffers.
TYPES: Final[dict[str, np.dtype[Any]]] = {
    "bit": np.dtype(">u1"),
    "int8": np.dtype(">i1"),
    "uint8": np.dtype(">u1"),
    "int16": np.dtype(">i2"),
    "uint16": np.dtype(">u2"),
    "int32": np.dtype(">i4"),
    "uint32": np.dtype(">u4"),
    "float": np.dtype(">f4"),
    "double": np.dtype(">f8"),
    "complex": np.dtype(">c8"),
    "double-complex": np.dtype(">c16"),
}


def dtype_of(name: str) -> np.dtype[Any]:
    """The numpy type of a pixel type's name."""
    if name not in TYPES:
        raise refuse.usage(f"{name} is not a pixel type")
    return TYPES[name]


def name_of(dtype: np.dtype[Any]) -> str:
    """The pixel type for an array's type, whatever its byte order."""
    for name, known in TYPES.items():
        if name != "bit" and known == dtype.newbyteorder(">"):
            return name
    raise refuse.usage(f"there is no pixel type for {dtype}")


def bit_size(name: str) -> int:
    """Bits of a pixel, as `PixelsType.bitSize` has them."""
    return 1 if name == "bit" else dtype_of(name).itemsize * 8


def bounds(name: str) -> tuple[float, float]:
    """The smallest and largest value that OMERO assumes for a pixel type.

    Types with a fraction get the range of 32-bit integers, as in the server.
    """
    if name == "bit":
        return 0.0, 1.0
    dtype = dtype_of(name)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return float(info.min), float(info.max)
    return float(-(2**31)), float(2**31 - 1)


def is_signed(name: str) -> bool:
    """Whether values may be below zero."""
    return bounds(name)[0] < 0


def is_float(name: str) -> bool:
    """Whether values may have a fraction."""
    return dtype_of(name).kind in "fc"
