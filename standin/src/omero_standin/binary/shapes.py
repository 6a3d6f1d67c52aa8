"""The pixels that a shape covers, and statistics of their values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from omero_standin import refuse
from omero_standin.binary.pixels import Pixels
from omero_standin.model.store import Row

Point = tuple[float, float]
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OLD_FORM: Final = re.compile(r"\s*points\s*\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle inside of a plane and which of its pixels belong to a shape."""

    x: int
    y: int
    covered: NDArray[np.bool_]


def area(shape: Row, pixels: Pixels) -> Area | None:
    """What a shape covers of a plane; `None` when it is outside, or is only a text."""
    if shape.values.get("transform") is not None:
        raise refuse.unsupported("statistics of a shape with a transform")
    outline = _outline(shape.kind, shape.values)
    if not outline:
        return None
    left = max(0, math.floor(min(x for x, _ in outline)))
    top = max(0, math.floor(min(y for _, y in outline)))
    right = min(pixels.size_x, math.ceil(max(x for x, _ in outline)) + 1)
    bottom = min(pixels.size_y, math.ceil(max(y for _, y in outline)) + 1)
    if right <= left or bottom <= top:
        return None
    covered = _covered(shape.kind, shape.values, outline, (left, top, right, bottom))
    return Area(left, top, covered) if covered.any() else None


def values_in(found: Area, pixels: Pixels, z: int, c: int, t: int) -> NDArray[np.float64]:
    """The values of the pixels that belong to a shape."""
    height, width = found.covered.shape
    tile = pixels.tile(z, c, t, found.x, found.y, width, height)
    return np.asarray(np.real(tile[found.covered]), np.float64)


def points_of(text: str) -> list[Point]:
    """The points of a polygon or polyline: numbers, with commas or blanks between them.

    OMERO.insight's old form `points[…] points1[…] …` has the points in its first part.
    """
    first = _OLD_FORM.match(text)
    numbers = _NUMBER.findall(first[1] if first else text)
    rest = _NUMBER.sub("", first[1] if first else text)
    if len(numbers) % 2 or rest.strip(", \t\r\n"):
        raise refuse.invalid(f"the points of a shape cannot be read: {text[:80]!r}")
    values = [float(each) for each in numbers]
    return list(zip(values[::2], values[1::2], strict=True))


def _outline(kind: str, values: dict[str, Any]) -> list[Point]:
    """Points between which the whole shape lies."""
    match kind:
        case "Rectangle" | "Mask":
            x, y, width, height = (float(values[each]) for each in ("x", "y", "width", "height"))
            return [(x, y), (x + width - 1, y + height - 1)]
        case "Ellipse":
            x, y, rx, ry = (float(values[each]) for each in ("x", "y", "radiusX", "radiusY"))
            return [(x - rx, y - ry), (x + rx, y + ry)]
        case "Point":
            return [(float(values["x"]), float(values["y"]))]
        case "Line":
            x1, y1, x2, y2 = (float(values[each]) for each in ("x1", "y1", "x2", "y2"))
            return [(x1, y1), (x2, y2)]
        case "Polygon" | "Polyline":
            return points_of(str(values.get("points") or ""))
    return []


def _covered(
    kind: str, values: dict[str, Any], outline: list[Point], box: tuple[int, int, int, int]
) -> NDArray[np.bool_]:
    left, top, right, bottom = box
    xs, ys = np.arange(left, right)[None, :], np.arange(top, bottom)[:, None]
    (first_x, first_y), (last_x, last_y) = outline[0], outline[-1]
    if kind == "Rectangle":
        inside = (xs >= first_x) & (xs <= last_x) & (ys >= first_y) & (ys <= last_y)
        return np.asarray(inside)
    if kind == "Ellipse":
        x, y, rx, ry = (float(values[each]) for each in ("x", "y", "radiusX", "radiusY"))
        return np.asarray(((xs - x) / (rx or 1)) ** 2 + ((ys - y) / (ry or 1)) ** 2 <= 1)
    if kind == "Mask":
        return _mask(values, box)
    drawn = Image.new("1", (right - left, bottom - top))
    points = [(x - left, y - top) for x, y in outline]
    draw = ImageDraw.Draw(drawn)
    if kind == "Polygon" and len(points) > 2:
        draw.polygon(points, fill=1, outline=1)
    elif kind == "Point":
        draw.point([(round(points[0][0]), round(points[0][1]))], fill=1)
    else:
        draw.line(points, fill=1)
    return np.asarray(drawn, np.bool_)


def _mask(values: dict[str, Any], box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """A mask's bits, rows of its width one after the other, the highest bit of a byte first."""
    left, top, right, bottom = box
    width, height = int(values["width"]), int(values["height"])
    bits = np.unpackbits(np.frombuffer(bytes(values.get("bytes") or b""), np.uint8))
    whole = np.zeros(width * height, np.bool_)
    whole[: bits.size] = bits[: whole.size].astype(np.bool_)
    x, y = left - int(values["x"]), top - int(values["y"])
    return whole.reshape(height, width)[y : y + bottom - top, x : x + right - left]
