"""`verify` names each thing that is wrong, and where."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ims_samples import pixels_of, written
from omero_ims import Channel, verify
from omero_ims.attributes import write_text
from omero_ims.verify_command import main

FIRST = "/DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
IMAGE, TIMES = "/DataSetInfo/Image", "/DataSetInfo/TimeInfo"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two levels, two time points, two channels."""
    path = tmp_path_factory.mktemp("good") / "a.ims"
    channels = [Channel("a", emission_nm=500), Channel("b")]
    pixels = pixels_of("uint16", (2, 2, 1, 2048, 2049)) % 4
    written(path, pixels, "uint16", channels=channels)
    assert verify(path) == []
    return path


def text(place: str, name: str, value: str) -> Change:
    """Another value of an attribute."""

    def change(file: Any) -> None:
        del file[place].attrs[name]
        write_text(file[place], name, value)

    return change


def padded(place: str, name: str) -> Change:
    """An attribute as h5py writes an array of characters."""

    def change(file: Any) -> None:
        value = np.array(file[place].attrs[name])
        file[place].attrs[name] = value

    return change


def gone(place: str, name: str = "") -> Change:
    """Without a group or an attribute."""

    def change(file: Any) -> None:
        if name:
            del file[place].attrs[name]
        else:
            del file[place]

    return change


def instead(place: str, **how: Any) -> Change:
    """Another dataset at a place."""

    def change(file: Any) -> None:
        del file[place]
        file.create_dataset(place, **how)

    return change


def linked(file: Any) -> None:
    del file["DataSet/ResolutionLevel 0/TimePoint 1"]
    file["DataSet/ResolutionLevel 0/TimePoint 1"] = h5py.SoftLink(
        "/DataSet/ResolutionLevel 0/TimePoint 0"
    )


def sized(file: Any) -> None:
    file.attrs["NumberOfDataSets"] = 1


DEFECTS: dict[str, tuple[Change, str, str]] = {
    "padded root": (padded("/", "ImarisVersion"), "/@ImarisVersion", "null-terminated"),
    "padded channel": (padded(FIRST, "HistogramMin"), f"{FIRST}@HistogramMin", "null-terminated"),
    "one string": (
        lambda file: file["DataSetInfo/Image"].attrs.__setitem__("Name", np.bytes_("cells")),
        f"{IMAGE}@Name",
        "array of one-character strings",
    ),
    "python string": (
        lambda file: file["DataSetInfo/Image"].attrs.__setitem__("Name", "cells"),
        f"{IMAGE}@Name",
        "array of one-character strings",
    ),
    "no root attribute": (gone("/", "ImarisDataSet"), "/@ImarisDataSet", "is None"),
    "other directory": (
        text("/", "DataSetDirectoryName", "Data"),
        "/@DataSetDirectoryName",
        "'DataSet' is needed",
    ),
    "other version": (text("/", "ImarisVersion", "3.0"), "/@ImarisVersion", "'5.5.0'"),
    "no count": (gone("/", "NumberOfDataSets"), "/@NumberOfDataSets", "one uint32"),
    "count of another type": (sized, "/@NumberOfDataSets", "one uint32"),
    "no pixels": (gone(f"{FIRST}/Data"), f"{FIRST}/Data", "no pixels"),
    "no data set": (gone("DataSet"), f"{FIRST}/Data", "no pixels"),
    "no size": (gone(FIRST, "ImageSizeX"), FIRST, "as whole numbers"),
    "size of zero": (text(FIRST, "ImageSizeX", "0"), FIRST, "as whole numbers"),
    "other size": (
        text("/DataSet/ResolutionLevel 1/TimePoint 1/Channel 0", "ImageSizeX", "1025"),
        "/DataSet/ResolutionLevel 1/TimePoint 1/Channel 0",
        "(1, 1024, 1024) are needed",
    ),
    "last level": (gone("/DataSet/ResolutionLevel 1"), "/DataSet/ResolutionLevel 1", "is missing"),
    "level with a gap": (
        lambda file: file.move("DataSet/ResolutionLevel 1", "DataSet/ResolutionLevel 2"),
        "/DataSet/ResolutionLevel 2",
        "is not one of ResolutionLevel 0 to 0",
    ),
    "time point": (
        gone("/DataSet/ResolutionLevel 1/TimePoint 1"),
        "/DataSet/ResolutionLevel 1/TimePoint 1",
        "is missing",
    ),
    "channel": (
        gone("/DataSet/ResolutionLevel 1/TimePoint 1/Channel 1"),
        "/DataSet/ResolutionLevel 1/TimePoint 1/Channel 1/Data",
        "is missing",
    ),
    "soft link": (linked, "/DataSet/ResolutionLevel 0/TimePoint 1", "soft or external link"),
    "signed pixels": (
        instead(f"{FIRST}/Data", data=np.ones((1, 2048, 2049), "i2"), chunks=(1, 512, 2049)),
        f"{FIRST}/Data",
        "has type int16",
    ),
    "doubles": (
        instead(f"{FIRST}/Data", data=np.ones((1, 2048, 2049)), chunks=(1, 512, 2049)),
        f"{FIRST}/Data",
        "has type float64",
    ),
    "no chunks": (
        instead(f"{FIRST}/Data", data=np.ones((1, 2048, 2049), "u2")),
        f"{FIRST}/Data",
        "has no chunks",
    ),
    "too small": (
        instead(f"{FIRST}/Data", data=np.ones((1, 2048, 2048), "u2"), chunks=(1, 512, 512)),
        f"{FIRST}/Data",
        "too small",
    ),
    "two dimensions": (
        instead(f"{FIRST}/Data", data=np.ones((2048, 2049), "u2")),
        f"{FIRST}/Data",
        "too small",
    ),
    "not padded": (
        instead(f"{FIRST}/Data", data=np.ones((1, 2048, 2049), "u2"), chunks=(1, 512, 512)),
        f"{FIRST}/Data",
        "no multiple of its chunk",
    ),
    "chunks missing": (
        instead(f"{FIRST}/Data", shape=(1, 2048, 3072), dtype="u2", chunks=(1, 512, 1024)),
        f"{FIRST}/Data",
        "12 of 12 chunks are missing",
    ),
    "lzf": (
        instead(
            f"{FIRST}/Data",
            data=np.ones((1, 2048, 3072), "u2"),
            chunks=(1, 512, 1024),
            compression="lzf",
        ),
        f"{FIRST}/Data",
        "gzip alone",
    ),
    "no histogram": (gone(f"{FIRST}/Histogram"), f"{FIRST}/Histogram", "uint64 is needed"),
    "no histogram 1024": (
        gone(f"{FIRST}/Histogram1024"),
        f"{FIRST}/Histogram1024",
        "uint64 is needed",
    ),
    "histogram of floats": (
        instead(f"{FIRST}/Histogram", data=np.ones(256)),
        f"{FIRST}/Histogram",
        "uint64 is needed",
    ),
    "few bins": (
        instead(f"{FIRST}/Histogram", data=np.ones(100, "u8")),
        f"{FIRST}/Histogram",
        "100 bins",
    ),
    "empty histogram": (
        instead(f"{FIRST}/Histogram", data=np.zeros(256, "u8")),
        f"{FIRST}/Histogram",
        "counts 0 voxels",
    ),
    "too many counted": (
        instead(f"{FIRST}/Histogram", data=np.full(256, 2**30, "u8")),
        f"{FIRST}/Histogram",
        "voxels of 4196352",
    ),
    "no range": (gone(FIRST, "HistogramMax"), f"{FIRST}/Histogram", "two increasing numbers"),
    "empty range": (
        text(FIRST, "HistogramMax1024", "0.000"),
        f"{FIRST}/Histogram1024",
        "two increasing numbers",
    ),
    "range nan": (
        text(FIRST, "HistogramMin", "nan"),
        f"{FIRST}/Histogram",
        "two increasing numbers",
    ),
    "no info": (gone("DataSetInfo"), IMAGE, "is missing"),
    "no extent": (gone(IMAGE, "ExtMin1"), IMAGE, "ExtMin1"),
    "flat plane": (text(IMAGE, "ExtMax2", "0.000"), IMAGE, "border to border"),
    "other width": (text(IMAGE, "X", "1024"), f"{IMAGE}@X", "2049 is needed"),
    "unit": (text(IMAGE, "Unit", "pixel"), f"{IMAGE}@Unit", "is needed"),
    "no channel": (gone("DataSetInfo/Channel 1"), "/DataSetInfo/Channel 1", "is missing"),
    "four colors": (
        text("/DataSetInfo/Channel 0", "Color", "1 1 1 1"),
        "/DataSetInfo/Channel 0@Color",
        "three numbers",
    ),
    "large color": (
        text("/DataSetInfo/Channel 0", "Color", "255 0 0"),
        "/DataSetInfo/Channel 0@Color",
        "three numbers",
    ),
    "color of words": (
        text("/DataSetInfo/Channel 0", "Color", "red"),
        "/DataSetInfo/Channel 0@Color",
        "three numbers",
    ),
    "color range": (
        text("/DataSetInfo/Channel 0", "ColorRange", "low high"),
        "/DataSetInfo/Channel 0@ColorRange",
        "two numbers",
    ),
    "wavelength": (
        text("/DataSetInfo/Channel 0", "LSMEmissionWavelength", "500.5"),
        "/DataSetInfo/Channel 0@LSMEmissionWavelength",
        "whole number",
    ),
    "no times": (gone(TIMES), TIMES, "is missing"),
    "other count": (text(TIMES, "FileTimePoints", "3"), f"{TIMES}@FileTimePoints", "2 is needed"),
    "count of words": (
        text(TIMES, "FileTimePoints", "2.0"),
        f"{TIMES}@FileTimePoints",
        "2 is needed",
    ),
    "no time": (gone(TIMES, "TimePoint2"), f"{TIMES}@TimePoint2", "YYYY-MM-DD"),
    "date alone": (text(TIMES, "TimePoint2", "2026-01-01"), f"{TIMES}@TimePoint2", "YYYY-MM-DD"),
    "not later": (
        text(TIMES, "TimePoint2", "1970-01-01 00:00:00.000"),
        f"{TIMES}@TimePoint2",
        "does not come after",
    ),
    "another channel": (
        lambda file: file.create_group("DataSetInfo/Channel 9"),
        "/DataSetInfo/Channel 9",
        "is taken for another channel",
    ),
    "name of a size": (
        lambda file: write_text(file["DataSetInfo/Log"], "X", "7"),
        "/DataSetInfo/Log@X",
        "is taken for a property",
    ),
    "thumbnail": (
        instead("/Thumbnail/Data", data=np.ones((5, 7), "u1")),
        "/Thumbnail/Data",
        "rows x 4",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_named(good: Path, tmp_path: Path, name: str) -> None:
    change, where, what = DEFECTS[name]
    path = tmp_path / "a.ims"
    shutil.copyfile(good, path)
    with h5py.File(path, "r+") as file:
        change(file)
    # None of these is in the pixels, and to read them all takes ten times as long.
    found = verify(path, read_all=False)
    assert [each for each in found if each.where == where and what in each.what], found


def test_a_damaged_chunk_in_the_middle(good: Path, tmp_path: Path) -> None:
    path, name = tmp_path / "a.ims", f"{FIRST}/Data"
    shutil.copyfile(good, path)
    with h5py.File(path) as file:
        chunk = file[name].id.get_chunk_info(1)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset + chunk.size // 2)
        raw.write(b"\0\xff" * 8)
    (found,) = verify(path)
    where = ", ".join(map(str, chunk.chunk_offset))
    assert str(found) == f"{name}: 1 chunk is damaged, the first at z, y, x = {where} [Imaris]"
    assert verify(path, read_all=False) == []
    assert (main([str(path)]), main(["--no-all-chunks", str(path)])) == (1, 0)
    assert main(["--all-chunks", str(path)]) == 1


def test_later_format_of_hdf5(good: Path, tmp_path: Path) -> None:
    with h5py.File(good) as source, h5py.File(tmp_path / "a.ims", "w", libver="v110") as target:
        for name in source:
            source.copy(name, target)
    assert any("superblock" in each.what for each in verify(tmp_path / "a.ims"))


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "no HDF5"), (b"\x89HDF\r\n\x1a\n", "no HDF5"), (b"II*\0" * 99, "no HDF5"),
     (b"\x89HDF\r\n\x1a\n" + bytes(900), "cannot be read")],
)  # fmt: skip
def test_files_that_are_something_else(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.ims").write_bytes(content)
    (problem,) = verify(tmp_path / "a.ims")
    assert what in problem.what


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert "cannot be opened" in verify(tmp_path / "none.ims")[0].what
    assert "cannot be opened" in verify(tmp_path)[0].what


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage") / "a.ims"
    written(path, pixels_of("uint8", (1, 2, 2, 20, 20)), "uint8")
    return path


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_files_never_stop_it(small: Path, data: Any) -> None:
    folder, content = small.parent, bytearray(small.read_bytes())
    length = data.draw(st.integers(0, len(content) - 1))
    (folder / "cut.ims").write_bytes(content[:length])
    assert verify(folder / "cut.ims") != []
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    (folder / "changed.ims").write_bytes(content)
    assert isinstance(verify(folder / "changed.ims"), list)


def test_command(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(good)]) == 0
    assert capsys.readouterr().out == f"{good}: ok\n"
    assert main([str(good), str(tmp_path / "none.ims")]) == 1
    assert "1 problem\n" in capsys.readouterr().out


@pytest.mark.timeout(20)
def test_a_group_that_is_linked_from_inside_itself(good: Path, tmp_path: Path) -> None:
    """Whoever makes such a file does not keep the check busy for ever."""
    path = shutil.copy(good, tmp_path / "a.ims")
    with h5py.File(path, "r+") as file:
        file["DataSetInfo/Log/again"] = file["DataSetInfo"]
    assert verify(path) == []
