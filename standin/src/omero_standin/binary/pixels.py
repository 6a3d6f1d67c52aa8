"""The pixels of one image: imported, generated, or from the file that a client or a test wrote.

That file has the layout of OMERO's own pixel files: planes in the order z, c, t, rows of big-endian
values. Nothing is held in memory beyond what one call returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary import generated_pixels, pixel_types
from omero_standin.binary.folder import DataFolder
from omero_standin.binary.imported_pixels import ImportedPixels
from omero_standin.model.enumeration import value_of
from omero_standin.model.store import Row, Store

# A client receives no message beyond this (its default `Ice.MessageSizeMax`).
LARGEST_ANSWER: Final = 250_000_000
TILE: Final = 256
_SMALLEST_LEVEL: Final = 512


@dataclass(frozen=True)
class Pixels:
    """Sizes, type and values. Coordinates are those of full resolution unless a step says more."""

    id: int
    kind: str
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    seed: int
    path: Path
    # Pixels of a plane from which on there are smaller resolutions.
    largest_plane: int
    imported: ImportedPixels | None = None

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return pixel_types.dtype_of(self.kind)

    @property
    def is_big(self) -> bool:
        """Whether planes are so large that there are smaller resolutions of them."""
        return self.size_x * self.size_y > self.largest_plane

    @property
    def is_generated(self) -> bool:
        """Whether nobody has given them values."""
        return self.imported is None and not self.path.is_file()

    @property
    def has_resolutions(self) -> bool:
        """Whether they are those of an imported file that has several."""
        return self.imported is not None and len(self.imported.source.resolutions) > 1

    @cached_property
    def levels(self) -> list[tuple[int, int]]:
        """Width and height of the resolutions, the largest first.

        Those of an imported file that has some; else each is half the one before.
        """
        if self.has_resolutions and self.imported is not None:
            return list(self.imported.source.resolutions)
        found = [(self.size_x, self.size_y)]
        while self.is_big and max(found[-1]) > _SMALLEST_LEVEL:
            found.append((max(1, found[-1][0] // 2), max(1, found[-1][1] // 2)))
        return found

    @property
    def plane_size(self) -> int:
        """Bytes of a plane."""
        return self.size_x * self.size_y * self.dtype.itemsize

    @property
    def total_size(self) -> int:
        """Bytes of all planes."""
        return self.plane_size * self.size_z * self.size_c * self.size_t

    def plane(self, z: int, c: int, t: int) -> NDArray[Any]:
        """A whole plane."""
        return self.tile(z, c, t, 0, 0, self.size_x, self.size_y)

    def tile(
        self, z: int, c: int, t: int, x: int, y: int, width: int, height: int, level: int = 0
    ) -> NDArray[Any]:
        """A rectangle of a plane of a resolution; level 0 is the largest."""
        largest_x, largest_y = self.levels[level]
        self.check_plane(z, c, t)
        inside = x >= 0 and y >= 0 and x + width <= largest_x and y + height <= largest_y
        if not inside or width < 1 or height < 1:
            raise refuse.usage(
                f"the rectangle {x},{y} {width}x{height} is not inside of {largest_x}x{largest_y}"
            )
        if width * height * self.dtype.itemsize > LARGEST_ANSWER:
            raise refuse.usage(f"{width}x{height} pixels are too many for one answer: use tiles")
        if self.has_resolutions and self.imported is not None:
            return self.imported.area(level, (z, c, t), (x, y, width, height))
        step = 2**level
        return self.points(z, c, t, np.arange(y, y + height) * step, np.arange(x, x + width) * step)

    def points(
        self, z: int, c: int, t: int, ys: NDArray[np.int64], xs: NDArray[np.int64]
    ) -> NDArray[Any]:
        """The values where the rows `ys` and the columns `xs` of a plane cross."""
        if self.path.is_file():
            return np.array(self._stored("r")[self._number(z, c, t)][np.ix_(ys, xs)])
        if self.imported is not None:
            return self.imported.points((z, c, t), ys, xs)
        return generated_pixels.region(self.seed, self.kind, (z, c, t), ys, xs)

    def write(self, z: int, c: int, t: int, x: int, y: int, values: NDArray[Any]) -> None:
        """Put values (rows of columns) at a place of a plane.

        What was never written is 0 from then on.
        """
        self.check_plane(z, c, t)
        if self.imported is not None:
            raise refuse.usage("the pixels of an imported file cannot be written")
        height, width = values.shape
        if not (0 <= x <= self.size_x - width and 0 <= y <= self.size_y - height):
            raise refuse.usage(
                f"{width}x{height} pixels at {x},{y} do not fit into {self.size_x}x{self.size_y}"
            )
        self.make_file()
        stored = self._stored("r+")
        stored[self._number(z, c, t), y : y + height, x : x + width] = values
        stored.flush()

    def region(self, offset: int, size: int) -> bytes:
        """Bytes of the file that the pixels are in, or would be in."""
        if self.path.is_file():
            with self.path.open("rb") as content:
                content.seek(offset)
                return content.read(size)
        end, parts = offset + size, []
        for number in range(offset // self.plane_size, -(-end // self.plane_size)):
            begin = number * self.plane_size
            z, rest = number % self.size_z, number // self.size_z
            plane = self.plane(z, rest % self.size_c, rest // self.size_c).tobytes()
            parts.append(plane[max(0, offset - begin) : end - begin])
        return b"".join(parts)

    def write_region(self, offset: int, data: bytes) -> None:
        """Put bytes at a place of the file; what was never written is 0 from then on."""
        self.make_file()
        with self.path.open("r+b") as content:
            content.seek(offset)
            content.write(data)

    def make_file(self) -> None:
        """Have a file, of zeros when there was none."""
        if not self.path.is_file():
            with self.path.open("wb") as empty:
                empty.truncate(self.total_size)

    def check_plane(self, z: int, c: int, t: int) -> None:
        """An error for a plane that does not exist."""
        for name, value, size in (
            ("Z", z, self.size_z),
            ("C", c, self.size_c),
            ("T", t, self.size_t),
        ):
            if not 0 <= value < size:
                raise refuse.usage(f"{name} '{value}' is not between 0 and {size - 1}")

    def _number(self, z: int, c: int, t: int) -> int:
        return (t * self.size_c + c) * self.size_z + z

    def _stored(self, mode: Any) -> Any:
        planes = self.size_z * self.size_c * self.size_t
        shape = (planes, self.size_y, self.size_x)
        return np.memmap(self.path, dtype=self.dtype, mode=mode, shape=shape)


def largest_plane(config: dict[str, str]) -> int:
    """The pixels of a plane beyond which it has smaller resolutions."""
    return int(config["omero.pixeldata.max_plane_width"]) * int(
        config["omero.pixeldata.max_plane_height"]
    )


def pixels_of(store: Store, data: DataFolder, row: Row, config: dict[str, str]) -> Pixels:
    """The pixels that a Pixels row describes."""
    values = row.values
    source = data.source(row.id)
    kind = value_of(store, row, "pixelsType") or "uint8"
    imported = None
    if source is not None:
        imported = ImportedPixels(source, pixel_types.dtype_of(kind), data.bio_formats)
    sizes = {f"size_{axis}": int(values[f"size{axis.upper()}"]) for axis in "xyzct"}
    return Pixels(
        id=row.id,
        kind=kind,
        imported=imported,
        seed=data.seed(row.id),
        path=data.pixels(row.id),
        largest_plane=largest_plane(config),
        **sizes,
    )


def attach(pixels: Pixels, values: NDArray[Any]) -> None:
    """Give an image real pixels: an array of the axes t, c, z, y, x (as many as it has)."""
    full = values.reshape((1,) * (5 - values.ndim) + values.shape)
    wanted = (pixels.size_t, pixels.size_c, pixels.size_z, pixels.size_y, pixels.size_x)
    if full.shape != wanted:
        raise refuse.usage(f"an array of the shape {full.shape} is not one of {wanted} (t,c,z,y,x)")
    with pixels.path.open("wb") as content:
        for t in range(pixels.size_t):
            for c in range(pixels.size_c):
                content.write(full[t, c].astype(pixels.dtype).tobytes())
