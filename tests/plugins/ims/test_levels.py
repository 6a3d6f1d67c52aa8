"""Each level is made of the one before, whether planes are read in parts or as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ims_samples import pixels_of, written
from omero_ims import verify
from omero_ims.attributes import read_text
from omero_ims.pyramid import halved, levels_of


def data_of(file: Any, level: int, t: int, c: int) -> Any:
    """A volume without its padding."""
    group = file[f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}"]
    z, y, x = (int(read_text(group, f"ImageSize{axis}") or 0) for axis in "ZYX")
    return group["Data"][:z, :y, :x]


@pytest.mark.parametrize(
    ("shape", "pixel_type"),
    [
        ((1, 2, 1, 2049, 2500), "uint8"),
        ((1, 1, 1, 4103, 2051), "uint16"),
        ((1, 1, 37, 401, 299), "uint16"),
        ((1, 1, 5, 1001, 999), "float"),
        ((2, 1, 3, 1300, 1301), "uint32"),
        ((1, 1, 1100, 67, 61), "uint8"),
    ],
    ids=str,
)
@pytest.mark.parametrize("max_memory", [1 << 20, 1 << 30], ids=["in parts", "as a whole"])
def test_every_level_is_made_of_the_one_before(
    tmp_path: Path, shape: tuple[int, ...], pixel_type: str, max_memory: int
) -> None:
    pixels = pixels_of(pixel_type, shape)
    result = written(tmp_path / "a.ims", pixels, pixel_type, max_memory=max_memory)
    assert verify(tmp_path / "a.ims") == []
    shapes = levels_of((shape[2], shape[3], shape[4]), pixels.dtype)
    assert result.levels == len(shapes) > 1
    with h5py.File(tmp_path / "a.ims") as file:
        for t, c in np.ndindex(shape[:2]):
            expected = pixels[t, c]
            for level, each in enumerate(shapes):
                np.testing.assert_array_equal(data_of(file, level, t, c), expected)
                expected = halved(expected, each.factor)
