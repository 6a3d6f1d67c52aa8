"""Exporter: images as OME-XML and OME-TIFF.

A client names images, then has a file made, then reads it: `ExporterI` of OMERO.server
(https://github.com/ome/omero-blitz).
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from omero_standin import refuse
from omero_standin.binary.pixels import Pixels, pixels_of
from omero_standin.call import Call
from omero_standin.exports.ome_xml import Describe, planes
from omero_standin.model.store import Row
from omero_standin.servants import unlocked
from omero_standin.services.access import readable
from omero_standin.services.stateful import Stateful

_LARGEST_READ: Final = 1 << 20
# Beyond this a file needs places of 64 bits; the rest is for the pages themselves.
_LARGEST_TIFF: Final = 2**32 - 2**25
_TILE: Final = (128, 128)


class Exporter(Stateful):
    """One export of one client."""

    def __init__(self) -> None:
        """No image is named."""
        self._images: list[int] = []
        self._file: Path | None = None

    def addImage(self, _call: Call, image_id: int) -> None:
        """One more image."""
        self._need_configuring()
        self._images.append(image_id)

    @unlocked
    def generateXml(self, call: Call) -> Any:
        """Make the OME-XML of the images; its bytes."""
        self._need_configuring()
        with call.store.lock:
            content = self._described(call, self._rows(call), tiff=False)
        return self._made(content)

    @unlocked
    def generateTiff(self, call: Call) -> Any:
        """Make the OME-TIFF of the one image; its bytes."""
        self._need_configuring()
        with call.store.lock:
            rows = self._rows(call)
            if len(rows) != 1:
                raise refuse.usage(f"Only one image supported for TIFF, not {len(rows)}")
            found = call.store.referring("Pixels", "image", rows[0].ref)
            if not found:
                raise refuse.server_fault(f"Image:{rows[0].id} has no pixels")
            pixels = pixels_of(call.store, call.kernel.data, found[0], call.kernel.config)
            if pixels.is_big:
                raise refuse.server_fault(
                    f"Image:{rows[0].id} is too large for export (sizeX={pixels.size_x}, "
                    f"sizeY={pixels.size_y})"
                )
            xml = self._described(call, rows, tiff=True)
            places = planes(call.store, found[0])
        return self._made(b"", pixels, xml, places)

    @unlocked
    def read(self, _call: Call, position: int, size: int) -> Any:
        """Bytes of the file from a position, filled up with zeros at its end; none behind it."""
        if self._file is None:
            raise refuse.usage("Call a generate method first")
        if size > _LARGEST_READ:
            raise refuse.usage(f"Max read size is: {_LARGEST_READ}")
        if position < 0 or size < 0:
            raise refuse.server_fault(f"cannot read {size} bytes at {position}")
        with self._file.open("rb") as content:
            content.seek(position)
            found = content.read(size)
        return found.ljust(size, b"\0") if found else b""

    def close(self, call: Call) -> None:
        """Delete the file, and take the exporter away."""
        self.end()
        call.close_object()

    def end(self) -> None:
        """The session is over: so is the file."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None

    def _need_configuring(self) -> None:
        if self._file is not None:
            raise refuse.usage("Cannot configure during output")

    def _rows(self, call: Call) -> list[Row]:
        return [readable(call, "Image", image_id) for image_id in self._images]

    def _described(self, call: Call, rows: list[Row], *, tiff: bool) -> bytes:
        return Describe(call.store, call.kernel.database_uuid).document(rows, tiff=tiff)

    def _made(
        self,
        content: bytes,
        pixels: Pixels | None = None,
        xml: bytes = b"",
        places: list[tuple[int, int, int]] | None = None,
    ) -> int:
        with tempfile.NamedTemporaryFile(prefix="omero-export-", delete=False) as file:
            path = Path(file.name)
            file.write(content)
        try:
            if pixels is not None:
                _write_tiff(path, pixels, xml, places or [])
        except BaseException:
            path.unlink()
            raise
        self._file = path
        return path.stat().st_size


def _write_tiff(path: Path, pixels: Pixels, xml: bytes, places: list[tuple[int, int, int]]) -> None:
    # Imported late: the start of the server can do without.
    import tifffile

    kind = "?" if pixels.kind == "bit" else pixels.dtype
    size = len(places) * pixels.plane_size
    with tifffile.TiffWriter(path, bigtiff=size > _LARGEST_TIFF, byteorder=">") as writer:
        for number, place in enumerate(places):
            writer.write(
                pixels.plane(*place).astype(kind),
                description=xml if number == 0 else None,
                metadata=None,
                photometric="minisblack",
                tile=_TILE,
                contiguous=False,
            )
