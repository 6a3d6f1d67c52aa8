"""An image of OMERO as the writer of Imaris files takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import omero_ims
from omeroweb_imaris_connector.planning.image import Image, ImageChannel, Length

_WHITE: Final = (255, 255, 255)
# Of channels whose color nobody has set, in the order of most microscopes' software.
_COLORS: Final = (
    (0, 255, 0), (255, 0, 0), (0, 0, 255), (255, 0, 255), (0, 255, 255), (255, 255, 0),
)  # fmt: skip
_NANOMETRES: Final = 1000.0
# Where no date is known, time points are counted from this one; the file has to have dates.
_NO_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def described(image: Image) -> omero_ims.ImageDescription:
    """The description of an image.

    Raises:
        omero_ims.Unsupported: Imaris has no such pixels.
    """
    x, y, z, c, t = image.sizes
    px, py, pz = image.voxel
    return omero_ims.ImageDescription(
        name=image.name,
        size_x=x, size_y=y, size_z=z, size_c=c, size_t=t,
        pixel_type=image.pixel_type,
        voxel_um=(_um(px), _um(py), _um(pz)),
        channels=_channels(image.channels, c),
        times=_times(image),
        seconds_between=image.interval if image.interval and image.interval > 0 else None,
        acquired=image.acquired_at,
        description=image.description,
        sections={"OMERO": {"Image": str(image.id), "Pixels": str(image.pixels_id)}},
    )  # fmt: skip


def problem_of(image: Image) -> str:
    """Why an image cannot be a file of Imaris, in words for its user; empty if it can."""
    try:
        described(image)
    except omero_ims.Unsupported as error:
        return str(error)
    return ""


def voxel_um(image: Image) -> list[float | None]:
    """The lengths of a voxel in µm: x, y, z; nothing where OMERO does not know them."""
    return [_um(each) for each in image.voxel]


def _um(length: Length | None) -> float | None:
    return None if length is None else omero_ims.um(*length)


def _nm(length: Length | None) -> float | None:
    um = _um(length)
    return None if um is None else um * _NANOMETRES


def _channels(channels: Sequence[ImageChannel], count: int) -> list[omero_ims.Channel]:
    if len(channels) != count:
        return []
    return [
        omero_ims.Channel(
            name=each.name or f"Channel {number + 1}",
            color=_parts(each.color or _default(number, count)),
            emission_nm=_nm(each.emission),
            excitation_nm=_nm(each.excitation),
            range=each.shown,
        )
        for number, each in enumerate(channels)
    ]


def _default(number: int, count: int) -> tuple[int, int, int]:
    return _WHITE if count == 1 else _COLORS[number % len(_COLORS)]


def _parts(color: tuple[int, int, int]) -> tuple[float, float, float]:
    red, green, blue = (min(max(part, 0), 255) / 255 for part in color)
    return red, green, blue


def _times(image: Image) -> list[datetime] | None:
    """When each time point was recorded; nothing unless OMERO knows all, each after the last."""
    if len(image.seconds) != image.sizes[4]:
        return None
    if any(later <= earlier for earlier, later in pairwise(image.seconds)):
        return None
    start = image.acquired_at or _NO_DATE
    try:
        return [start + timedelta(seconds=each) for each in image.seconds]
    except OverflowError:
        return None
