"""Files of Bio-Formats' own test format without Bio-Formats: the part of it that the demo needs.

`name&sizeX=100&sizeC=2&pixelType=uint16&series=3.fake`; what is not named is 512 by 512 pixels of
`uint8`. Every other word needs Bio-Formats.
"""

from __future__ import annotations

import os
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from omero_standin import refuse
from omero_standin.binary.pixel_types import TYPES
from omero_standin.imports.described import Content, Series, Sizes

_SIZES: Final = {"sizeX": 512, "sizeY": 512, "sizeZ": 1, "sizeC": 1, "sizeT": 1}
_KNOWN: Final = {*_SIZES, "pixelType", "series"}
ENDING: Final = ".fake"
# Set to 1, the files that this module understands are not read by Bio-Formats even where it is: a
# demo with hundreds of them is made in seconds, and its pictures look like cells.
DRAWN_HERE: Final = "OMERO_STANDIN_DRAWS_FAKES"


def is_drawn_here() -> bool:
    """Whether Bio-Formats is not asked about files that this module understands."""
    return os.environ.get(DRAWN_HERE) == "1"


def needs_bio_formats(file_name: str) -> bool:
    """Whether there is more in a file's name than this module understands."""
    if not file_name.endswith(ENDING):
        return True
    words = file_name.removesuffix(ENDING).split("&")[1:]
    return any(word.partition("=")[0] not in _KNOWN for word in words)


def content(file_name: str) -> Content:
    """The images of a `.fake` file by its name."""
    name, *words = file_name.removesuffix(ENDING).split("&")
    given = dict(word.split("=", 1) for word in words if "=" in word)
    try:
        x, y, z, c, t = (int(given.get(key, value)) for key, value in _SIZES.items())
        count = int(given.get("series", "1"))
    except ValueError as error:
        raise refuse.invalid(f"{file_name}: {error}") from error
    kind = given.get("pixelType", "uint8")
    if kind not in TYPES or min(x, y, z, c, t, count) < 1:
        raise refuse.invalid(f"{file_name}: no such image is possible")
    sizes: Sizes = (x, y, z, c, t)
    ome = Element("OME")
    for number in range(count):
        image = SubElement(ome, "Image", Name=name if number == 0 else f"{name} {number + 1}")
        pixels = SubElement(image, "Pixels", DimensionOrder="XYZCT", Type=kind)
        for axis, size in zip("XYZCT", sizes, strict=True):
            pixels.set(f"Size{axis}", str(size))
        for _ in range(c):
            SubElement(pixels, "Channel", SamplesPerPixel="1")
    series = (Series(kind, sizes, ((x, y),)),) * count
    return Content(file_name, None, "Fake", False, series, ome)
