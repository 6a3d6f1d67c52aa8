"""`ims-write`: arrays of NumPy and TIFF files become Imaris files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile

from ims_samples import pixels_of
from omero_ims import verify
from omero_ims.attributes import read_text
from omero_ims.write_command import main

U2 = pixels_of("uint16", (2, 3, 4, 20, 30))
GRAY = {"photometric": "minisblack"}


def read_back(path: Path) -> np.ndarray[Any, Any]:
    """All pixels: t, c, z, y, x."""
    with h5py.File(path) as file:
        level = file["DataSet/ResolutionLevel 0"]
        times = [
            [
                _volume(level[f"TimePoint {t}"][f"Channel {c}"])
                for c in range(len(level["TimePoint 0"]))
            ]
            for t in range(len(level))
        ]
    return np.array(times)


def _volume(group: Any) -> np.ndarray[Any, Any]:
    z, y, x = (int(read_text(group, f"ImageSize{axis}") or 0) for axis in "ZYX")
    return np.array(group["Data"][:z, :y, :x])


def text(path: Path, group: str, name: str) -> str | None:
    with h5py.File(path) as file:
        return read_text(file[f"DataSetInfo/{group}"], name)


@pytest.mark.parametrize(
    ("array", "axes", "expected"),
    [
        (U2, None, U2),
        (U2[0], None, U2[:1]),
        (U2[0, 0], None, U2[:1, :1]),
        (U2[0, 0, 0], None, U2[:1, :1, :1]),
        (U2[:, 0, 0], "TYX", U2[:, :1, :1]),
        (U2.transpose(4, 3, 2, 1, 0), "xyzct", U2),
        (np.moveaxis(U2[0, :, 0], 0, 2), "YXC", U2[:1, :, :1]),
        (U2.astype(">u2"), None, U2),
        ((U2 / 7).astype("f2"), None, (U2 / 7).astype("f2").astype("f4")),
        (U2 > 9999, None, (U2 > 9999).astype("u1")),
    ],
)
def test_arrays(tmp_path: Path, array: Any, axes: str | None, expected: Any) -> None:
    np.save(tmp_path / "a.npy", array)
    more = ["--axes", axes] if axes else []
    assert main([str(tmp_path / "a.npy"), str(tmp_path / "a.ims"), "--quiet", *more]) == 0
    np.testing.assert_array_equal(read_back(tmp_path / "a.ims"), expected)
    assert verify(tmp_path / "a.ims") == []


@pytest.mark.parametrize(
    "how",
    [
        {"ome": True, **GRAY},
        {"ome": True, "compression": "zlib", **GRAY},
        {"ome": True, "compression": "zlib", "tile": (16, 16), **GRAY},
    ],
    ids=["plain", "compressed", "tiles"],
)
def test_ome_tiff(tmp_path: Path, how: dict[str, Any]) -> None:
    metadata = {
        "axes": "TCZYX", "PhysicalSizeX": 250.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.5,
        "PhysicalSizeZ": 2.0, "Channel": {"Name": ["DAPI", "a/b %", "β"]},
    }  # fmt: skip
    tifffile.imwrite(tmp_path / "a.tif", U2, metadata=metadata, **how)
    assert main([str(tmp_path / "a.tif"), str(tmp_path / "a.ims"), "--quiet"]) == 0
    np.testing.assert_array_equal(read_back(tmp_path / "a.ims"), U2)
    names = [text(tmp_path / "a.ims", f"Channel {number}", "Name") for number in range(3)]
    assert names == ["DAPI", "a/b %", "β"]
    ends = [text(tmp_path / "a.ims", "Image", f"ExtMax{axis}") for axis in range(3)]
    assert ends == ["7.500000000", "10.000000000", "8.000000000"]


def test_imagej_tiff(tmp_path: Path) -> None:
    stack = U2.transpose(0, 2, 1, 3, 4)
    tifffile.imwrite(
        tmp_path / "a.tif", stack, imagej=True, resolution=(4, 2),
        metadata={"axes": "TZCYX", "spacing": 2.0, "unit": "um"},
    )  # fmt: skip
    assert main([str(tmp_path / "a.tif"), str(tmp_path / "a.ims"), "--quiet"]) == 0
    np.testing.assert_array_equal(read_back(tmp_path / "a.ims"), U2)
    ends = [text(tmp_path / "a.ims", "Image", f"ExtMax{axis}") for axis in range(3)]
    assert ends == ["7.500000000", "10.000000000", "8.000000000"]


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_color_tiff(tmp_path: Path, planar: str, compression: str | None) -> None:
    color = pixels_of("uint8", (3, 20, 30))
    stored = color if planar == "separate" else np.moveaxis(color, 0, 2)
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, compression=compression
    )
    assert main([str(tmp_path / "a.tif"), str(tmp_path / "a.ims"), "--quiet"]) == 0
    np.testing.assert_array_equal(read_back(tmp_path / "a.ims")[0, :, 0], color)
    colors = [text(tmp_path / "a.ims", f"Channel {number}", "Color") for number in range(3)]
    assert colors == ["1.000 0.000 0.000", "0.000 1.000 0.000", "0.000 0.000 1.000"]


def test_the_image_that_is_asked_for(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif", ome=True) as file:
        file.write(U2[0, 0], metadata={"axes": "ZYX", "PhysicalSizeX": 1.0}, **GRAY)
        file.write(U2[1, 1, :, :7], metadata={"axes": "ZYX", "PhysicalSizeX": 3.0}, **GRAY)
    arguments = [str(tmp_path / "a.tif"), str(tmp_path / "a.ims"), "--quiet", "--series", "1"]
    assert main(arguments) == 0
    np.testing.assert_array_equal(read_back(tmp_path / "a.ims")[0, 0], U2[1, 1, :, :7])
    assert text(tmp_path / "a.ims", "Image", "ExtMax0") == "90.000000000"


def test_everything_that_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "a.npy", U2[:, :2].astype("i2"))
    arguments = [
        str(tmp_path / "a.npy"), str(tmp_path / "a.ims"), "--name", "x/y", "--voxel", "100", "200",
        "300", "--unit", "NANOMETER", "--channel", "DAPI:#0080ff", "--channel", "a:b",
        "--start", "2026-01-02T03:04:05", "--interval", "0.5", "--memory", "64",
    ]  # fmt: skip
    assert main(arguments) == 0
    path, said = tmp_path / "a.ims", capsys.readouterr()
    assert said.out == f"{path}: {path.stat().st_size} bytes, 1 levels\n"
    assert "16 of 16 planes" in said.err
    assert "int16 is stored as float32" in said.err
    assert text(path, "Image", "Name") == "x/y"
    assert text(path, "Image", "ExtMax2") == "1.200000000"
    assert text(path, "Channel 0", "Color") == "0.000 0.502 1.000"
    assert text(path, "Channel 1", "Name") == "a:b"
    assert text(path, "TimeInfo", "TimePoint2") == "2026-01-02 03:04:05.500"


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("none.npy", None, [], "there is no file"),
        ("a.czi", b"x", [], "is neither .npy nor .tif nor .tiff"),
        ("a.npy", b"x", [], "is no array that can be read"),
        ("a.tif", b"II*", [], "is no TIFF file that can be read"),
        ("a.npy", U2.astype("i8"), [], "pixels of type int64 are unsupported"),
        ("a.npy", U2.astype("c8"), [], "Imaris has no complex numbers"),
        ("a.npy", U2, ["--axes", "ZYX"], "has 5 dimensions"),
        ("a.npy", U2, ["--axes", "TCZYY"], "each letter once"),
        ("a.npy", U2, ["--axes", "TCZYQ"], "such as --axes TCZYX"),
        ("a.npy", U2[0, 0, 0, 0], [], "has 1 dimensions"),
        ("a.npy", U2[:, :, :, :0], [], "size_y of 'a' is 0"),
        ("a.npy", U2, ["--channel", "one"], "has 3 channels, and --channel is given 1 times"),
        ("a.npy", U2, ["--voxel", "1", "1", "1", "--unit", "furlong"], "'furlong'"),
    ],
)
def test_errors_are_one_sentence_and_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: Any, more: list[str],
    message: str,
) -> None:  # fmt: skip
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        np.save(tmp_path / name, content)
    assert main([str(tmp_path / name), str(tmp_path / "out.ims"), "--quiet", *more]) == 1
    error = capsys.readouterr().err
    assert error.startswith("ims-write: ")
    assert error.count("\n") == 1
    assert message in error
    assert not (tmp_path / "out.ims").exists()


def test_stopped_by_ctrl_c(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    np.save(tmp_path / "a.npy", U2)
    monkeypatch.setattr("omero_ims.write_command.write", stopped)
    assert main([str(tmp_path / "a.npy"), str(tmp_path / "a.ims")]) == 130
    assert "there is no new file" in capsys.readouterr().err
