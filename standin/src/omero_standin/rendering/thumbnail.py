"""Small pictures of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from omero_standin.binary.pixels import Pixels
from omero_standin.rendering import planes
from omero_standin.rendering.picture import encode, render
from omero_standin.rendering.settings import Settings

_QUALITY = 0.85


def size_by_longest_side(pixels: Pixels, longest: int) -> tuple[int, int]:
    """Width and height with the image's proportions; no side is below one pixel."""
    scale = longest / max(pixels.size_x, pixels.size_y)
    return max(1, int(pixels.size_x * scale)), max(1, int(pixels.size_y * scale))


def thumbnail(
    pixels: Pixels,
    settings: Settings,
    size: tuple[int, int],
    tables: Path,
    section: tuple[int, int] | None = None,
) -> bytes:
    """A JPEG of a size, of a plane (z, t): the one that the settings show first unless given."""
    z, t = section if section is not None else (settings.z, settings.t)
    picture = render(
        lambda channel: planes.thin(pixels, z, t, channel, 2 * max(size)), settings, tables
    )
    resized = Image.fromarray(np.ascontiguousarray(picture)).resize(size, Image.Resampling.BILINEAR)
    return encode(resized, _QUALITY)
