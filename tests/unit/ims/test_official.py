"""The structure of our files beside the official minimal file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5t

from ims_samples import pixels_of, written
from omero_ims import verify
from omero_ims.attributes import read_text

OFFICIAL = Path(__file__).parents[2] / "data" / "ims" / "minimal-official.ims"
# What the official file does not have: it is the least that Imaris reads.
BEYOND_IT = {
    "/DataSetInfo/Channel 0", "/DataSetInfo/Export", "/DataSetInfo/ImarisDataSet",
    "/DataSetInfo/Log", "/DataSetInfo/TimeInfo", "/Thumbnail", "/Thumbnail/Data",
}  # fmt: skip


def structure(path: Path) -> dict[str, str]:
    """Each object and attribute of a file → what HDF5 says of its type."""
    found: dict[str, str] = {}

    def look(each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            found[each.name] = f"{each.dtype} {each.compression} {each.compression_opts}"
        elif each.name != "/":
            found[each.name] = "group"
        for name in each.attrs:
            attribute = h5a.open(each.id, name.encode())
            kind = attribute.get_type()
            rank = len(attribute.shape)
            text = kind.get_class() == h5t.STRING
            how = (kind.get_size(), kind.get_strpad(), kind.get_cset()) if text else kind.dtype
            found[f"{each.name}@{name}"] = f"{rank} {how}"

    with h5py.File(path) as file:
        look(file)
        file.visititems(lambda _, each: look(each))
    return found


def test_all_of_the_official_file_is_in_ours_with_the_same_types(tmp_path: Path) -> None:
    pixels = pixels_of("uint16", (1, 1, 1, 128, 128))
    written(tmp_path / "a.ims", pixels, "uint16")
    official, ours = structure(OFFICIAL), structure(tmp_path / "a.ims")
    assert {place: ours.get(place) for place in official} == official
    more = {place for place in ours if place not in official and "@" not in place}
    assert more == BEYOND_IT
    with h5py.File(OFFICIAL) as theirs, h5py.File(tmp_path / "a.ims") as file:
        data = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0/Data"
        assert file[data].chunks == theirs[data].chunks
        assert file[data].shape == theirs[data].shape


def test_the_official_file_is_right_for_imaris_and_not_for_bio_formats() -> None:
    assert {(problem.reader, problem.where) for problem in verify(OFFICIAL)} == {
        ("Bio-Formats", where)
        for where in (
            "/", "/DataSetInfo/Image@X", "/DataSetInfo/Image@Y", "/DataSetInfo/Image@Z",
            "/DataSetInfo/Channel 0", "/DataSetInfo/TimeInfo",
        )
    }  # fmt: skip


def test_histogram_of_the_official_file_is_ours(tmp_path: Path) -> None:
    place = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
    with h5py.File(OFFICIAL) as theirs:
        pixels = theirs[f"{place}/Data"][...][np.newaxis, np.newaxis]
        written(tmp_path / "a.ims", pixels, "uint16")
        with h5py.File(tmp_path / "a.ims") as file:
            ours, theirs = file[place], theirs[place]
            for name in ("HistogramMin", "HistogramMax", "ImageSizeX"):
                assert read_text(ours, name) == read_text(theirs, name)
            # Theirs has 257 bins, one for each of 256 values and one more; the published
            # description wants 1024.
            long, wanted = ours["Histogram1024"][...], theirs["Histogram1024"][...]
            np.testing.assert_array_equal(long[:257], wanted)
            assert (len(long), long[257:].sum()) == (1024, 0)
            np.testing.assert_array_equal(ours["Histogram"], wanted[:256])
            # Their 256 bins are made of those 257, so values above 0 are counted one bin below.
            np.testing.assert_array_equal(theirs["Histogram"], wanted[1:])
