"""From files to images: what Bio-Formats does in OMERO, as far as it goes without."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from omero_standin.imports import fake, pictures
from omero_standin.imports.described import Content, Description

# What a file that cannot be read becomes.
UNKNOWN: Final = (512, 512, 1, 1, 1)


def read(files: list[tuple[str, Path]]) -> Content:
    """The images of a fileset, by names and places of its files.

    The first file that can be read decides; the others are its companions. When none can, there is
    one image of generated pixels, 512 by 512 `uint8`.
    """
    for name, path in files:
        if name.endswith(".fake"):
            return Content(fake.described(name))
        found = pictures.content(path, name)
        if found is not None:
            return found
    return Content([Description(files[0][0], "Unknown", UNKNOWN, "uint8")])
