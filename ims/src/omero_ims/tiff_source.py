"""TIFF files: OME-TIFF, ImageJ's, and any other that tifffile reads."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from omero_ims.description import Vector
from omero_ims.errors import Unsupported
from omero_ims.pixel_types import Pixels
from omero_ims.sources import AXES, Source, array_source, checked_axes, pixel_type_of
from omero_ims.units import um

# Names that tifffile gives to axes of which a file says nothing: such a stack is one of planes.
_UNNAMED: Final = ("Q", "I")


def tiff_source(path: Path, axes: str | None, series: int) -> Source:
    """An image of a TIFF file; one page of it is in memory at a time.

    Args:
        path: The file.
        axes: A letter for each dimension, instead of those that the file says.
        series: Which of its images, from 0.

    Raises:
        Unsupported: tifffile is missing or cannot read it, or the axes do not fit.
    """
    try:
        import tifffile
    except ImportError as error:
        raise Unsupported("TIFF files need tifffile: pip install 'omero-ims[tiff]'") from error
    try:
        file = tifffile.TiffFile(path)
    except (tifffile.TiffFileError, ValueError, struct.error) as error:
        raise Unsupported(f"{path} is no TIFF file that can be read: {error}") from error
    try:
        return _source(file, path, axes, series)
    except BaseException:
        file.close()
        raise


def _source(file: Any, path: Path, axes: str | None, series: int) -> Source:
    if not 0 <= series < len(file.series):
        raise Unsupported(
            f"{path} has {len(file.series)} images; --series {series} is none of them"
        )
    chosen = file.series[series]
    names = checked_axes(axes or _named(chosen.axes), chosen.shape, str(path))
    pixel_type = pixel_type_of(chosen.dtype)
    if chosen.dataoffset is not None:
        # Not compressed, in one piece: also stacks of ImageJ over 4 GB, which have only one page.
        kind = chosen.dtype.newbyteorder(file.byteorder)
        array = np.memmap(path, kind, "r", chosen.dataoffset, chosen.shape)
        source = array_source(array, names)
    else:
        sizes = dict(zip(names, chosen.shape, strict=True))
        t, c, z, y, x = (sizes.get(axis, 1) for axis in AXES)
        source = Source((t, c, z, y, x), pixel_type, _Pages(chosen, names).read)
    voxel, channels = _metadata(file, series)
    named = channels if len(channels) == source.sizes[1] else ()
    return replace(source, voxel_um=voxel, channel_names=named, close=file.close)


class _Pages:
    """Reads parts of the pages of a series; the page of the last part stays in memory."""

    def __init__(self, series: Any, names: str) -> None:
        self._series = series
        outer = series.ndim - len(series.keyframe.shape)
        self._outer, self._inner = names[:outer], names[outer:]
        self._sizes = dict(zip(names, series.shape, strict=True))
        self._last: tuple[int, Pixels] | None = None

    def read(self, z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Pixels:
        """A part of a plane."""
        place = {"T": t, "C": c, "Z": z}
        number = 0
        for axis in self._outer:
            number = number * self._sizes[axis] + place[axis]
        area: dict[str, Any] = {**place, "Y": slice(y, y + height), "X": slice(x, x + width)}
        part: Pixels = self._page(number)[tuple(area[axis] for axis in self._inner)]
        return part if self._inner.index("Y") < self._inner.index("X") else part.T

    def _page(self, number: int) -> Pixels:
        if self._last is None or self._last[0] != number:
            page = self._series.pages[number]
            # A page that the file leaves out is black.
            empty = np.zeros(self._series.keyframe.shape, self._series.dtype)
            self._last = number, empty if page is None else page.asarray()
        return self._last[1]


def _named(axes: str) -> str:
    """Samples are channels, and one axis without a name is that of planes."""
    if "C" not in axes:
        axes = axes.replace("S", "C")
    for letter in _UNNAMED:
        if "Z" not in axes:
            axes = axes.replace(letter, "Z", 1)
    return axes


def _metadata(file: Any, series: int) -> tuple[Vector, list[str]]:
    """The size of a voxel in µm, and the names of the channels."""
    if file.is_ome:
        return _ome(file.ome_metadata, series)
    if file.is_imagej:
        return _imagej(file), []
    return (None, None, None), []


def _ome(xml: str, series: int) -> tuple[Vector, list[str]]:
    # A file of the person who runs the command, and expat limits what entities become.
    root = ElementTree.fromstring(xml)  # noqa: S314
    pixels = root.findall("{*}Image/{*}Pixels")
    if series >= len(pixels):
        return (None, None, None), []
    one = pixels[series]
    x, y, z = (
        _length(one.get(f"PhysicalSize{axis}"), one.get(f"PhysicalSize{axis}Unit", "\u00b5m"))
        for axis in "XYZ"
    )
    return (x, y, z), [each.get("Name", "") for each in one.findall("{*}Channel")]


def _imagej(file: Any) -> Vector:
    values = file.imagej_metadata or {}
    unit = str(values.get("unit", "")).replace("\\u00B5", "\u00b5")
    tags = file.pages[0].tags
    x, y = (_pixel_length(tags.get(name), unit) for name in ("XResolution", "YResolution"))
    return x, y, _length(values.get("spacing"), unit)


def _pixel_length(tag: Any, unit: str) -> float | None:
    """From pixels in a unit."""
    if tag is None or not tag.value[0]:
        return None
    return _length(tag.value[1] / tag.value[0], unit)


def _length(value: Any, unit: str) -> float | None:
    if value is None or not unit:
        return None
    try:
        return um(float(value), unit)
    except (Unsupported, ValueError):
        return None
