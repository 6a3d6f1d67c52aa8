"""What is known of an image besides its pixels."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from omero_ims.errors import Unsupported
from omero_ims.pixel_types import stored_as

Vector = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Channel:
    """One channel.

    Attributes:
        name: What people call it, any text.
        color: Red, green and blue, each from 0 to 1.
        emission_nm: Wavelength in nanometres; stored as a whole number, as Bio-Formats needs it.
        excitation_nm: The same for the light that excites.
        range: Smallest and largest intensity shown; None: those that the channel has.
        description: A longer text.
    """

    name: str
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    emission_nm: float | None = None
    excitation_nm: float | None = None
    range: tuple[float, float] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if tuple(0 <= part <= 1 for part in self.color) != (True, True, True):
            raise Unsupported(
                f"the color of channel {self.name!r} is {self.color}: three numbers from 0 to 1"
            )
        if self.range is not None and not all(map(math.isfinite, self.range)):
            raise Unsupported(f"the range of channel {self.name!r} is {self.range}: not finite")


@dataclass(frozen=True)
class ImageDescription:
    """One image of five dimensions.

    Attributes:
        name: What people call it, any text.
        size_x: Pixels of a row.
        size_y: Rows of a plane.
        size_z: Planes of a volume.
        size_c: Channels; those of a color image count, too.
        size_t: Time points.
        pixel_type: OMERO's name: uint8, int16, float, double, bit …
        voxel_um: Size of a voxel in µm: x, y, z. What is None gets a default, and a note says so.
        origin_um: The corner of the first voxel in µm.
        channels: Their number is `size_c`; without any they are called Channel 1, 2, …
        times: When each time point was recorded; their number is `size_t`.
        seconds_between: Of two time points, where `times` is None; None: 1, and a note says so.
        acquired: When the image was recorded.
        description: A text.
        sections: More metadata: name of a section → name → value. Imaris shows it.
    """

    name: str
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    pixel_type: str
    voxel_um: Vector = (None, None, None)
    origin_um: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: Sequence[Channel] = ()
    times: Sequence[datetime.datetime] | None = None
    seconds_between: float | None = None
    acquired: datetime.datetime | None = None
    description: str = ""
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stored_as(self.pixel_type)
        for axis in "xyzct":
            size = getattr(self, f"size_{axis}")
            if size < 1:
                raise Unsupported(f"size_{axis} of {self.name!r} is {size}: it has to be 1 or more")
        if self.channels and len(self.channels) != self.size_c:
            raise Unsupported(
                f"{self.name!r} has {self.size_c} channels, and {len(self.channels)} are described"
            )
        if self.times is not None and len(self.times) != self.size_t:
            raise Unsupported(
                f"{self.name!r} has {self.size_t} time points, and {len(self.times)} times"
            )

    @property
    def planes(self) -> int:
        """How many planes it has."""
        return self.size_z * self.size_c * self.size_t
