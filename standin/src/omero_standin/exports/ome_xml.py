"""The description of images in OME-XML, schema 2016-06.

What it holds: names, descriptions, dates, sizes, units and channels. Annotations, regions and
instruments, which the real server exports as well, are left out.
https://docs.openmicroscopy.org/ome-model/latest/
"""

from __future__ import annotations

import datetime
from typing import Any, Final
from xml.etree import ElementTree

from omero_standin.binary.pixel_types import bit_size
from omero_standin.model.enumeration import value_of
from omero_standin.model.store import Row, Store
from omero_standin.rendering.rows import channels

NAMESPACE: Final = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_SYMBOLS: Final = {
    "ANGSTROM": "Å", "NANOMETER": "nm", "MICROMETER": "µm", "MILLIMETER": "mm", "CENTIMETER": "cm",
    "METER": "m", "PIXEL": "pixel", "REFERENCEFRAME": "reference frame", "NANOSECOND": "ns",
    "MICROSECOND": "µs", "MILLISECOND": "ms", "SECOND": "s", "MINUTE": "min", "HOUR": "h",
}  # fmt: skip
_COLOURS: Final = ("red", "green", "blue", "alpha")


class Describe:
    """Makes the description of some images."""

    def __init__(self, store: Store, database: str) -> None:
        """`database` is the uuid that makes ids of this server unlike those of others."""
        self._store, self._database = store, database

    def document(self, images: list[Row], *, tiff: bool) -> bytes:
        """The whole document; with `tiff` it says which page of its file holds which plane."""
        root = ElementTree.Element("OME", {"xmlns": NAMESPACE})
        for image in images:
            self._image(root, image, tiff=tiff)
        text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return text

    def _image(self, root: Any, image: Row, *, tiff: bool) -> None:
        held = image.values
        about = {"ID": self._id("Image", image.id), "Name": _printable(held.get("name") or "")}
        element = ElementTree.SubElement(root, "Image", about)
        if held.get("acquisitionDate") is not None:
            moment = datetime.datetime.fromtimestamp(held["acquisitionDate"] / 1000, datetime.UTC)
            text = moment.strftime("%Y-%m-%dT%H:%M:%S")
            ElementTree.SubElement(element, "AcquisitionDate").text = text
        if held.get("description"):
            ElementTree.SubElement(element, "Description").text = _printable(held["description"])
        for pixels in self._store.referring("Pixels", "image", image.ref)[:1]:
            self._pixels(element, pixels, tiff=tiff)

    def _pixels(self, image: Any, row: Row, *, tiff: bool) -> None:
        kind = value_of(self._store, row, "pixelsType") or "uint8"
        about = {
            "ID": self._id("Pixels", row.id),
            "DimensionOrder": order_of(self._store, row),
            "Type": kind,
            "SignificantBits": str(row.values.get("significantBits") or bit_size(kind)),
            "BigEndian": "true",
        }
        about |= {f"Size{axis}": str(row.values[f"size{axis}"]) for axis in "XYZCT"}
        for axis in "XYZ":
            about |= _length(f"PhysicalSize{axis}", row.values.get(f"physicalSize{axis}"))
        about |= _length("TimeIncrement", row.values.get("timeIncrement"))
        element = ElementTree.SubElement(image, "Pixels", about)
        for number, channel in enumerate(channels(self._store, row)):
            self._channel(element, channel, number)
        if not tiff:
            ElementTree.SubElement(element, "MetadataOnly")
            return
        for page, (z, c, t) in enumerate(planes(self._store, row)):
            place = {"IFD": page, "FirstZ": z, "FirstC": c, "FirstT": t, "PlaneCount": 1}
            texts = {name: str(value) for name, value in place.items()}
            ElementTree.SubElement(element, "TiffData", texts)

    def _channel(self, pixels: Any, row: Row, number: int) -> None:
        logical = self._store.get(*row.values["logicalChannel"]).values
        about = {"ID": self._id("Channel", row.id), "SamplesPerPixel": "1"}
        if logical.get("name"):
            about["Name"] = _printable(logical["name"])
        about |= _length("EmissionWavelength", logical.get("emissionWave"))
        about |= _length("ExcitationWavelength", logical.get("excitationWave"))
        parts = [row.values.get(name) for name in _COLOURS]
        if all(part is not None for part in parts):
            value = int.from_bytes(bytes(int(part or 0) & 255 for part in parts), signed=True)
            about["Color"] = str(value)
        ElementTree.SubElement(pixels, "Channel", about)

    def _id(self, kind: str, number: int) -> str:
        return f"urn:lsid:export.openmicroscopy.org:{kind}:{self._database}_{number}"


def order_of(store: Store, pixels: Row) -> str:
    """The order of the planes of pixels, as `XYZCT`."""
    return value_of(store, pixels, "dimensionOrder") or "XYZCT"


def planes(store: Store, pixels: Row) -> list[tuple[int, int, int]]:
    """The planes (z, c, t) of pixels in their order."""
    fastest, middle, slowest = tuple(order_of(store, pixels)[2:])
    sizes = {axis: range(int(pixels.values[f"size{axis}"])) for axis in "ZCT"}
    found = []
    for last in sizes[slowest]:
        for between in sizes[middle]:
            for first in sizes[fastest]:
                place = {fastest: first, middle: between, slowest: last}
                found.append((place["Z"], place["C"], place["T"]))
    return found


def _length(name: str, value: Any) -> dict[str, str]:
    """An attribute and its unit; nothing for a value that is not there, or in an odd unit."""
    if value is None or value[1] not in _SYMBOLS:
        return {}
    return {name: repr(float(value[0])), f"{name}Unit": _SYMBOLS[value[1]]}


def _printable(text: str) -> str:
    """A text without the control characters that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")
