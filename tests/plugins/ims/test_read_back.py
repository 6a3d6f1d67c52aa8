"""Files are read by programs that nobody here wrote: Bio-Formats and two Python readers."""

from __future__ import annotations

import datetime
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imaris_ims_file_reader.ims import ims
from imaris_ims_zarr import ims as zarr_ims

from ims_samples import SHAPES, TYPES, Pixels, pixels_of, written
from omero_ims import Channel, verify
from omero_ims.pixel_types import stored_as
from omero_standin.bio_formats.installed import jar
from omero_standin.bio_formats.process import BioFormats, CannotRead

MOMENT = datetime.datetime(2026, 3, 4, 10, 20, 30, 250_000)


@pytest.fixture(scope="module")
def bio_formats() -> Iterator[BioFormats]:
    process = BioFormats(seconds=120)
    yield process
    process.stop()


def planes(reader: BioFormats, path: Path, pixels: Pixels, name: str) -> Pixels:
    """All pixels as Bio-Formats reads them, in the shape of those that were written."""
    result = np.empty(pixels.shape, stored_as(name).dtype)
    times, channels, depth, height, width = pixels.shape
    for t, c, z in np.ndindex(times, channels, depth):
        content = reader.pixels(path, 0, 0, (z, c, t), (0, 0, width, height))
        big = result.dtype.newbyteorder(">")
        result[t, c, z] = np.frombuffer(content, big).reshape(height, width)
    return result


@pytest.mark.parametrize("pixel_type", TYPES)
def test_bio_formats_reads_pixels_of_every_type(
    bio_formats: BioFormats, tmp_path: Path, pixel_type: str
) -> None:
    pixels = pixels_of(pixel_type, (2, 2, 3, 21, 34))
    written(tmp_path / "a.ims", pixels, pixel_type)
    assert verify(tmp_path / "a.ims") == []
    found = bio_formats.describe(tmp_path / "a.ims")
    assert found["format"] == "ImarisHDF"
    (series,) = found["series"]
    stored = stored_as(pixel_type).dtype
    assert series["type"] == {"float32": "float"}.get(stored.name, stored.name)
    assert series["sizes"] == [34, 21, 3, 2, 2]
    read = planes(bio_formats, tmp_path / "a.ims", pixels, pixel_type)
    np.testing.assert_array_equal(read, pixels.astype(stored))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_bio_formats_reads_every_shape(
    bio_formats: BioFormats, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    pixels = pixels_of("uint16", shape)
    written(tmp_path / "a.ims", pixels, "uint16")
    (series,) = bio_formats.describe(tmp_path / "a.ims")["series"]
    t, c, z, y, x = shape
    assert series["sizes"] == [x, y, z, c, t]
    np.testing.assert_array_equal(planes(bio_formats, tmp_path / "a.ims", pixels, "uint16"), pixels)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1, 1), (1, 1, 4, 1, 5), (1, 1, 4, 5, 1)], ids=str)
def test_images_of_one_row_or_column_are_beyond_bio_formats(
    bio_formats: BioFormats, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    # Its reader asks for the row or column before the first. The file is right: h5py and the two
    # Python readers read it (below), and this test fails when Bio-Formats is mended.
    written(tmp_path / "a.ims", pixels_of("uint16", shape), "uint16")
    with pytest.raises(CannotRead, match=r"first \(-1\) must be >= 0"):
        bio_formats.describe(tmp_path / "a.ims")


def test_bio_formats_reads_metadata(bio_formats: BioFormats, tmp_path: Path) -> None:
    channels = [
        Channel("DAPI", (0, 0, 1), emission_nm=461.4, excitation_nm=405),
        Channel("50 % / β-actin", (1, 0.5, 0)),
    ]
    written(
        tmp_path / "a.ims", pixels_of("uint8", (2, 2, 3, 20, 10)), "uint8",
        name="Prüfung 1/2 100 %\n日本", voxel_um=(0.25, 0.5, 2.0), channels=channels,
        times=[MOMENT, MOMENT + datetime.timedelta(seconds=90)],
        sections={"Plate/1 50%": {"Well": "B/7", "X": "12", "": "no name"},
                  "Channel Settings": {"Gain": "2.5"}},
    )  # fmt: skip
    assert verify(tmp_path / "a.ims") == []
    xml = bio_formats.describe(tmp_path / "a.ims")["xml"]
    sizes = re.findall(r'PhysicalSize([XYZ])="([\d.]+)" PhysicalSize.Unit="(.+?)"', xml)
    assert sizes == [("X", "0.25", "µm"), ("Y", "0.5", "µm"), ("Z", "2.0", "µm")]
    # Blue and orange, as numbers of red, green, blue and opacity.
    assert re.findall(r'<Channel Color="(-?\d+)"', xml) == ["65535", str(0xFF7F00FF - 2**32)]
    values = bio_formats.metadata(tmp_path / "a.ims", 0)[0]
    assert values["LSMEmissionWavelength"][1] == "461"
    assert values["LSMExcitationWavelength"][1] == "405"
    assert values["TimePoint1"][1] == "2026-03-04 10:20:30.250"
    assert values["TimePoint2"][1] == "2026-03-04 10:22:00.250"
    assert values["Well"][1] == "B/7"
    assert values["X"][1] == "10"


def test_bio_formats_reads_more_than_ten_channels_and_times(
    bio_formats: BioFormats, tmp_path: Path
) -> None:
    pixels = pixels_of("uint8", (12, 12, 2, 6, 7))
    channels = [Channel(f"c{number}", (number / 12, 0, 0)) for number in range(12)]
    written(tmp_path / "a.ims", pixels, "uint8", channels=channels)
    xml = bio_formats.describe(tmp_path / "a.ims")["xml"]
    reds = [(int(color) & 0xFFFFFFFF) >> 24 for color in re.findall(r'Color="(-?\d+)"', xml)]
    assert reds == sorted(reds)
    assert len(reds) == len(set(reds)) == 12
    np.testing.assert_array_equal(planes(bio_formats, tmp_path / "a.ims", pixels, "uint8"), pixels)


def test_image_info_lists_the_resolutions_of_a_pyramid(tmp_path: Path) -> None:
    pixels = pixels_of("uint8", (1, 1, 1, 3001, 5003))
    written(tmp_path / "a.ims", pixels, "uint8", max_memory=4 * 1024 * 1024)
    command = ["java", "-cp", str(jar()), "loci.formats.tools.ImageInfo", "-nopix", "-noflat"]
    shown = subprocess.run(
        [*command, "-no-upgrade", tmp_path / "a.ims"], capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"sizeX\[(\d)] = (\d+)", shown) == [("0", "5003"), ("1", "2501")]
    assert "Pixel type = uint8" in shown


def test_bio_formats_reads_each_level_of_a_pyramid(bio_formats: BioFormats, tmp_path: Path) -> None:
    pixels = pixels_of("uint16", (1, 1, 1, 4097, 4099))
    written(tmp_path / "a.ims", pixels, "uint16", max_memory=8 * 1024 * 1024)
    (series,) = bio_formats.describe(tmp_path / "a.ims")["series"]
    assert series["resolutions"] == [[4099, 4097], [2049, 2048], [1024, 1024]]
    content = bio_formats.pixels(tmp_path / "a.ims", 0, 1, (0, 0, 0), (0, 0, 2049, 2048))
    read = np.frombuffer(content, ">u2").reshape(2048, 2049)
    whole = pixels[0, 0, 0, :4096, :4098].astype(np.uint32)
    groups = whole.reshape(2048, 2, 2049, 2).sum(axis=(1, 3))
    np.testing.assert_array_equal(read, (groups + 2) // 4)


@pytest.mark.parametrize(
    "reader", [ims, zarr_ims], ids=["imaris-ims-file-reader", "imaris-ims-zarr"]
)
@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 1, 1, 1), (1, 1, 4, 5, 1)], ids=str)
def test_python_readers_read_every_shape(
    tmp_path: Path, shape: tuple[int, ...], reader: Any
) -> None:
    pixels = pixels_of("uint16", shape)
    written(tmp_path / "a.ims", pixels, "uint16", voxel_um=(0.25, 0.5, 2.0))
    file = reader(str(tmp_path / "a.ims"))
    assert file.shape == shape
    assert file.dtype == np.uint16
    assert file.resolution == (2.0, 0.5, 0.25)
    np.testing.assert_array_equal(np.asarray(file[:, :, :, :, :]).reshape(shape), pixels)


@pytest.mark.parametrize(
    "reader", [ims, zarr_ims], ids=["imaris-ims-file-reader", "imaris-ims-zarr"]
)
@pytest.mark.parametrize("pixel_type", TYPES)
def test_python_readers_read_every_type(tmp_path: Path, pixel_type: str, reader: Any) -> None:
    pixels = pixels_of(pixel_type, (2, 2, 3, 21, 34))
    written(tmp_path / "a.ims", pixels, pixel_type)
    file = reader(str(tmp_path / "a.ims"))
    stored = stored_as(pixel_type).dtype
    assert file.dtype == stored
    read = np.asarray(file[:, :, :, :, :]).reshape(pixels.shape)
    np.testing.assert_array_equal(read, pixels.astype(stored))
