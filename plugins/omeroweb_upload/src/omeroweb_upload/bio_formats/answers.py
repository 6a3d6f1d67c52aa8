"""What Bio-Formats says about a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# `unknown`: no image of any format that Bio-Formats reads. `broken`: it is of a format, and cannot
# be read. `unchecked`: nothing is known, since memory or time was not enough, or the process ended.
Problem = Literal["unknown", "broken", "unchecked"]


@dataclass(frozen=True, slots=True)
class Description:
    """A file that can be read, with those that belong to it.

    Attributes:
        file: the file that was asked for, as an absolute path.
        files: all that are read with it, `file` first, as absolute paths.
        format: name of the format: `Tagged Image File Format`.
        reader: class of the reader: `loci.formats.in.TiffDelegateReader`.
        images: how many images OMERO makes of it.
        plate: whether it is a plate, or several.
    """

    file: str
    files: tuple[str, ...]
    format: str
    reader: str
    images: int
    plate: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that cannot be read.

    Attributes:
        file: its absolute path.
        problem: of which kind.
        reason: Bio-Formats' own words.
    """

    file: str
    problem: Problem
    reason: str
