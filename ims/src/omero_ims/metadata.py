"""The group DataSetInfo: what Imaris and Bio-Formats read about an image besides its pixels."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from omero_ims.attributes import VERSION, encoded, range_texts, write_count, write_text
from omero_ims.description import Channel, ImageDescription
from omero_ims.pixel_types import stored_as

Range = tuple[float, float]

_PROGRAM: Final = "omero-ims"
# One channel is white; several are told apart.
_COLORS: Final = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1))
_FIRST_DAY: Final = datetime.datetime(1970, 1, 1)
_MILLISECOND: Final = datetime.timedelta(milliseconds=1)
# Bio-Formats reads attributes of these names in any group as the image's own.
TAKEN: Final = frozenset({
    "X", "Y", "Z", "ImageSizeX", "ImageSizeY", "ImageSizeZ", "FileTimePoints", "NumberOfChannels",
    "RecordingEntrySampleSpacing", "RecordingEntryLineSpacing", "RecordingEntryPlaneSpacing",
    *(f"Ext{end}{axis}" for end in ("Min", "Max") for axis in range(3)),
})  # fmt: skip
_OURS: Final = frozenset({"Image", "TimeInfo", "ImarisDataSet", "Log", "Export"})

Sections = dict[str, dict[str, str]]


def write_root(file: Any) -> None:
    """Write the attributes by which Imaris knows the file."""
    write_text(file, "ImarisDataSet", "ImarisDataSet")
    write_text(file, "ImarisVersion", VERSION)
    write_text(file, "DataSetInfoDirectoryName", "DataSetInfo")
    write_text(file, "ThumbnailDirectoryName", "Thumbnail")
    write_text(file, "DataSetDirectoryName", "DataSet")
    write_count(file, "NumberOfDataSets", 1)


def write_info(file: Any, description: ImageDescription, ranges: Sequence[Range]) -> list[str]:
    """Write the group DataSetInfo.

    Args:
        file: The open file.
        description: The image.
        ranges: For each channel the intensities to show.

    Returns:
        What was assumed or changed, as sentences; they are also in the file.
    """
    notes = [note] if (note := stored_as(description.pixel_type).note) else []
    sections: Sections = {}
    for name, content in description.sections.items():
        _add_section(sections, name, content)
    sections["Image"] = _image(description, notes)
    for number, channel in enumerate(channels_of(description)):
        sections[f"Channel {number}"] = _channel(channel, ranges[number])
    sections["TimeInfo"] = _time_info(description, notes)
    sections["ImarisDataSet"] = {"Creator": _PROGRAM, "NumberOfImages": "1", "Version": VERSION}
    sections["Log"] = {"Entries": "0"}
    sections["Export"] = {
        "Software": _PROGRAM, "PixelType": description.pixel_type,
        **{f"Note{number}": note for number, note in enumerate(notes, 1)},
    }  # fmt: skip
    info = file.create_group("DataSetInfo")
    for name, content in sections.items():
        group = info.create_group(encoded(name))
        for key, value in content.items():
            write_text(group, key, value)
    return notes


def _add_section(sections: Sections, name: str, content: Mapping[str, str]) -> None:
    """A section of the caller's, under names that mean nothing else to a reader."""
    name = name.replace("\0", "") or "Metadata"
    # Bio-Formats finds a channel in every name that begins so.
    if name in _OURS or name.startswith(("Channel ", "Channel_", ".")):
        name = f"Original {name}"
    section = sections.setdefault(name, {})
    for key, value in content.items():
        key = key.replace("\0", "")
        if key:
            section[f"Original {key}" if key in TAKEN else key] = value


def channels_of(description: ImageDescription) -> list[Channel]:
    """The channels; those that nobody described get numbers as names."""
    if description.channels:
        return [
            channel if channel.name.strip() else replace(channel, name=f"Channel {number}")
            for number, channel in enumerate(description.channels, 1)
        ]
    several = description.size_c > 1
    return [
        Channel(f"Channel {number + 1}", _COLORS[number % len(_COLORS)] if several else (1, 1, 1))
        for number in range(description.size_c)
    ]


def voxel_size(description: ImageDescription) -> tuple[float, float, float]:
    """The size of a voxel in µm; what is unknown is as y is as x, as z is as x, as 1."""
    x, y, z = (
        size if size is not None and math.isfinite(size) and size > 0 else None
        for size in description.voxel_um
    )
    x = x or y or 1.0
    y = y or x
    return x, y, z or x


def _image(description: ImageDescription, notes: list[str]) -> dict[str, str]:
    voxel = voxel_size(description)
    sizes = (description.size_x, description.size_y, description.size_z)
    unknown = [
        axis for axis, given, used in zip("xyz", description.voxel_um, voxel, strict=True)
        if given != used
    ]  # fmt: skip
    if unknown:
        axes = " and ".join([", ".join(unknown[:-1]), unknown[-1]] if unknown[1:] else unknown)
        notes.append(f"The size of a voxel in {axes} is unknown; {voxel[0]:.9g} µm is assumed.")
    section = {
        "Name": description.name,
        "Description": description.description,
        "X": str(description.size_x), "Y": str(description.size_y), "Z": str(description.size_z),
        "Noc": str(description.size_c),
        "Unit": "um",
        "ResampleDimensionX": "true", "ResampleDimensionY": "true", "ResampleDimensionZ": "true",
        "RecordingDate": moment(times_of(description)[0]),
    }  # fmt: skip
    for number, low in enumerate(description.origin_um):
        section[f"ExtMin{number}"] = _length(low)
        # From border to border: one plane is as thick as its voxel.
        section[f"ExtMax{number}"] = _length(low + sizes[number] * voxel[number])
    return section


def _length(value: float) -> str:
    """Nine decimals as Imaris writes them, and more digits for lengths below a nanometre."""
    return f"{value:.9f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.15f}"


def _channel(channel: Channel, shown: Range) -> dict[str, str]:
    section = {
        "Name": channel.name,
        "Description": channel.description,
        "Color": " ".join(f"{part:.3f}" for part in channel.color),
        "ColorMode": "BaseColor",
        "ColorOpacity": "1.000",
        "ColorRange": " ".join(range_texts(*shown)),
        "GammaCorrection": "1.000",
    }
    for name, wavelength in (
        ("LSMEmissionWavelength", channel.emission_nm),
        ("LSMExcitationWavelength", channel.excitation_nm),
    ):
        if wavelength is not None and math.isfinite(wavelength) and wavelength > 0:
            section[name] = str(round(wavelength))
    return section


def _time_info(description: ImageDescription, notes: list[str]) -> dict[str, str]:
    times = times_of(description)
    if _too_late(description):
        notes.append("The times cannot be written as dates; the time points begin with 1970-01-01.")
    elif description.times is None:
        if description.acquired is None:
            notes.append("The date is unknown; the time points begin with 1970-01-01.")
        if description.size_t > 1 and not _seconds_between(description):
            notes.append("The times of the time points are unknown; one second each is assumed.")
    elif times != [_plain(each) for each in description.times]:
        notes.append(
            "Times that do not increase were moved to one millisecond after the time point before."
        )
    count = str(description.size_t)
    # The published description has DataSetTimePoints, Imaris' own writer DatasetTimePoints.
    section = {"DataSetTimePoints": count, "DatasetTimePoints": count, "FileTimePoints": count}
    for number, time in enumerate(times, 1):
        section[f"TimePoint{number}"] = moment(time)
    return section


def times_of(description: ImageDescription) -> list[datetime.datetime]:
    """A time for each time point, each later than the one before."""
    try:
        return _times(description)
    except OverflowError:
        second = datetime.timedelta(seconds=1)
        return [_FIRST_DAY + number * second for number in range(description.size_t)]


def _too_late(description: ImageDescription) -> bool:
    """Whether a time lies beyond the year 9999."""
    try:
        _times(description)
    except OverflowError:
        return True
    return False


def _times(description: ImageDescription) -> list[datetime.datetime]:
    if description.times is None:
        first = _plain(description.acquired or _FIRST_DAY)
        step = max(datetime.timedelta(seconds=_seconds_between(description) or 1), _MILLISECOND)
        return [first + number * step for number in range(description.size_t)]
    found: list[datetime.datetime] = []
    for time in map(_plain, description.times):
        found.append(max(time, found[-1] + _MILLISECOND) if found else time)
    return found


def _seconds_between(description: ImageDescription) -> float | None:
    """What is given, if it is a length of time."""
    given = description.seconds_between
    return given if given is not None and math.isfinite(given) and given > 0 else None


def _plain(time: datetime.datetime) -> datetime.datetime:
    """In UTC, without a zone, in whole milliseconds."""
    if time.tzinfo is not None:
        time = time.astimezone(datetime.UTC).replace(tzinfo=None)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def moment(time: datetime.datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS.SSS`, as Imaris writes a time."""
    return f"{time.isoformat(sep=' ', timespec='milliseconds')}"
