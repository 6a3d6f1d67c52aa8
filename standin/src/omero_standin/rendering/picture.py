"""Values and settings → a picture of red, green and blue.

A value is placed between the ends of its channel's window by the channel's family of curves, then
coloured; the colours of active channels are added (`rgb`), or the first one is shown in grey.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omero_standin.rendering import lookup_tables
from omero_standin.rendering.settings import ChannelSettings, Settings

Values = Callable[[int], NDArray[Any]]
_CURVES: Final[dict[str, Callable[[NDArray[Any], float], NDArray[Any]]]] = {
    "linear": lambda x, _k: x,
    "polynomial": lambda x, k: np.sign(x) * np.abs(x) ** k,
    "exponential": lambda x, k: np.exp(np.clip(np.sign(x) * np.abs(x) ** k, -700, 700)),
    "logarithmic": lambda x, _k: np.log(np.maximum(x, 1)),
}


def render(values: Values, settings: Settings, tables: Path) -> NDArray[np.uint8]:
    """The picture, rows by columns by 3; `values` gives a channel's values by its number."""
    active = [number for number, each in enumerate(settings.channels) if each.active]
    if settings.model == "greyscale":
        active = active[:1]
    total: NDArray[Any] | None = None
    for number in active:
        channel = settings.channels[number]
        coloured = _coloured(
            _quantised(values(number), channel, settings), channel, settings, tables
        )
        total = coloured if total is None else total + coloured
    if total is None:
        return np.zeros((*values(0).shape, 3), np.uint8)
    return np.asarray(np.clip(total, 0, 255), np.uint8)


def jpeg(picture: NDArray[np.uint8], quality: float) -> bytes:
    """A picture as JPEG; `quality` from 0 to 1."""
    return encode(Image.fromarray(picture), quality)


def encode(image: Image.Image, quality: float) -> bytes:
    """An image as JPEG; `quality` from 0 to 1."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=max(1, min(100, round(quality * 100))))
    return out.getvalue()


def _quantised(values: NDArray[Any], channel: ChannelSettings, settings: Settings) -> NDArray[Any]:
    curve = _CURVES[channel.family]
    real = np.real(values).astype(np.float64)
    low, high = (
        curve(np.array(each), channel.coefficient) for each in (channel.start, channel.end)
    )
    span = float(high - low) or 1.0
    part = np.clip((curve(real, channel.coefficient) - low) / span, 0, 1)
    if channel.reverse:
        part = 1 - part
    steps = max(1, settings.bit_resolution)
    part = np.round(part * steps) / steps
    width = settings.cd_end - settings.cd_start
    levels: NDArray[Any] = (settings.cd_start + part * width).astype(np.float32)
    return levels


def _coloured(
    levels: NDArray[Any], channel: ChannelSettings, settings: Settings, tables: Path
) -> NDArray[Any]:
    if settings.model == "greyscale":
        return np.repeat(levels[..., None], 3, axis=2)
    red, green, blue, alpha = channel.colour
    table = lookup_tables.find(channel.lookup_table, tables)
    if table is not None:
        return table[levels.astype(np.uint8)].astype(np.float32) * (alpha / 255)
    colour = np.array([red, green, blue], np.float32) / 255 * (alpha / 255)
    return levels[..., None] * colour


def projected(planes: list[NDArray[Any]], kind: str) -> NDArray[Any]:
    """Planes on top of each other as one: `maximum`, `mean` or `sum` of their values."""
    stack = np.stack([np.real(plane).astype(np.float64) for plane in planes])
    if kind == "maximum":
        joined = stack.max(axis=0)
    else:
        joined = stack.mean(axis=0) if kind == "mean" else stack.sum(axis=0)
    return np.asarray(joined)
