"""`verify`: whether Imaris and Bio-Formats can read a file, and what keeps them from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from h5py import h5a, h5o, h5t

from omero_ims.attributes import read_text
from omero_ims.errors import Problem
from omero_ims.verify_info import info_problems
from omero_ims.verify_pixels import Shape, pixel_problems, shape_of

BIO_FORMATS: Final = "Bio-Formats"
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
# The latest version of HDF5's superblock that Bio-Formats' reader knows.
_SUPERBLOCK: Final = 2
_READ_WHOLE: Final = 256 * 2**20
_ROOT: Final = {
    "ImarisDataSet": "ImarisDataSet", "DataSetInfoDirectoryName": "DataSetInfo",
    "ThumbnailDirectoryName": "Thumbnail", "DataSetDirectoryName": "DataSet",
}  # fmt: skip


def verify(path: str | os.PathLike[str], *, read_all: bool | None = None) -> list[Problem]:
    """Check a file against the published description and what readers need beyond it.

    Args:
        path: The file.
        read_all: Whether every chunk of pixels is read, or the first and the last of each channel
            alone. A compressed chunk has a checksum, so that damage in it is seen. When it is not
            given, files up to 256 MiB are read whole, which takes a second or two.

    Returns:
        What is wrong; nothing if Imaris and Bio-Formats can read it.
    """
    try:
        with Path(path).open("rb") as opened:
            begin = opened.read(len(_SIGNATURE) + 1)
            if read_all is None:
                read_all = os.fstat(opened.fileno()).st_size <= _READ_WHOLE
    except OSError as error:
        return [Problem(str(path), f"cannot be opened: {error.strerror or error}")]
    if begin[:-1] != _SIGNATURE:
        return [Problem(str(path), "is no HDF5 file")]
    try:
        with h5py.File(path, "r", locking="best-effort") as file:
            return list(_problems(file, begin[-1], read_all=read_all))
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        return [Problem(str(path), f"cannot be read by HDF5, it may be incomplete: {error}")]


def _problems(file: Any, superblock: int, *, read_all: bool) -> Iterator[Problem]:
    if superblock > _SUPERBLOCK:
        yield Problem(
            "/", f"the superblock of HDF5 has version {superblock}; 0 is needed "
            "(h5py: libver='earliest')", BIO_FORMATS,
        )  # fmt: skip
    yield from _root_problems(file)
    yield from _object_problems(file)
    shape = shape_of(file)
    if isinstance(shape, Shape):
        yield from pixel_problems(file, shape, read_all=read_all)
        yield from info_problems(file, shape)
        yield from _thumbnail_problems(file)
    else:
        yield shape


def _root_problems(file: Any) -> Iterator[Problem]:
    for name, value in _ROOT.items():
        if (found := read_text(file, name)) != value:
            yield Problem(f"/@{name}", f"is {found!r}; {value!r} is needed")
    version = read_text(file, "ImarisVersion")
    if version is None or not version.startswith("5.5"):
        yield Problem("/@ImarisVersion", f"is {version!r}; '5.5.0' is needed")
    count = file.attrs.get("NumberOfDataSets")
    if count is None or np.asarray(count).dtype != np.uint32 or np.asarray(count).tolist() != [1]:
        yield Problem("/@NumberOfDataSets", f"is {count!r}; an array of one uint32, 1, is needed")


def _object_problems(file: Any) -> Iterator[Problem]:
    """Links and attributes of every object."""
    waiting, seen = [file], set[int]()
    while waiting:
        each = waiting.pop()
        # A group may be linked from inside itself.
        if (address := h5o.get_info(each.id).addr) in seen:
            continue
        seen.add(address)
        yield from _attribute_problems(each)
        if not isinstance(each, h5py.Group):
            continue
        for name in each:
            place = f"{each.name.rstrip('/')}/{name}"
            if not isinstance(each.get(name, getlink=True), h5py.HardLink):
                yield Problem(
                    place, "is a soft or external link; a hard one is needed", BIO_FORMATS
                )
            else:
                waiting.append(each[name])


def _attribute_problems(each: Any) -> Iterator[Problem]:
    for name in each.attrs:
        kind = h5a.open(each.id, name.encode()).get_type()
        if kind.get_class() != h5t.STRING:
            continue
        place = f"{each.name}@{name}"
        if kind.is_variable_str() or kind.get_size() != 1:
            yield Problem(place, "is one string; an array of one-character strings is needed")
        elif kind.get_strpad() != h5t.STR_NULLTERM:
            yield Problem(place, "its characters are padded; null-terminated ones are needed")


def _thumbnail_problems(file: Any) -> Iterator[Problem]:
    if "Thumbnail" not in file:
        return
    data = file.get("Thumbnail/Data")
    if data is None or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] % 4:
        yield Problem("/Thumbnail/Data", "is no array of uint8, rows x 4 times columns")
