"""What goes wrong, and what `verify` finds."""

from __future__ import annotations

from dataclasses import dataclass


class WriteFailed(Exception):
    """The file could not be written; nothing is at its path. The message says why."""


class Stopped(WriteFailed):
    """`stop` asked for the end; nothing is at the path."""


class Unsupported(ValueError):
    """The image cannot be an Imaris file; the message says which property, and what to do."""


@dataclass(frozen=True)
class Problem:
    """What keeps a file from being read.

    Attributes:
        where: The group, dataset or attribute, as a path in the file.
        what: What is wrong with it, and what it has to be.
        reader: Who cannot read it: `Imaris`, or `Bio-Formats` where Imaris can.
    """

    where: str
    what: str
    reader: str = "Imaris"

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.reader}]"
