"""Pixels out of nothing: a microscopy-like picture that follows from a number.

Round cells on an uneven background with noise, a function of the position alone: any part of any
plane is made when it is asked for, and is the same whenever and by whomever it is asked for.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin.binary.pixel_types import dtype_of

_CELL: Final = 48
# The brightest value of whole-number types; most cameras give 12 bits.
_BRIGHTEST: Final = {"int8": 127, "uint8": 255, "bit": 1}
_CAMERA: Final = 4095


def region(
    seed: int, kind: str, zct: tuple[int, int, int], ys: NDArray[Any], xs: NDArray[Any]
) -> NDArray[Any]:
    """The pixels at rows `ys` and columns `xs` of a plane, as an array of the pixel type."""
    z, c, t = zct
    plane = np.uint32((seed * 7919 + c * 104729 + 17) & 0xFFFFFFFF)
    x, y = xs.astype(np.float32)[None, :], ys.astype(np.float32)[:, None]
    shade = 0.08 + 0.04 * np.sin(x / 211 + seed) * np.cos(y / 173 + c)
    value = shade + _cells(plane, z, t, y, x)
    rows = ys.astype(np.uint32)[:, None] * np.uint32(668265263)
    columns = xs.astype(np.uint32)[None, :] * np.uint32(374761393)
    dots = _hash(rows ^ columns ^ plane ^ np.uint32((z * 31 + t * 131) & 0xFFFFFFFF))
    value += np.float32(0.04 / 255) * (dots & np.uint32(255))
    return _scaled(np.clip(value, 0, 1, out=value), kind)


def _cells(
    plane: np.uint32, z: int, t: int, y: NDArray[np.float32], x: NDArray[np.float32]
) -> NDArray[Any]:
    """One round cell in each square of the plane; what it is like follows from the square."""
    squares_x, of_x = np.unique((x[0] // _CELL).astype(np.uint32), return_inverse=True)
    squares_y, of_y = np.unique((y[:, 0] // _CELL).astype(np.uint32), return_inverse=True)
    square_x, square_y = squares_x[None, :], squares_y[:, None]
    place = _hash(square_x * np.uint32(73856093) ^ square_y * np.uint32(19349663) ^ plane)
    width = 1 / (4 + _part(place, 0) * 6) ** 2
    centre_x = (square_x + np.float32(0.5)) * _CELL + (_part(place, 1) - 0.5) * 12 + t % 5
    centre_y = (square_y + np.float32(0.5)) * _CELL + (_part(place, 2) - 0.5) * 12
    bright = (0.5 + 0.5 * _part(place, 0)) / (1 + 0.15 * np.abs(z - _part(place, 3) * 8))
    every = np.ix_(of_y, of_x)
    away_x, away_y = x - centre_x.astype(np.float32)[every], y - centre_y.astype(np.float32)[every]
    away = (away_x * away_x + away_y * away_y) * width.astype(np.float32)[every]
    return np.asarray(bright.astype(np.float32)[every] * np.exp(-away))


def _scaled(value: NDArray[Any], kind: str) -> NDArray[Any]:
    dtype = dtype_of(kind)
    if kind == "bit":
        return (value > 0.25).astype(dtype)
    if dtype.kind in "iu":
        return (value * _BRIGHTEST.get(kind, _CAMERA)).astype(dtype)
    return value.astype(dtype)


def _hash(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Neighbouring numbers to unrelated ones."""
    value = (value ^ (value >> np.uint32(16))) * np.uint32(0x45D9F3B)
    value = (value ^ (value >> np.uint32(16))) * np.uint32(0x45D9F3B)
    return value ^ (value >> np.uint32(16))


def _part(value: NDArray[np.uint32], which: int) -> NDArray[Any]:
    """One of four independent fractions of a hash, between 0 and 1."""
    return ((value >> np.uint32(8 * which)) & np.uint32(255)).astype(np.float32) / 255
