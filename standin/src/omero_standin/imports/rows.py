"""The rows that an import makes for its images: those that the real server makes."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from omero_standin.binary import value_range
from omero_standin.binary.folder import DataFolder
from omero_standin.binary.pixel_types import bit_size
from omero_standin.binary.pixels import pixels_of
from omero_standin.imports import annotated, instruments, names, ome_xml, plates, rois
from omero_standin.imports.described import Content, Series
from omero_standin.imports.maker import Maker
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Ref, Row, Store
from omero_standin.rendering import rows as rendering
from omero_standin.rendering.thumbnail import size_by_longest_side

_THUMBNAIL = 96
_CHANNEL = ("red", "green", "blue", "alpha")


class Images:
    """Makes the images of one fileset."""

    def __init__(
        self, store: Store, data: DataFolder, config: dict[str, str], fileset: Row
    ) -> None:
        """Everything belongs to the fileset's owner, in its group."""
        self._store, self._data, self._config = store, data, config
        self._fileset = fileset
        self._maker = Maker(store, fileset.owner, fileset.group)
        self._sources: list[int] = []
        # Rows of the plates, after `make`.
        self.plates: list[Row] = []

    def make(self, content: Content, name: str | None, description: str | None) -> list[Row]:
        """The Pixels of all images; with `name` and `description` if the client gave some."""
        elements = content.ome.findall("Image")
        annotated.add(self._maker, content.ome)
        instruments.add(self._maker, content.ome)
        found = []
        for number, series in enumerate(content.series):
            element = elements[number] if number < len(elements) else Element("Image")
            called = names.image_name(
                name, content.file_name, element.get("Name"), number, len(content.series)
            )
            found.append(self._image(content, series, number, element, called, description))
        rois.add(self._maker, content.ome)
        self.plates = plates.add(self._maker, content, name, description)
        annotated.link(self._maker, content.ome)
        return found

    def forget(self) -> None:
        """Remove what is not in the rows, when these are not kept."""
        for each in self._sources:
            self._data.forget_source(each)

    def add_statistics(self, row: Row, series: Series) -> None:
        """The smallest and largest value of each channel, and the checksum."""
        if series.sha1 is not None:
            self._store.update(row, sha1=series.sha1)
        pixels = pixels_of(self._store, self._data, row, self._config)
        for number, channel in enumerate(rendering.channels(self._store, row)):
            if series.smallest is not None and series.largest is not None:
                low, high = series.smallest[number], series.largest[number]
            else:
                low, high = value_range.min_max(pixels, number)
            info = self._maker.add("StatsInfo", globalMin=low, globalMax=high)
            self._store.update(channel, statsInfo=info.ref)

    def add_settings(self, row: Row) -> None:
        """Default rendering settings of the owner, and a thumbnail."""
        pixels = pixels_of(self._store, self._data, row, self._config)
        settings = rendering.defaults(self._store, row, pixels)
        rendering.save(self._store, row, settings, self._fileset.owner)
        width, height = size_by_longest_side(pixels, _THUMBNAIL)
        self._maker.add(
            "Thumbnail", pixels=row.ref, sizeX=width, sizeY=height, mimeType="image/jpeg", ref=""
        )

    def _image(
        self,
        content: Content,
        series: Series,
        number: int,
        element: Element,
        name: str,
        description: str | None,
    ) -> Row:
        store, maker = self._store, self._maker
        acquired = element.findtext("AcquisitionDate")
        said: dict[str, Any] = {
            "name": name,
            "series": number,
            "archived": False,
            "partial": False,
            "fileset": self._fileset.ref,
            "format": enumeration(store, "Format", content.format),
            "acquisitionDate": ome_xml.milliseconds(acquired) if acquired else None,
            "description": description or element.findtext("Description") or None,
        }
        image = maker.add("Image", **said | instruments.of_image(maker, element))
        maker.remember(element, image)
        pixels = self._pixels(image.ref, series, element.find("Pixels"))
        if content.file is not None:
            self._sources.append(pixels.id)
            self._data.keep_source(pixels.id, content.file, number, series.resolutions)
        self._channels(pixels.ref, series, element, graphics=content.graphics)
        for plane in element.iterfind("Pixels/Plane"):
            maker.of("PlaneInfo", plane, pixels=pixels.ref)
        return pixels

    def _pixels(self, image: Ref, series: Series, element: Element | None) -> Row:
        store = self._store
        sizes = zip("XYZCT", series.sizes, strict=True)
        said = {
            "significantBits": bit_size(series.kind),
            "dimensionOrder": enumeration(store, "DimensionOrder", "XYCZT"),
            **ome_xml.values(store, "Pixels", element),
            "pixelsType": enumeration(store, "PixelsType", series.kind),
            **{f"size{axis}": size for axis, size in sizes},
        }
        return self._maker.add("Pixels", image=image, sha1="Pending...", **said)

    def _channels(self, pixels: Ref, series: Series, image: Element, *, graphics: bool) -> None:
        """One for each sample; what the file says of a channel of several is the first's."""
        elements = image.findall("Pixels/Channel")
        store, maker = self._store, self._maker
        found: list[dict[str, Any]] = []
        for number in range(series.sizes[3]):
            element = elements[number] if number < len(elements) else Element("Channel")
            said = ome_xml.values(store, "LogicalChannel", element)
            found.append(said | ome_xml.colour(element) | instruments.of_channel(maker, element))
        names.complete(found, graphics=graphics)
        for number, each in enumerate(found):
            colour = {part: each.pop(part) for part in _CHANNEL if part in each}
            logical = maker.add("LogicalChannel", **each)
            row = maker.add("Channel", pixels=pixels, logicalChannel=logical.ref, **colour)
            if number < len(elements):
                maker.remember(elements[number], row)
