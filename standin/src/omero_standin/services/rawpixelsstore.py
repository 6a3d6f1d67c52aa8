"""RawPixelsStore: reading and writing the values of pixels."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import omero.api

from omero_standin import refuse
from omero_standin.binary import pixel_types, value_range
from omero_standin.binary.pixels import LARGEST_ANSWER, TILE, Pixels, pixels_of
from omero_standin.call import Call
from omero_standin.model.store import Row, Store
from omero_standin.servants import unlocked
from omero_standin.services.access import editable, readable
from omero_standin.services.pyramids import need_pyramid
from omero_standin.services.stateful import Stateful


class RawPixelsStore(Stateful):
    """One open set of pixels of one client. Buffers are big-endian, as from the real server."""

    def __init__(self) -> None:
        """No pixels are chosen."""
        self._row: Row | None = None
        self._pixels: Pixels | None = None
        # Counted as OMERO does: 0 is the smallest resolution.
        self._level = 0
        # Where the checksum goes of what was written and is not saved yet.
        self._unsaved: Store | None = None

    # --- what is open

    def setPixelsId(self, call: Call, pixels_id: int, _bypass: bool) -> None:
        """Choose the pixels; nothing is bypassed because nothing stands in the way."""
        row = readable(call, "Pixels", pixels_id)
        pixels = pixels_of(call.store, call.kernel.data, row, call.kernel.config)
        need_pyramid(call, row, pixels)
        self._row, self._pixels = row, pixels
        self._level = len(pixels.levels) - 1

    def getPixelsId(self, _call: Call) -> Any:
        """The chosen pixels."""
        return self._open.id

    def getPixelsPath(self, _call: Call) -> Any:
        """Where the server keeps them."""
        return str(self._open.path)

    def prepare(self, call: Call, ids: Any) -> None:
        """Look whether the caller may read these; there is nothing to get ready."""
        for each in ids:
            readable(call, "Pixels", each)

    def getByteWidth(self, _call: Call) -> Any:
        """Bytes of one value."""
        return self._open.dtype.itemsize

    def isSigned(self, _call: Call) -> Any:
        """Whether values may be below zero."""
        return pixel_types.is_signed(self._open.kind)

    def isFloat(self, _call: Call) -> Any:
        """Whether values may have a fraction."""
        return pixel_types.is_float(self._open.kind)

    # --- resolutions

    def requiresPixelsPyramid(self, _call: Call) -> Any:
        """Whether planes are so large that they have smaller resolutions."""
        return self._open.is_big

    def getResolutionLevels(self, _call: Call) -> Any:
        """How many resolutions there are."""
        return len(self._open.levels)

    def getResolutionLevel(self, _call: Call) -> Any:
        """The chosen resolution; 0 is the smallest."""
        return self._level

    def setResolutionLevel(self, _call: Call, level: int) -> None:
        """Choose a resolution; 0 is the smallest."""
        if not 0 <= level < len(self._open.levels):
            raise refuse.usage(f"there is no resolution level {level}")
        self._level = level

    def getResolutionDescriptions(self, _call: Call) -> Any:
        """Width and height of the resolutions, the largest first."""
        return [omero.api.ResolutionDescription(*each) for each in self._open.levels]

    @property
    def _depth(self) -> int:
        """The chosen resolution counted from the largest, which is 0."""
        return len(self._open.levels) - 1 - self._level

    @property
    def _extent(self) -> tuple[int, int]:
        """Width and height of the chosen resolution."""
        width, height = self._open.levels[self._depth]
        return width, height

    def _plane(self, z: int, c: int, t: int) -> Any:
        """A plane of the chosen resolution."""
        if not self._depth:
            return self._open.plane(z, c, t)
        return self._open.tile(z, c, t, 0, 0, *self._extent, self._depth)

    def getTileSize(self, _call: Call) -> Any:
        """The best size of tiles."""
        return [min(TILE, self._open.size_x), min(TILE, self._open.size_y)]

    # --- sizes and places in bytes

    def getRowSize(self, _call: Call) -> Any:
        """Bytes of a row."""
        return self._extent[0] * self._open.dtype.itemsize

    def getPlaneSize(self, call: Call) -> Any:
        """Bytes of a plane of the chosen resolution."""
        return self.getRowSize(call) * self._extent[1]

    def getStackSize(self, call: Call) -> Any:
        """Bytes of all z of a channel and a time."""
        return self.getPlaneSize(call) * self._open.size_z

    def getTimepointSize(self, call: Call) -> Any:
        """Bytes of all z and channels of a time."""
        return self.getStackSize(call) * self._open.size_c

    def getTotalSize(self, call: Call) -> Any:
        """Bytes of everything."""
        return self.getTimepointSize(call) * self._open.size_t

    def getRowOffset(self, call: Call, y: int, z: int, c: int, t: int) -> Any:
        """Where a row begins in the file."""
        height = self._extent[1]
        if not 0 <= y < height:
            raise refuse.usage(f"Y '{y}' is not between 0 and {height - 1}")
        return self.getPlaneOffset(call, z, c, t) + y * self.getRowSize(call)

    def getPlaneOffset(self, call: Call, z: int, c: int, t: int) -> Any:
        """Where a plane begins in the file."""
        self._open.check_plane(z, c, t)
        number = (t * self._open.size_c + c) * self._open.size_z + z
        return number * self.getPlaneSize(call)

    def getStackOffset(self, call: Call, c: int, t: int) -> Any:
        """Where the planes of a channel begin in the file."""
        return self.getPlaneOffset(call, 0, c, t)

    def getTimepointOffset(self, call: Call, t: int) -> Any:
        """Where the planes of a time begin in the file."""
        return self.getPlaneOffset(call, 0, 0, t)

    # --- reading

    @unlocked
    def getPlane(self, _call: Call, z: int, c: int, t: int) -> Any:
        """A plane of the chosen resolution."""
        return self._plane(z, c, t).tobytes()

    @unlocked
    def getTile(
        self, _call: Call, z: int, c: int, t: int, x: int, y: int, width: int, height: int
    ) -> Any:
        """A rectangle of a plane of the chosen resolution."""
        return self._open.tile(z, c, t, x, y, width, height, self._depth).tobytes()

    @unlocked
    def getRow(self, _call: Call, y: int, z: int, c: int, t: int) -> Any:
        """A row of a plane."""
        return self._open.tile(z, c, t, 0, y, self._extent[0], 1, self._depth).tobytes()

    @unlocked
    def getCol(self, _call: Call, x: int, z: int, c: int, t: int) -> Any:
        """A column of a plane."""
        return self._open.tile(z, c, t, x, 0, 1, self._extent[1], self._depth).tobytes()

    @unlocked
    def getPlaneRegion(self, _call: Call, z: int, c: int, t: int, size: int, offset: int) -> Any:
        """So many values of a plane, from a place in it on."""
        values = self._plane(z, c, t).reshape(-1)
        if offset < 0 or size < 0 or offset + size > values.size:
            raise refuse.usage(f"{size} values at {offset} are not inside of the plane")
        return values[offset : offset + size].tobytes()

    @unlocked
    def getRegion(self, call: Call, size: int, offset: int) -> Any:
        """So many bytes of the file, from a place in it on; an imported image has no such file."""
        self._need_pixel_file(call)
        pixels = self._open
        if size < 0 or not 0 <= offset <= pixels.total_size - size:
            raise refuse.usage(
                f"{size} bytes at {offset} are not inside of {pixels.total_size} bytes"
            )
        self._check_answer(size)
        return pixels.region(offset, size)

    @unlocked
    def getHypercube(self, _call: Call, offset: Any, size: Any, step: Any) -> Any:
        """A part of all five dimensions (x, y, z, c, t), with every so many-th value."""
        pixels = self._open
        largest = (*self._extent, pixels.size_z, pixels.size_c, pixels.size_t)
        for start, length, stride, end in zip(offset, size, step, largest, strict=True):
            if start < 0 or length < 1 or stride < 1 or start + length > end:
                raise refuse.usage(f"the part {offset} {size} {step} is not inside of {largest}")
        xs, ys, zs, cs, ts = (
            np.arange(start, start + length, stride)
            for start, length, stride in zip(offset, size, step, strict=True)
        )
        planes = [(int(z), int(c), int(t)) for t in ts for c in cs for z in zs]
        self._check_answer(len(planes) * len(xs) * len(ys) * pixels.dtype.itemsize)
        if self._depth:
            return b"".join(self._plane(*each)[np.ix_(ys, xs)].tobytes() for each in planes)
        return b"".join(pixels.points(*each, ys, xs).tobytes() for each in planes)

    @unlocked
    def getStack(self, call: Call, c: int, t: int) -> Any:
        """All z of a channel and a time."""
        self._check_answer(self.getStackSize(call))
        return b"".join(self._plane(z, c, t).tobytes() for z in range(self._open.size_z))

    @unlocked
    def getTimepoint(self, call: Call, t: int) -> Any:
        """All z and channels of a time."""
        pixels = self._open
        self._check_answer(self.getTimepointSize(call))
        return b"".join(
            self._plane(z, c, t).tobytes()
            for c in range(pixels.size_c)
            for z in range(pixels.size_z)
        )

    @unlocked
    def getHistogram(
        self, _call: Call, channels: Any, bins: int, whole_range: bool, plane: Any
    ) -> Any:
        """The histogram of channels in a plane; of big images a sample of it."""
        z, t = (plane.z, plane.t) if plane is not None else (0, 0)
        found = {}
        for c in channels:
            values = value_range.plane_of(self._open, z, c, t)
            if plane is not None and plane.region is not None:
                area = plane.region
                values = self._open.tile(z, c, t, area.x, area.y, area.width, area.height)
            low, high = (
                value_range.min_max(self._open, c)
                if whole_range
                else (float(np.real(values).min()), float(np.real(values).max()))
            )
            found[c] = value_range.histogram(values, bins if bins > 0 else 256, low, high)
        return found

    @unlocked
    def findMinMax(self, _call: Call, channels: Any) -> Any:
        """The smallest and largest value of channels in the middle plane; none for big images."""
        if self._open.is_big:
            return {}
        found = {}
        for c in channels:
            values = np.real(value_range.middle_plane(self._open, c))
            found[c] = [float(values.min()), float(values.max())]
        return found

    @unlocked
    def calculateMessageDigest(self, _call: Call) -> Any:
        """The SHA-1 of all values."""
        return self._digest()

    def _digest(self) -> bytes:
        digest = hashlib.sha1(usedforsecurity=False)
        for t, c, z in np.ndindex(self._open.size_t, self._open.size_c, self._open.size_z):
            digest.update(self._open.plane(z, c, t).tobytes())
        return digest.digest()

    # --- writing

    def setPlane(self, call: Call, data: bytes, z: int, c: int, t: int) -> None:
        """A whole plane."""
        self.setTile(call, data, z, c, t, 0, 0, self._open.size_x, self._open.size_y)

    def setTile(
        self, call: Call, data: bytes, z: int, c: int, t: int, x: int, y: int, w: int, h: int
    ) -> None:
        """A rectangle of a plane."""
        pixels = self._writable(call)
        if len(data) != w * h * pixels.dtype.itemsize:
            raise refuse.usage(f"{len(data)} bytes are not {w}x{h} values of {pixels.kind}")
        pixels.write(z, c, t, x, y, np.frombuffer(data, pixels.dtype).reshape(h, w))
        self._unsaved = call.store

    def setRow(self, call: Call, data: bytes, y: int, z: int, c: int, t: int) -> None:
        """A row of a plane."""
        self.setTile(call, data, z, c, t, 0, y, self._open.size_x, 1)

    def setStack(self, call: Call, data: bytes, _z: int, c: int, t: int) -> None:
        """All z of a channel and a time."""
        size = self._open.plane_size
        for z in range(self._open.size_z):
            self.setPlane(call, data[z * size : (z + 1) * size], z, c, t)

    def setRegion(self, call: Call, size: int, offset: int, data: bytes) -> None:
        """Bytes of the file, from a place in it on."""
        pixels = self._writable(call)
        if size != len(data) or not 0 <= offset <= pixels.total_size - size:
            raise refuse.usage(
                f"{len(data)} bytes, said to be {size}, do not fit at {offset} of "
                f"{pixels.total_size} bytes"
            )
        pixels.write_region(offset, data)
        self._unsaved = call.store

    def setTimepoint(self, call: Call, data: bytes, t: int) -> None:
        """All z and channels of a time."""
        size = self._open.plane_size * self._open.size_z
        for c in range(self._open.size_c):
            self.setStack(call, data[c * size : (c + 1) * size], 0, c, t)

    def save(self, call: Call) -> Any:
        """Write the checksum into the Pixels, which are returned; null when nothing was written."""
        if self._unsaved is None:
            return None
        self._writable(call)
        assert self._row is not None
        self._save()
        return call.marshaller().object(self._row)

    def close(self, call: Call) -> None:
        """Save what was written, and take the store away."""
        self._save()
        call.close_object()

    def end(self) -> None:
        """Save what was written, also when the session ends without a `close`."""
        self._save()

    def _save(self) -> None:
        store, self._unsaved = self._unsaved, None
        row = self._row
        if store is None or row is None or store.find(row.kind, row.id) is None:
            return
        store.update(row, sha1=self._digest().hex())

    @property
    def _open(self) -> Pixels:
        if self._pixels is None:
            raise refuse.usage("setPixelsId must be called before anything else")
        return self._pixels

    def _writable(self, call: Call) -> Pixels:
        editable(call, "Pixels", self._open.id)
        self._need_pixel_file(call)
        return self._open

    def _need_pixel_file(self, call: Call) -> None:
        """Refuse what the server cannot do with the pixels of an imported file."""
        with call.store.lock:
            row = call.store.get("Pixels", self._open.id)
            image = call.store.get(*row.values["image"])
        if image.values.get("fileset") is not None:
            raise refuse.server_fault(
                f"Image:{image.id} is in a fileset: its pixels are in the imported file, which is "
                "neither changed nor read by its bytes"
            )

    def _check_answer(self, size: int) -> None:
        if size > LARGEST_ANSWER:
            raise refuse.usage(f"{size} bytes are too many for one answer: ask for planes or tiles")
