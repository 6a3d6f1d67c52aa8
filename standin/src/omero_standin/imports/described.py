"""What is in the files of an import, before any row is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

# Sizes in x, y, z, c, t.
Sizes = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Series:
    """One image. `resolutions` are its widths and heights, the largest first."""

    kind: str
    sizes: Sizes
    resolutions: tuple[tuple[int, int], ...]
    # Of each channel, and the SHA-1 of all values; None when they were not read.
    smallest: tuple[float, ...] | None = None
    largest: tuple[float, ...] | None = None
    sha1: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All images of a file.

    Attributes:
        file_name: The file that was read.
        file: Where its pixels are read from; None when they are generated.
        format: The name of the reader.
        graphics: Whether it is a picture, whose channels are red, green and blue.
        ome: The OME-XML of all of it.
    """

    file_name: str
    file: Path | None
    format: str
    graphics: bool
    series: tuple[Series, ...]
    ome: Element
