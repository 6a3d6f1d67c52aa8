"""The pixels below a shape, found as the server finds them, and their values.

The rules are those of the server's `omero.model.SmartShape`: an area is looked at in steps of one
pixel from its upper left corner on, before its right and lower edge, and a pixel counts when a
square of 0.001 at this place touches the inside. So a polygon from 10 to 91 has 81 columns. Of a
mask the whole rectangle counts, whatever its bits are. A line is followed in steps of 0.1.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary.pixels import Pixels
from omero_standin.model.store import Row

Point = tuple[float, float]
_Numbers = NDArray[np.float64]
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OLD_FORM: Final = re.compile(r"\s*points\s*\[([^\]]*)\]")
# The side of the square that has to touch the inside of an area.
_SIDE: Final = 0.001
# How far it is from one look at a line to the next.
_STEP: Final = 0.1
# Pixels: beyond it the server looks at a line for hours.
_LONGEST_LINE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Covered:
    """Columns and rows of the pixels of a plane that belong to a shape; some may come twice."""

    xs: NDArray[np.int64]
    ys: NDArray[np.int64]


def covered(shape: Row, pixels: Pixels) -> Covered:
    """Which pixels of a plane belong to a shape; none when it is outside."""
    if shape.values.get("transform") is not None:
        raise refuse.unsupported("statistics of a shape with a transform")
    size = (pixels.size_x, pixels.size_y)
    kind, values = shape.kind, shape.values
    match kind:
        case "Rectangle" | "Mask":
            box = _numbers(values, "x", "y", "width", "height")
            return _in_box(box, size) if box else _among([], size)
        case "Ellipse":
            ellipse = _numbers(values, "x", "y", "radiusX", "radiusY")
            return _in_ellipse(ellipse, size) if ellipse else _among([], size)
        case "Point" | "Label":
            place = _numbers(values, "x", "y")
            return _among([(int(place[0]), int(place[1]))] if place else [], size)
        case "Line":
            ends = _numbers(values, "x1", "y1", "x2", "y2")
            return _among(_along((ends[0], ends[1]), (ends[2], ends[3])) if ends else [], size)
        case "Polyline":
            points = points_of(str(values.get("points") or ""))
            parts = [_along(*each) for each in itertools.pairwise(points)]
            return _among([pixel for part in parts for pixel in part], size)
        case "Polygon":
            return _in_polygon(points_of(str(values.get("points") or "")), size)
    raise refuse.unsupported(f"statistics of a {kind}")


def values_in(found: Covered, pixels: Pixels, z: int, c: int, t: int) -> _Numbers:
    """The values of the pixels that belong to a shape."""
    if not found.xs.size:
        return np.zeros(0)
    left, top = int(found.xs.min()), int(found.ys.min())
    width, height = int(found.xs.max()) - left + 1, int(found.ys.max()) - top + 1
    tile = pixels.tile(z, c, t, left, top, width, height)
    return np.asarray(np.real(tile[found.ys - top, found.xs - left]), np.float64)


def points_of(text: str) -> list[Point]:
    """The points of a polygon or polyline: numbers, with commas or blanks between them.

    OMERO.insight's old form `points[…] points1[…] …` has the points in its first part. As in the
    server they have single precision.
    """
    first = _OLD_FORM.match(text)
    numbers = _NUMBER.findall(first[1] if first else text)
    rest = _NUMBER.sub("", first[1] if first else text)
    if len(numbers) % 2 or rest.strip(", \t\r\n"):
        raise refuse.invalid(f"the points of a shape cannot be read: {text[:80]!r}")
    values = [float(np.float32(each)) for each in numbers]
    return list(zip(values[::2], values[1::2], strict=True))


def _numbers(values: dict[str, Any], *names: str) -> list[float]:
    """What a shape holds under some names; nothing when one of them is missing."""
    held = [values.get(each) for each in names]
    return [] if None in held else [float(each) for each in held if each is not None]


def _among(pixels: Sequence[tuple[int, int]], size: tuple[int, int]) -> Covered:
    """Those of some pixels that are in the plane."""
    inside = [(x, y) for x, y in pixels if 0 <= x < size[0] and 0 <= y < size[1]]
    both = np.asarray(inside, np.int64).reshape(-1, 2)
    return Covered(both[:, 0], both[:, 1])


def _places(start: float, end: float, size: int) -> _Numbers:
    """The places from `start` on in steps of one before `end` whose pixel is in the plane."""
    before = min(end, size)
    first = max(0, math.floor(-start) - 1)
    places = start + np.arange(first, max(first, math.ceil(before - start)))
    return np.asarray(places[(places > -1) & (places < before)])


def _of_grid(xs: _Numbers, ys: _Numbers, inside: NDArray[np.bool_]) -> Covered:
    rows, columns = np.nonzero(inside)
    # As Java's `(int)`: towards zero.
    return Covered(xs.astype(np.int64)[columns], ys.astype(np.int64)[rows])


def _in_box(box: list[float], size: tuple[int, int]) -> Covered:
    x, y, width, height = box
    xs, ys = _places(x, x + width, size[0]), _places(y, y + height, size[1])
    return _of_grid(xs, ys, np.ones((ys.size, xs.size), np.bool_))


def _in_ellipse(ellipse: list[float], size: tuple[int, int]) -> Covered:
    """As `java.awt.geom.Ellipse2D.intersects`: the nearest point of the square is inside."""
    x, y, radius_x, radius_y = ellipse
    xs = _places(x - radius_x, x + radius_x, size[0])
    ys = _places(y - radius_y, y + radius_y, size[1])
    # From the square to the centre.
    far_x = np.maximum(0, np.maximum(xs - x, x - xs - _SIDE))[None, :] / (radius_x or 1)
    far_y = np.maximum(0, np.maximum(ys - y, y - ys - _SIDE))[:, None] / (radius_y or 1)
    return _of_grid(xs, ys, far_x**2 + far_y**2 < 1)


def _in_polygon(points: list[Point], size: tuple[int, int]) -> Covered:
    """As `java.awt.geom.Path2D.intersects`: an edge goes through the square, or it is inside.

    Inside is where a line to the left crosses an odd number of edges.
    """
    if not points:
        return _among([], size)
    x0, y0 = np.asarray(points, np.float64).T
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    xs, ys = _places(x0.min(), x0.max(), size[0]), _places(y0.min(), y0.max(), size[1])
    slope = (x1 - x0) / np.where(y1 == y0, 1, y1 - y0)
    inside = np.zeros((ys.size, xs.size), np.bool_)
    for row, top in enumerate(ys):
        middle, bottom = top + _SIDE / 2, top + _SIDE
        crossing = (y0 <= middle) != (y1 <= middle)
        at = np.sort((x0 + (middle - y0) * slope)[crossing])
        inside[row] = np.searchsorted(at, xs + _SIDE / 2) % 2 == 1
        for edge in np.flatnonzero((np.maximum(y0, y1) > top) & (np.minimum(y0, y1) < bottom)):
            # The part of the edge that is as high as the square.
            ends = np.clip((y0[edge], y1[edge]), top, bottom) - y0[edge]
            if y0[edge] == y1[edge]:
                part = np.asarray((x0[edge], x1[edge]))
            else:
                part = x0[edge] + ends * slope[edge]
            inside[row] |= (part.max() > xs) & (part.min() < xs + _SIDE)
    return _of_grid(xs, ys, inside)


def _along(start: Point, end: Point) -> list[tuple[int, int]]:
    """The pixels that a line goes through, its end and 0.1 beyond it included."""
    (x0, y0), (x1, y1) = start, end
    length = math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    if length > _LONGEST_LINE:
        raise refuse.unsupported(f"statistics of a line of {length:.0f} pixels")
    if length == 0:
        return [(math.floor(x0), math.floor(y0))]
    # Added up one after the other, as the server does: 0.1 is not exact.
    at = np.concatenate(([0.0], np.cumsum(np.full(math.ceil(length / _STEP) + 2, _STEP))))
    at = at[at <= length + _STEP]
    xs, ys = np.floor(x0 + at * ((x1 - x0) / length)), np.floor(y0 + at * ((y1 - y0) / length))
    return list(dict.fromkeys(zip(xs.astype(int).tolist(), ys.astype(int).tolist(), strict=True)))
