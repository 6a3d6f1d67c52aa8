"""Which values a request for a picture is about: planes along any axes, regions, resolutions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import omero
import omero.constants.projection
import omero.romio
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary.pixels import Pixels

_KINDS: Final = {
    omero.constants.projection.ProjectionType.MAXIMUMINTENSITY: "maximum",
    omero.constants.projection.ProjectionType.MEANINTENSITY: "mean",
    omero.constants.projection.ProjectionType.SUMINTENSITY: "sum",
}


def projection_kind(algorithm: Any) -> str:
    """The word for OMERO's projection type."""
    return _KINDS[algorithm]


def values(pixels: Pixels, plane: Any, channel: int, level: int) -> NDArray[Any]:
    """The values of a channel that a PlaneDef asks for; level 0 is full resolution."""
    width, height = pixels.levels[level]
    if plane.slice == omero.romio.XY:
        x, y = 0, 0
        if plane.region is not None:
            x, y = plane.region.x, plane.region.y
            width = min(plane.region.width, width - x)
            height = min(plane.region.height, height - y)
        found = pixels.tile(plane.z, channel, plane.t, x, y, width, height, level)
    else:
        found = _across(pixels, plane, channel)
    step = plane.stride + 1 if plane.stride > 0 else 1
    return found[::step, ::step]


def _across(pixels: Pixels, plane: Any, channel: int) -> NDArray[Any]:
    """A cut through all z: at one x (`ZY`) or at one y (`XZ`)."""
    ys, xs = np.arange(pixels.size_y), np.arange(pixels.size_x)
    if plane.slice == omero.romio.XZ:
        _inside(plane.y, pixels.size_y)
        rows = [
            pixels.points(z, channel, plane.t, ys[plane.y : plane.y + 1], xs)[0]
            for z in range(pixels.size_z)
        ]
        return np.stack(rows)
    _inside(plane.x, pixels.size_x)
    columns = [
        pixels.points(z, channel, plane.t, ys, xs[plane.x : plane.x + 1])[:, 0]
        for z in range(pixels.size_z)
    ]
    return np.stack(columns, axis=1)


def _inside(value: int, size: int) -> None:
    if not 0 <= value < size:
        raise refuse.usage(f"a cut at {value} is not inside of {size} pixels")


def thin(pixels: Pixels, z: int, t: int, channel: int, longest: int) -> NDArray[Any]:
    """A plane thinned out to about `longest` pixels on its longest side, for thumbnails."""
    pixels.check_plane(z, channel, t)
    step = max(1, max(pixels.size_x, pixels.size_y) // max(1, longest))
    ys, xs = np.arange(0, pixels.size_y, step), np.arange(0, pixels.size_x, step)
    return pixels.points(z, channel, t, ys, xs)
