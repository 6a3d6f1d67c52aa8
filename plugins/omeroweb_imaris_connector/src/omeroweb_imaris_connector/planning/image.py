"""What OMERO knows of an image, as it goes into a file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

# Raised when the files that are written become other ones: each image is then written once more.
FORMAT: Final = 1
_BYTES: Final = {
    "bit": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "float": 4, "double": 8, "complex": 8, "double-complex": 16,
}  # fmt: skip

# A value and the name of its unit.
Length = tuple[float, str]


@dataclass(frozen=True, slots=True)
class ImageChannel:
    """One channel.

    Attributes:
        name: as OMERO has it; empty if it has none.
        color: red, green and blue from 0 to 255, as the image's owner sees it; nothing if unknown.
        emission: wavelength.
        excitation: wavelength.
        shown: the smallest and largest intensity that the image's owner sees.
    """

    name: str
    color: tuple[int, int, int] | None = None
    emission: Length | None = None
    excitation: Length | None = None
    shown: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """One image with its pixels.

    Attributes:
        id: of the image.
        name: of the image.
        group_id: its group.
        description: a text, may be empty.
        acquired: milliseconds since 1970.
        pixels_id: of the pixels; an image of a file with many series has its own.
        sizes: x, y, z, c, t.
        pixel_type: OMERO's name.
        voxel: lengths of x, y, z with their units.
        interval: seconds between two time points.
        version: of all rows that say something of the pixels; other pixels have another one.
        channels: as many as the size of c.
        seconds: of each time point since the first; empty where OMERO does not know them.
    """

    id: int
    name: str
    group_id: int
    description: str
    acquired: int | None
    pixels_id: int
    sizes: tuple[int, int, int, int, int]
    pixel_type: str
    voxel: tuple[Length | None, Length | None, Length | None]
    interval: float | None
    version: tuple[Any, ...]
    channels: tuple[ImageChannel, ...]
    seconds: tuple[float, ...] = ()

    @property
    def planes(self) -> int:
        """How many planes it has."""
        return self.sizes[2] * self.sizes[3] * self.sizes[4]

    @property
    def pixel_bytes(self) -> int:
        """Bytes of all pixels."""
        return self.sizes[0] * self.sizes[1] * self.planes * _BYTES.get(self.pixel_type, 8)

    @property
    def acquired_at(self) -> datetime | None:
        """When the image was recorded; nothing if unknown, or in no calendar."""
        if self.acquired is None:
            return None
        try:
            return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.acquired)
        except OverflowError:
            return None

    @property
    def fingerprint(self) -> str:
        """Of the pixels and of all that is written beside them: another one is another file."""
        known = json.dumps([FORMAT, asdict(self)], sort_keys=True)
        return hashlib.sha256(known.encode()).hexdigest()[:32]
