"""The small picture that Imaris' Arena shows of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_ims.description import Channel
from omero_ims.pixel_types import Pixels

SIDE: Final = 256


def write_thumbnail(
    file: Any, smallest: Sequence[Pixels], channels: Sequence[Channel],
    ranges: Sequence[tuple[float, float]],
) -> None:  # fmt: skip
    """Write the group Thumbnail: red, green, blue and opacity of each pixel, side by side.

    Args:
        file: The open file.
        smallest: For each channel a plane, the brightest of all planes of its smallest level.
        channels: The channels.
        ranges: For each channel the intensities to show.
    """
    picture = np.zeros((*_sampled(smallest[0]).shape, 3), np.uint8)
    for plane, channel, (low, high) in zip(smallest, channels, ranges, strict=True):
        bright = _brightness(_sampled(plane), low, high)
        colored = (bright[..., None] * np.asarray(channel.color) * 255).astype(np.uint8)
        picture = np.maximum(picture, colored)
    opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
    rows = np.concatenate([picture, opaque], axis=2).reshape(picture.shape[0], -1)
    file.create_group("Thumbnail").create_dataset("Data", data=rows)


def _sampled(plane: Pixels) -> Pixels:
    """At most `SIDE` pixels in each direction, with the same proportions."""
    high, wide = plane.shape
    scale = min(1.0, SIDE / max(high, wide))
    rows = np.arange(max(1, round(high * scale))) * high // max(1, round(high * scale))
    columns = np.arange(max(1, round(wide * scale))) * wide // max(1, round(wide * scale))
    return plane[np.ix_(rows, columns)]


def _brightness(plane: Pixels, low: float, high: float) -> NDArray[np.float64]:
    values = np.nan_to_num(plane.astype(np.float64), posinf=high, neginf=low, nan=low)
    return ((values - low) / max(high - low, 1e-300)).clip(0, 1)
