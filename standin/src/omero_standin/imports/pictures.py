"""Files that Pillow reads: TIFF, PNG, JPEG and others, with all their pages.

Pages are times unless ImageJ or OME-XML in the file says otherwise.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from omero_standin.imports.described import Content, Description, Sizes

# Beyond so many bytes only the header is read, and the pixels are generated.
LARGEST: Final = 512 * 1024 * 1024
_DESCRIPTION: Final = 270
_KINDS: Final = {
    "1": ("uint8", 1), "L": ("uint8", 1), "I;16": ("uint16", 1), "I;16B": ("uint16", 1),
    "I": ("int32", 1), "F": ("float", 1), "RGB": ("uint8", 3), "RGBA": ("uint8", 4),
}  # fmt: skip
_IMAGEJ: Final = re.compile(r"^(channels|slices|frames)=(\d+)$", re.MULTILINE)


def content(path: Path, name: str) -> Content | None:
    """What is in a file; `None` when Pillow cannot tell."""
    try:
        with Image.open(path) as picture:
            return _content(path, name, picture)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None


def _content(path: Path, name: str, picture: Image.Image) -> Content:
    kind, samples = _KINDS.get(picture.mode, ("uint8", 3))
    pages = int(getattr(picture, "n_frames", 1))
    text = _text(picture)
    z, c, t = _axes(text, pages)
    described = _described(picture, name, kind, (z, c * samples, t), text)
    if picture.width * picture.height * samples * pages * 4 > LARGEST:
        return Content([described])
    return Content([described], _planes(path, described.sizes, samples))


def _text(picture: Image.Image) -> str:
    tags = getattr(picture, "tag_v2", None)
    found = tags.get(_DESCRIPTION, "") if tags is not None else ""
    return found if isinstance(found, str) else ""


def _axes(text: str, pages: int) -> tuple[int, int, int]:
    """How many z, c and t the pages are; what does not multiply to the pages is not believed."""
    z, c, t = 1, 1, pages
    if text.startswith("ImageJ"):
        found = {word: int(number) for word, number in _IMAGEJ.findall(text)}
        z, c, t = found.get("slices", 1), found.get("channels", 1), found.get("frames", 1)
    elif (pixels := _ome(text)) is not None:
        z, c, t = (int(pixels.get(f"Size{axis}", "1")) for axis in "ZCT")
    return (z, c, t) if z * c * t == pages else (1, 1, pages)


def _ome(text: str) -> ElementTree.Element | None:
    """The first Pixels element of OME-XML."""
    # No entity is expanded: a document that declares any is not looked at.
    if "<OME" not in text or "<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - see above
    except ElementTree.ParseError:
        return None
    return next((each for each in root.iter() if each.tag.endswith("}Pixels")), None)


def _described(
    picture: Image.Image, name: str, kind: str, zct: tuple[int, int, int], text: str
) -> Description:
    sizes: Sizes = (picture.width, picture.height, *zct)
    pixels = _ome(text)
    if pixels is None:
        return Description(name, picture.format or "TIFF", sizes, kind)
    channels = tuple(each.get("Name") for each in pixels if each.tag.endswith("}Channel"))
    x, y, z = (_micrometres(pixels, axis) for axis in "XYZ")
    return Description(name, "OMETiff", sizes, kind, channels, (x, y, z))


def _micrometres(pixels: ElementTree.Element, axis: str) -> float | None:
    number = pixels.get(f"PhysicalSize{axis}")
    unit = pixels.get(f"PhysicalSize{axis}Unit", "µm")
    return float(number) if number is not None and unit == "µm" else None


def _planes(path: Path, sizes: Sizes, samples: int) -> Iterator[tuple[int, int, int, NDArray[Any]]]:
    """All planes; pages follow each other by channel, then z, then time, as ImageJ writes them."""
    _, _, size_z, size_c, size_t = sizes
    channels = size_c // samples
    with Image.open(path) as picture:
        for t, z, c in np.ndindex(size_t, size_z, channels):
            picture.seek((t * size_z + z) * channels + c)
            values = _values(picture)
            if samples == 1:
                yield z, c, t, values
            else:
                for sample in range(samples):
                    yield z, c * samples + sample, t, values[..., sample]


def _values(picture: Image.Image) -> NDArray[Any]:
    page = picture if picture.mode in _KINDS else picture.convert("RGB")
    values = np.asarray(page)
    return values.astype(np.uint8) * 255 if values.dtype == np.bool_ else values
