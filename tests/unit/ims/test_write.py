"""What is written is what was given: pixels of every type and shape, in parts and as a whole."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ims_samples import TYPES, described, pixels_of, reader_of, written
from omero_ims import Channel, Unsupported, conversion_of, verify
from omero_ims.attributes import read_text
from omero_ims.pixel_types import stored_as

FIRST = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
SMALL = 1 << 16


def data_of(file: Any, level: int, t: int, c: int) -> Any:
    """A volume without its padding."""
    group = file[f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}"]
    z, y, x = (int(read_text(group, f"ImageSize{axis}") or 0) for axis in "ZYX")
    return group["Data"][:z, :y, :x]


@given(
    st.sampled_from(sorted(TYPES)),
    st.tuples(*[st.integers(1, 3)] * 2, st.integers(1, 20), *[st.integers(1, 80)] * 2),
    st.integers(0, 2**32 - 1),
    st.sampled_from([SMALL, 1 << 30]),
)
def test_pixels_come_back(
    pixel_type: str, shape: tuple[int, ...], seed: int, max_memory: int
) -> None:
    pixels = pixels_of(pixel_type, shape, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ims"
        result = written(path, pixels, pixel_type, max_memory=max_memory)
        assert verify(path) == []
        assert result.bytes == path.stat().st_size
        assert result.conversion == conversion_of(pixel_type)
        with h5py.File(path) as file:
            for t, c in np.ndindex(shape[:2]):
                read = data_of(file, 0, t, c)
                assert read.dtype == stored_as(pixel_type).dtype
                np.testing.assert_array_equal(read, pixels[t, c].astype(read.dtype))


def test_the_largest_channel_and_a_color_image(tmp_path: Path) -> None:
    pixels = np.zeros((1, 3, 1, 60, 80), np.uint8)
    pixels[0, 0, 0, :, :40] = 255
    pixels[0, 1, 0, :, 40:] = 255
    names = [Channel("R", (1, 0, 0)), Channel("G", (0, 1, 0)), Channel("B", (0, 0, 1))]
    written(tmp_path / "a.ims", pixels, "uint8", channels=names)
    with h5py.File(tmp_path / "a.ims") as file:
        thumbnail = file["Thumbnail/Data"]
        assert (thumbnail.dtype, thumbnail.shape) == (np.uint8, (60, 320))
        picture = thumbnail[...].reshape(60, 80, 4)
    assert picture[30, 20].tolist() == [255, 0, 0, 255]
    assert picture[30, 60].tolist() == [0, 255, 0, 255]


def test_values_that_are_not_numbers(tmp_path: Path) -> None:
    pixels = pixels_of("float", (1, 2, 2, 20, 30))
    pixels[0, 0, 0, 3:5] = np.nan
    pixels[0, 0, 1, 0, 0], pixels[0, 0, 1, 0, 1] = np.inf, -np.inf
    pixels[0, 1] = np.nan
    written(tmp_path / "a.ims", pixels, "float")
    assert verify(tmp_path / "a.ims") == []
    with h5py.File(tmp_path / "a.ims") as file:
        np.testing.assert_array_equal(data_of(file, 0, 0, 0), pixels[0, 0])
        assert file[f"{FIRST}/Histogram"][...].sum() == 2 * 20 * 30 - 2 * 30 - 2
        assert "nan" not in (read_text(file["DataSetInfo/Channel 1"], "ColorRange") or "nan")


@pytest.mark.parametrize("scale", [1e-30, 1e-4, 0.7, 1e30])
def test_intensities_of_any_size_have_a_range(tmp_path: Path, scale: float) -> None:
    pixels = (np.arange(1, 101).reshape(1, 1, 1, 10, 10) * scale).astype(np.float32)
    written(tmp_path / "a.ims", pixels, "float")
    assert verify(tmp_path / "a.ims") == []
    with h5py.File(tmp_path / "a.ims") as file:
        low, high = (
            float(read_text(file[FIRST], f"Histogram{end}") or 0) for end in ("Min", "Max")
        )
        shown = (read_text(file["DataSetInfo/Channel 0"], "ColorRange") or "").split()
    assert low == pytest.approx(scale, abs=scale / 10)
    assert high == pytest.approx(100 * scale, rel=1e-4)
    assert [float(each) for each in shown] == [low, high]


def test_doubles_beyond_float(tmp_path: Path) -> None:
    pixels = np.array([[[[[1e300, -1e300, np.nan, 0.1]]]]])
    result = written(tmp_path / "a.ims", pixels, "double")
    largest = float(np.finfo(np.float32).max)
    with h5py.File(tmp_path / "a.ims") as file:
        np.testing.assert_array_equal(
            data_of(file, 0, 0, 0).ravel(), np.float32([largest, -largest, np.nan, 0.1])
        )
        assert read_text(file["DataSetInfo/Export"], "Note1") == result.conversion


@pytest.mark.parametrize("pixel_type", ["complex", "double-complex"])
def test_complex_numbers_are_refused_with_the_reason(pixel_type: str) -> None:
    with pytest.raises(Unsupported, match="Imaris has no complex numbers"):
        described(np.zeros((1, 1, 1, 1, 1)), pixel_type)


def test_texts_of_any_length_and_alphabet(tmp_path: Path) -> None:
    long, name = "日本語 ä\n" * 10_000, "a/b % c\0\n\"'<>"
    pixels = pixels_of("uint8", (1, 1, 1, 4, 4))
    written(
        tmp_path / "a.ims", pixels, "uint8", name=name, description=long,
        channels=[Channel("  ", description=long)],
        sections={"A/B 100%": {"k/%": "v", "long/%": long, "X": "7"}, "Image": {"Name": "other"},
                  "Channel 7": {"Color": "x"}, "..": {"a": "b"}, "": {"c": "d"}},
    )  # fmt: skip
    assert verify(tmp_path / "a.ims") == []
    with h5py.File(tmp_path / "a.ims") as file:
        info = file["DataSetInfo"]
        assert read_text(info["Image"], "Name") == name.replace("\0", "")
        assert isinstance(info["Image/Description"], h5py.Dataset)
        assert read_text(info["Image"], "Description") == long
        assert read_text(info["Channel 0"], "Name") == "Channel 1"
        section = info["A%sB 100%p"]
        assert read_text(section, "k/%") == "v"
        assert isinstance(section["long%s%p"], h5py.Dataset)
        assert read_text(section, "long/%") == long
        assert read_text(section, "Original X") == "7"
        assert read_text(info["Original Image"], "Name") == "other"


def test_voxels_of_unknown_size_are_assumed_and_said(tmp_path: Path) -> None:
    pixels = pixels_of("uint8", (1, 1, 1, 4, 8))
    result = written(
        tmp_path / "a.ims", pixels, "uint8", voxel_um=(0.0001, None, float("nan")),
        origin_um=(-5.0, 0.0, 2.0),
    )  # fmt: skip
    with h5py.File(tmp_path / "a.ims") as file:
        image = file["DataSetInfo/Image"]
        ends = [
            [float(read_text(image, f"Ext{end}{axis}") or "nan") for axis in range(3)]
            for end in ("Min", "Max")
        ]
    assert ends == [[-5, 0, 2], [pytest.approx(-4.9992), 0.0004, pytest.approx(2.0001)]]
    assert "The size of a voxel in y and z is unknown; 0.0001 µm is assumed." in result.notes


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678_900)
ZONE = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("more", "expected", "note"),
    [
        (
            {"times": [MOMENT, MOMENT, MOMENT - datetime.timedelta(days=1)]},
            ["2026-01-02 03:04:05.678", "2026-01-02 03:04:05.679", "2026-01-02 03:04:05.680"],
            "do not increase",
        ),
        (
            {"times": [MOMENT.replace(tzinfo=ZONE) + datetime.timedelta(days=n) for n in range(3)]},
            ["2026-01-02 01:04:05.678", "2026-01-03 01:04:05.678", "2026-01-04 01:04:05.678"],
            None,
        ),
        (
            {"acquired": MOMENT, "seconds_between": 0.25},
            ["2026-01-02 03:04:05.678", "2026-01-02 03:04:05.928", "2026-01-02 03:04:06.178"],
            None,
        ),
        (
            {},
            ["1970-01-01 00:00:00.000", "1970-01-01 00:00:01.000", "1970-01-01 00:00:02.000"],
            "one second each is assumed",
        ),
        (
            {"acquired": datetime.datetime.max, "seconds_between": 1e12},
            ["1970-01-01 00:00:00.000", "1970-01-01 00:00:01.000", "1970-01-01 00:00:02.000"],
            "cannot be written as dates",
        ),
    ],
)
def test_times_increase(
    tmp_path: Path, more: dict[str, Any], expected: list[str], note: str | None
) -> None:
    result = written(tmp_path / "a.ims", pixels_of("uint8", (3, 1, 1, 4, 4)), "uint8", **more)
    assert verify(tmp_path / "a.ims") == []
    with h5py.File(tmp_path / "a.ims") as file:
        times = file["DataSetInfo/TimeInfo"]
        assert [read_text(times, f"TimePoint{number}") for number in (1, 2, 3)] == expected
        counts = [
            read_text(times, name)
            for name in ("DataSetTimePoints", "DatasetTimePoints", "FileTimePoints")
        ]
        assert counts == ["3", "3", "3"]
    told = [each for each in result.notes if "time" in each.lower() or "date" in each]
    assert bool(told) == (note is not None)
    assert note is None or any(note in each for each in told)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"channels": [Channel("only one")]}, "has 2 channels, and 1 are described"),
        ({"times": [MOMENT]}, "has 3 time points, and 1 times"),
        ({"pixel_type": "int64"}, "no pixel type"),
        ({"pixel_type": ""}, "no pixel type"),
    ],
)
def test_descriptions_that_do_not_fit(more: dict[str, Any], message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        described(np.zeros((3, 2, 1, 1, 1)), more.pop("pixel_type", "uint8"), **more)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Channel("a", (0, 0, 255)),
        lambda: Channel("a", (0, 0)),  # type: ignore[arg-type]
        lambda: Channel("a", range=(0, float("nan"))),
        lambda: described(np.zeros((1, 1, 1, 1, 0)), "uint8"),
    ],
)
def test_values_out_of_range(make: Callable[[], object]) -> None:
    with pytest.raises(Unsupported):
        make()


def test_progress_counts_planes_in_parts(tmp_path: Path) -> None:
    from omero_ims import write

    pixels, seen = pixels_of("uint8", (1, 2, 3, 600, 700)), []
    write(
        tmp_path / "a.ims", described(pixels, "uint8"), reader_of(pixels),
        progress=lambda done, total: seen.append((done, total)), max_memory=SMALL,
    )  # fmt: skip
    assert seen[-1] == (6, 6)
    assert seen == sorted(set(seen))
