"""The group DataSet: levels, time points, channels, pixels and histograms."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import h5py
import numpy as np

from omero_ims.attributes import read_text
from omero_ims.errors import Problem
from omero_ims.pyramid import ENOUGH, Size, next_factor

FIRST: Final = "/DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
_DTYPES: Final = frozenset({"uint8", "uint16", "uint32", "float32"})
_FILTERS: Final = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE})


@dataclass(frozen=True)
class Shape:
    """What the full resolution says of the whole image.

    Attributes:
        size: Planes, rows, columns.
        levels: Number of resolution levels.
        times: Number of time points.
        channels: Number of channels.
        dtype: Of the pixels.
    """

    size: Size
    levels: int
    times: int
    channels: int
    dtype: np.dtype[Any]


def shape_of(file: Any) -> Shape | Problem:
    """The image's shape, or what keeps it from being known."""
    data = file.get(f"{FIRST}/Data")
    if not isinstance(data, h5py.Dataset):
        return Problem(f"{FIRST}/Data", "is missing: there are no pixels")
    size = _size(file[FIRST])
    if size is None:
        return Problem(FIRST, "ImageSizeX, ImageSizeY and ImageSizeZ are needed as whole numbers")
    levels = file["DataSet"]
    first = levels["ResolutionLevel 0"]
    return Shape(
        size, _count(levels, "ResolutionLevel"), _count(first, "TimePoint"),
        _count(first["TimePoint 0"], "Channel"), data.dtype,
    )  # fmt: skip


def _count(group: Any, name: str) -> int:
    """How many groups are there, numbered from 0 without a gap."""
    number = 0
    while f"{name} {number}" in group:
        number += 1
    return number


def _size(group: Any) -> Size | None:
    texts = [read_text(group, f"ImageSize{axis}") or "" for axis in "ZYX"]
    if not all(text.isdecimal() and int(text) > 0 for text in texts):
        return None
    z, y, x = map(int, texts)
    return z, y, x


def pixel_problems(file: Any, shape: Shape, *, read_all: bool) -> Iterator[Problem]:
    """What is wrong in the group DataSet.

    Args:
        file: The open file.
        shape: Of the image.
        read_all: Whether every chunk is read.
    """
    yield from _surplus(file["DataSet"], "ResolutionLevel", shape.levels)
    size = shape.size
    for level in range(shape.levels):
        group = file[f"DataSet/ResolutionLevel {level}"]
        yield from _surplus(group, "TimePoint", shape.times)
        for t in range(shape.times):
            place = f"{group.name}/TimePoint {t}"
            if place not in file:
                yield Problem(place, "is missing")
                continue
            yield from _surplus(file[place], "Channel", shape.channels)
            for c in range(shape.channels):
                channel = f"{place}/Channel {c}"
                problems = list(_channel_problems(file, channel, size, shape))
                yield from problems
                if not problems:
                    yield from _damage(file[f"{channel}/Data"], size, read_all=read_all)
        if level + 1 < shape.levels:
            size = _next(size)
    if math.prod(size) >= ENOUGH and _next(size) != size:
        yield Problem(
            f"/DataSet/ResolutionLevel {shape.levels}",
            f"is missing: the last level has {math.prod(size)} voxels, and less than {ENOUGH} are "
            "needed",
        )


def _next(size: Size) -> Size:
    z, y, x = (length // part for length, part in zip(size, next_factor(size), strict=True))
    return z, y, x


def _surplus(group: Any, name: str, count: int) -> Iterator[Problem]:
    """Groups that no reader finds, because one before them is missing."""
    expected = {f"{name} {number}" for number in range(count)}
    for found in group:
        if found.startswith(name) and found not in expected:
            yield Problem(f"{group.name}/{found}", f"is not one of {name} 0 to {count - 1}")


def _channel_problems(file: Any, place: str, size: Size, shape: Shape) -> Iterator[Problem]:
    group = file.get(place)
    if not isinstance(group, h5py.Group) or not isinstance(group.get("Data"), h5py.Dataset):
        yield Problem(f"{place}/Data", "is missing")
        return
    if (found := _size(group)) != size:
        yield Problem(
            place, f"ImageSizeZ, ImageSizeY and ImageSizeX are {found}; {size} are needed here"
        )
        return
    yield from _data_problems(group["Data"], size, shape)
    yield from _histogram_problems(group, "", size, {256})
    if shape.dtype == np.uint16 or "Histogram1024" in group:
        yield from _histogram_problems(group, "1024", size, range(256, 1025))


def _data_problems(data: Any, size: Size, shape: Shape) -> Iterator[Problem]:
    if data.dtype.name not in _DTYPES or data.dtype != shape.dtype:
        yield Problem(data.name, f"has type {data.dtype}; one of {sorted(_DTYPES)} is needed")
    if data.ndim != 3 or any(a < b for a, b in zip(data.shape, size, strict=True)):
        yield Problem(data.name, f"has the shape {data.shape}, too small for {size}")
        return
    if data.chunks is None:
        yield Problem(data.name, "has no chunks")
        return
    if any(length % part for length, part in zip(data.shape, data.chunks, strict=True)):
        yield Problem(
            data.name, f"its shape {data.shape} is no multiple of its chunk {data.chunks}"
        )
    settings = data.id.get_create_plist()
    used = {settings.get_filter(number)[0] for number in range(settings.get_nfilters())}
    if used - _FILTERS:
        yield Problem(
            data.name, f"has the filters {sorted(used)}; gzip alone is needed", "Bio-Formats"
        )
    expected = math.prod(-(-n // part) for n, part in zip(size, data.chunks, strict=True))
    stored = data.id.get_num_chunks()
    if stored < expected:
        yield Problem(data.name, f"{expected - stored} of {expected} chunks are missing")


def _damage(data: Any, size: Size, *, read_all: bool) -> Iterator[Problem]:
    """Chunks whose content cannot be read."""
    begins = [range(0, n, part) for n, part in zip(size, data.chunks, strict=True)]
    ends = [tuple(each[0] for each in begins), tuple(each[-1] for each in begins)]
    bad = []
    for begin in itertools.product(*begins) if read_all else ends:
        try:
            data[tuple(slice(n, n + part) for n, part in zip(begin, data.chunks, strict=True))]
        except OSError:
            bad.append(begin)
    if bad:
        chunks = "1 chunk is" if len(bad) == 1 else f"{len(bad)} chunks are"
        where = ", ".join(map(str, bad[0]))
        yield Problem(data.name, f"{chunks} damaged, the first at z, y, x = {where}")


def _histogram_problems(group: Any, suffix: str, size: Size, bins: Any) -> Iterator[Problem]:
    place = f"{group.name}/Histogram{suffix}"
    data = group.get(f"Histogram{suffix}")
    if not isinstance(data, h5py.Dataset) or data.dtype != np.uint64 or data.ndim != 1:
        yield Problem(place, "an array of uint64 is needed")
    elif data.shape[0] not in bins:
        yield Problem(place, f"has {data.shape[0]} bins; {suffix or 256} are needed")
    elif (counted := int(data[...].sum())) > math.prod(size) or (
        counted < math.prod(size) and group["Data"].dtype.kind == "u"
    ):
        yield Problem(place, f"counts {counted} voxels of {math.prod(size)}")
    ends = [number(read_text(group, f"Histogram{end}{suffix}")) for end in ("Min", "Max")]
    if None in ends or not ends[0] < ends[1]:  # type: ignore[operator]
        yield Problem(place, f"HistogramMin and HistogramMax are {ends}: two increasing numbers")


def number(text: str | None) -> float | None:
    """The finite number in a text; None where there is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
