"""What is in an Imaris file: its sizes, and pixels of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray


class Inside:
    """A file that `omero_ims.verify` has nothing against.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def sizes(self) -> tuple[int, int, int, int, int]:
        """x, y, z, c, t at full resolution."""
        with h5py.File(self._path) as file:
            level = file["DataSet/ResolutionLevel 0"]
            point = level["TimePoint 0"]
            channel = point["Channel 0"]
            x, y, z = (_number(channel, f"ImageSize{axis}") for axis in "XYZ")
            return x, y, z, len(point), len(level)

    def part(self, z: int, c: int, t: int, height: int, width: int) -> NDArray[Any]:
        """The upper left part of a plane."""
        with h5py.File(self._path) as file:
            data = file[f"DataSet/ResolutionLevel 0/TimePoint {t}/Channel {c}/Data"]
            return np.asarray(data[z, :height, :width])


def _number(group: Any, name: str) -> int:
    """An attribute: an array of letters."""
    return int(b"".join(group.attrs[name]).decode())
