"""What a description says about images, for whoever makes them: as rows, or through OMERO's API."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any, Final

from omero_standin.data.check import BadDescription, known, moment

ANNOTATED: Final = ("tags", "key-values", "comments", "rating", "attachments")
NAMED: Final = ("name", "description", *ANNOTATED)
BLOCK: Final = (
    "owner", "group", "created", "tag-sets", "projects", "datasets", "images", "screens",
)  # fmt: skip
_IMAGE: Final = (
    *NAMED, "count", "size", "type", "channels", "pixel-size", "depth", "interval", "acquired",
    "microscope", "objective", "files", "format", "rois",
)  # fmt: skip
PLATE: Final = ("rows", "columns", "fields", "images")
_MOST_COLUMNS: Final = 48
# Name of a channel → emission wave length in nm and colour; others are grey.
_CHANNELS: Final = {
    "DAPI": (461.0, (0, 0, 255)),
    "Hoechst": (461.0, (0, 0, 255)),
    "GFP": (509.0, (0, 255, 0)),
    "FITC": (519.0, (0, 255, 0)),
    "YFP": (527.0, (255, 255, 0)),
    "TRITC": (576.0, (255, 128, 0)),
    "mCherry": (610.0, (255, 0, 0)),
    "Cy3": (570.0, (255, 128, 0)),
    "Cy5": (670.0, (255, 0, 0)),
}
_GREY: Final = (255, 255, 255)
# Of shapes: red, as OMERO's red, green, blue and alpha in one number.
STROKE: Final = -16776961
# Of the light that excites, as a distance from what is emitted.
_STOKES_SHIFT: Final = 30.0


@dataclass(frozen=True)
class Optics:
    """The microscope that images were taken with."""

    manufacturer: str = ""
    model: str = ""
    magnification: float | None = None
    aperture: float | None = None

    @property
    def immersion(self) -> str:
        """Of the objective: beyond an aperture of 1 there is no air."""
        return "Oil" if (self.aperture or 0) > 1 else "Air"


@dataclass(frozen=True)
class Channel:
    """A channel by its name; wave lengths in nm, `None` for a name that is not known."""

    name: str
    emission: float | None
    colour: tuple[int, int, int]

    @property
    def excitation(self) -> float | None:
        """The wave length of the light that excites."""
        return None if self.emission is None else self.emission - _STOKES_SHIFT


@dataclass(frozen=True)
class Series:
    """Images that differ in their names only.

    `size` is x, y, z, c, t; `pixel_size` in µm, `depth` of a plane in µm, `interval` in s;
    `acquired` in milliseconds since 1970.
    """

    names: list[str]
    size: tuple[int, int, int, int, int] = (512, 512, 1, 1, 1)
    kind: str = "uint16"
    channels: tuple[str, ...] = ()
    pixel_size: float | None = 0.1
    depth: float | None = None
    interval: float | None = None
    acquired: int | None = None
    description: str | None = None
    optics: Optics | None = None
    # "" for none, "each" for a file per image, else the name of the one file of all images.
    files: str = ""
    format: str = "Fake"
    extra: dict[str, Any] = field(default_factory=dict)

    def named_channels(self) -> list[Channel]:
        """One for each channel of the pixels; those without a name are numbered."""
        count = self.size[3]
        names = [*self.channels, *(f"Channel {at}" for at in range(len(self.channels), count))]
        return [Channel(name, *_CHANNELS.get(name, (None, _GREY))) for name in names[:count]]


@dataclass(frozen=True)
class Shape:
    """A rectangle or an ellipse on an image, by its corner or its centre, in pixels."""

    kind: str
    values: dict[str, float]


def shapes(name: str, count: int, size: tuple[int, ...]) -> list[Shape]:
    """Shapes at places that follow from the name of an image of this size."""
    width, height = size[0], size[1]
    found = []
    for at in range(count):
        place = zlib.crc32(f"{name} {at}".encode())
        x, y = float(place % max(1, width - 40)), float((place >> 12) % max(1, height - 40))
        if at % 2:
            values = {"x": x + 20, "y": y + 15, "radiusX": 20.0, "radiusY": 15.0}
            found.append(Shape("Ellipse", values))
        else:
            found.append(Shape("Rectangle", {"x": x, "y": y, "width": 40.0, "height": 30.0}))
    return found


def series(described: dict[str, Any], names: list[str] | None, time: int) -> Series:
    """An entry of images.

    Args:
        described: the entry.
        names: of its images; without them it names them itself.
        time: when they were acquired unless it says so, in milliseconds since 1970.

    Raises:
        BadDescription: it says what no image can be.
    """
    known(described, "an entry of images", *_IMAGE)
    channels = tuple(str(each) for each in described.get("channels", ()))
    size = tuple(described.get("size", (512, 512, 1, len(channels) or 1, 1)))
    if len(size) != 5 or not all(isinstance(each, int) and each > 0 for each in size):
        raise BadDescription(f"size {size!r}: expected five whole numbers x, y, z, c, t")
    optics = None
    if "microscope" in described or "objective" in described:
        microscope = described.get("microscope", {})
        objective = described.get("objective", {})
        known(microscope, "a microscope", "manufacturer", "model")
        known(objective, "an objective", "magnification", "aperture")
        optics = Optics(**microscope, **objective)
    return Series(
        names=names or image_names(described),
        size=size,
        kind=described.get("type", "uint16"),
        channels=channels,
        pixel_size=described.get("pixel-size", 0.1),
        depth=described.get("depth"),
        interval=described.get("interval"),
        acquired=moment(described["acquired"]) if "acquired" in described else time,
        description=described.get("description"),
        optics=optics,
        files=described.get("files", ""),
        format=described.get("format", "Fake"),
    )


def image_names(described: dict[str, Any]) -> list[str]:
    """`name` with `{}` for the number of each of `count` images."""
    name, count = described.get("name", "image {:03d}"), int(described.get("count", 1))
    try:
        return [name.format(at + 1) for at in range(count)]
    except (IndexError, KeyError, ValueError) as error:
        raise BadDescription(
            f"the name {name!r} must have exactly one place for a number"
        ) from error


def name_of(kind: str, described: dict[str, Any], *keys: str) -> str:
    """The name of a container; it must have one, and no keys but its own and the common ones."""
    known(described, f"a {kind}", *NAMED, *keys)
    if "name" not in described:
        raise BadDescription(f"a {kind} without a name")
    return str(described["name"])


@dataclass(frozen=True)
class Plate:
    """A plate: `fields` images in each well, row by row."""

    name: str
    rows: int
    columns: int
    fields: int
    images: dict[str, Any]

    def wells(self) -> list[tuple[int, int]]:
        """Row and column of each well, counted from 0."""
        return [(row, column) for row in range(self.rows) for column in range(self.columns)]

    def image_names(self) -> list[str]:
        """The names of all images, well after well."""
        prefix = self.images.get("name", self.name)
        return [
            f"{prefix} [{_letter(row)}{column + 1}, field {at + 1}]"
            for row, column in self.wells()
            for at in range(self.fields)
        ]


def plate(described: dict[str, Any]) -> Plate:
    """A plate as it is described."""
    name = name_of("plate", described, *PLATE)
    rows, columns = int(described.get("rows", 8)), int(described.get("columns", 12))
    if not (0 < columns <= _MOST_COLUMNS and 0 < rows <= _MOST_COLUMNS):
        raise BadDescription(f"a plate of {rows} rows and {columns} columns")
    fields, images = int(described.get("fields", 1)), described.get("images", {})
    return Plate(name, rows, columns, fields, images)


def _letter(row: int) -> str:
    return chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)
