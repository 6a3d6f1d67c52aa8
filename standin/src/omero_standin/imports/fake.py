"""Files of Bio-Formats' own test format: everything is in the name.

`name&sizeX=100&sizeC=2&pixelType=uint16&series=3.fake`; what is not named is 512 by 512 pixels of
`uint8`.
"""

from __future__ import annotations

from omero_standin import refuse
from omero_standin.binary.pixel_types import TYPES
from omero_standin.imports.described import Description, Sizes

_SIZES = {"sizeX": 512, "sizeY": 512, "sizeZ": 1, "sizeC": 1, "sizeT": 1}


def described(file_name: str) -> list[Description]:
    """The images of a `.fake` file by its name."""
    stem = file_name.removesuffix(".fake")
    name, *words = stem.split("&")
    given = dict(word.split("=", 1) for word in words if "=" in word)
    try:
        x, y, z, c, t = (int(given.get(key, value)) for key, value in _SIZES.items())
        series = int(given.get("series", "1"))
    except ValueError as error:
        raise refuse.invalid(f"{file_name}: {error}") from error
    kind = given.get("pixelType", "uint8")
    if kind not in TYPES or min(x, y, z, c, t, series) < 1:
        raise refuse.invalid(f"{file_name}: no such image is possible")
    sizes: Sizes = (x, y, z, c, t)
    if series == 1:
        return [Description(file_name, "Fake", sizes, kind)]
    return [
        Description(f"{file_name} [{name} {number}]", "Fake", sizes, kind)
        for number in range(1, series + 1)
    ]
