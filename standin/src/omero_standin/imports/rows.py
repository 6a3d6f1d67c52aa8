"""The rows that an import makes for an image: those that the real server makes."""

from __future__ import annotations

from typing import Any

from omero_standin.binary import value_range
from omero_standin.binary.folder import DataFolder
from omero_standin.binary.pixel_types import bit_size
from omero_standin.binary.pixels import pixels_of
from omero_standin.imports.described import Content, Description
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Ref, Row, Store
from omero_standin.rendering import rows as rendering
from omero_standin.rendering.thumbnail import size_by_longest_side

_THUMBNAIL = 96


class Images:
    """Makes the images of one fileset."""

    def __init__(
        self, store: Store, data: DataFolder, config: dict[str, str], fileset: Row
    ) -> None:
        """Everything belongs to the fileset's owner, in its group."""
        self._store, self._data, self._config = store, data, config
        self._fileset = fileset
        self._ownership = {"owner": fileset.owner, "group": fileset.group}

    def make(self, content: Content) -> list[Row]:
        """The Pixels of all images; the planes of the first are written when there are some."""
        found = [
            self._image(description, number) for number, description in enumerate(content.images)
        ]
        if content.planes is not None:
            pixels = pixels_of(self._store, self._data, found[0], self._config)
            for z, c, t, values in content.planes:
                pixels.write(z, c, t, 0, 0, values)
        return found

    def add_statistics(self, row: Row) -> None:
        """The smallest and largest value of each channel."""
        pixels = pixels_of(self._store, self._data, row, self._config)
        for number, channel in enumerate(rendering.channels(self._store, row)):
            low, high = value_range.min_max(pixels, number)
            info = self._insert("StatsInfo", globalMin=low, globalMax=high)
            self._store.update(channel, statsInfo=info.ref)

    def add_settings(self, row: Row) -> None:
        """Default rendering settings of the owner, and a thumbnail."""
        pixels = pixels_of(self._store, self._data, row, self._config)
        settings = rendering.defaults(self._store, row, pixels)
        rendering.save(self._store, row, settings, self._fileset.owner)
        width, height = size_by_longest_side(pixels, _THUMBNAIL)
        self._insert(
            "Thumbnail", pixels=row.ref, sizeX=width, sizeY=height, mimeType="image/jpeg", ref=""
        )

    def _image(self, description: Description, series: int) -> Row:
        store = self._store
        image = self._insert(
            "Image",
            name=description.name,
            series=series,
            archived=False,
            partial=False,
            fileset=self._fileset.ref,
            format=enumeration(store, "Format", description.format),
        )
        x, y, z, c, t = description.sizes
        sizes: dict[str, Any] = dict(
            zip(("sizeX", "sizeY", "sizeZ", "sizeC", "sizeT"), (x, y, z, c, t), strict=True)
        )
        physical = {
            f"physicalSize{axis}": (value, "MICROMETER")
            for axis, value in zip("XYZ", description.physical, strict=True)
            if value is not None
        }
        pixels = self._insert(
            "Pixels",
            image=image.ref,
            pixelsType=enumeration(store, "PixelsType", description.kind),
            dimensionOrder=enumeration(store, "DimensionOrder", "XYCZT"),
            significantBits=bit_size(description.kind),
            sha1="Pending...",
            **sizes,
            **physical,
        )
        for number in range(c):
            self._channel(pixels.ref, description, number)
        return pixels

    def _channel(self, pixels: Ref, description: Description, number: int) -> None:
        named = number < len(description.channels)
        name = description.channels[number] if named else None
        logical = self._insert("LogicalChannel", name=name, samplesPerPixel=1)
        self._insert("Channel", pixels=pixels, logicalChannel=logical.ref)

    def _insert(self, kind: str, **values: Any) -> Row:
        return self._store.insert(kind, values, **self._ownership)
