"""Rendering settings, apart from their rows: what a picture is made with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# The red, green, blue of channels that say nothing about their colour themselves.
_BY_NUMBER: Final = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
_BY_WAVELENGTH: Final = ((500, (0, 0, 255)), (560, (0, 255, 0)), (10_000, (255, 0, 0)))
MODELS: Final = ("rgb", "greyscale")
FAMILIES: Final = ("linear", "polynomial", "exponential", "logarithmic")


@dataclass
class ChannelSettings:
    """One channel: the window of values, and the colour or lookup table for them."""

    active: bool
    start: float
    end: float
    colour: tuple[int, int, int, int]
    lookup_table: str = ""
    family: str = "linear"
    coefficient: float = 1.0
    noise_reduction: bool = False
    reverse: bool = False


@dataclass
class Settings:
    """Everything beside the values that a picture depends on.

    `cd_start` and `cd_end` are the darkest and brightest value of a pixel of the picture.
    """

    model: str
    z: int
    t: int
    channels: list[ChannelSettings] = field(default_factory=list)
    cd_start: int = 0
    cd_end: int = 255
    bit_resolution: int = 255


def default_colour(number: int, channels: int, wavelength: float | None) -> tuple[int, int, int]:
    """The colour of a channel that has none: by its emission (nm), else by its number.

    An only channel is grey.
    """
    if wavelength is not None:
        return next(colour for limit, colour in _BY_WAVELENGTH if wavelength < limit)
    if channels == 1:
        return (128, 128, 128)
    return _BY_NUMBER[number % 3]
