"""The group DataSetInfo: extent, channels and times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from omero_ims.attributes import read_text
from omero_ims.errors import Problem
from omero_ims.metadata import TAKEN
from omero_ims.verify_pixels import Shape, number

BIO_FORMATS: Final = "Bio-Formats"
_UNITS: Final = frozenset({"m", "mm", "um", "nm"})
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?")


def info_problems(file: Any, shape: Shape) -> Iterator[Problem]:
    """What is wrong in the group DataSetInfo."""
    info = file.get("DataSetInfo")
    if info is None or "Image" not in info:
        yield Problem("/DataSetInfo/Image", "is missing")
        return
    yield from _image_problems(info["Image"], shape)
    for c in range(shape.channels):
        yield from _channel_problems(info, c)
    yield from _time_problems(info, shape)
    yield from _name_problems(info, shape)


def _image_problems(image: Any, shape: Shape) -> Iterator[Problem]:
    for place in range(3):
        low, high = (number(read_text(image, f"Ext{end}{place}")) for end in ("Min", "Max"))
        if low is None or high is None or low >= high:
            yield Problem(
                image.name, f"ExtMin{place} and ExtMax{place} are {low} and {high}: two increasing "
                "numbers are needed, border to border",
            )  # fmt: skip
    for axis, size in zip("ZYX", shape.size, strict=True):
        # Bio-Formats takes the size from the last attribute that names it: without these, from
        # the smallest level.
        if (found := read_text(image, axis)) != str(size):
            yield Problem(f"{image.name}@{axis}", f"is {found}; {size} is needed", BIO_FORMATS)
    unit = read_text(image, "Unit")
    if unit is not None and unit not in _UNITS:
        yield Problem(f"{image.name}@Unit", f"is {unit!r}; one of {sorted(_UNITS)} is needed")


def _channel_problems(info: Any, c: int) -> Iterator[Problem]:
    place = f"/DataSetInfo/Channel {c}"
    channel = info.get(f"Channel {c}")
    if channel is None:
        yield Problem(place, "is missing", BIO_FORMATS)
        return
    color = [number(part) for part in (read_text(channel, "Color") or "").split(" ")]
    if len(color) != 3 or not all(part is not None and 0 <= part <= 1 for part in color):
        yield Problem(f"{place}@Color", "three numbers from 0 to 1 are needed", BIO_FORMATS)
    shown = read_text(channel, "ColorRange")
    if shown is not None and [number(part) for part in shown.split(" ")].count(None):
        yield Problem(f"{place}@ColorRange", f"is {shown!r}; two numbers are needed")
    for name in ("LSMEmissionWavelength", "LSMExcitationWavelength"):
        wavelength = read_text(channel, name)
        if wavelength is not None and not wavelength.isdecimal():
            yield Problem(
                f"{place}@{name}", f"is {wavelength!r}; a whole number is needed", BIO_FORMATS
            )


def _time_problems(info: Any, shape: Shape) -> Iterator[Problem]:
    place = "/DataSetInfo/TimeInfo"
    times = info.get("TimeInfo")
    if times is None:
        yield Problem(place, "is missing", BIO_FORMATS if shape.times == 1 else "Imaris")
        return
    if (count := read_text(times, "FileTimePoints")) != str(shape.times):
        yield Problem(
            f"{place}@FileTimePoints", f"is {count!r}; {shape.times} is needed", BIO_FORMATS
        )
    names = ("DataSetTimePoints", "DatasetTimePoints")
    if str(shape.times) not in [read_text(times, name) for name in names]:
        yield Problem(f"{place}@{names[0]}", f"{shape.times} is needed")
    before = ""
    for t in range(1, shape.times + 1):
        time = read_text(times, f"TimePoint{t}") or ""
        if not _MOMENT.fullmatch(time):
            yield Problem(
                f"{place}@TimePoint{t}", f"is {time!r}; YYYY-MM-DD HH:MM:SS.SSS is needed"
            )
        elif time <= before:
            yield Problem(f"{place}@TimePoint{t}", f"{time} does not come after {before}")
        before = time


def _name_problems(info: Any, shape: Shape) -> Iterator[Problem]:
    """Names that Bio-Formats understands as something else."""
    channels = {f"Channel {c}" for c in range(shape.channels)}
    for section in info:
        if section.startswith(("Channel ", "Channel_")) and section not in channels:
            yield Problem(
                f"/DataSetInfo/{section}", "is taken for another channel, of which there are no "
                "pixels", BIO_FORMATS,
            )  # fmt: skip
        if section in {"Image", "TimeInfo"} or not hasattr(info[section], "keys"):
            continue
        for name in info[section].attrs:
            if name in TAKEN:
                yield Problem(
                    f"/DataSetInfo/{section}@{name}", "is taken for a property of the whole image",
                    BIO_FORMATS,
                )  # fmt: skip
