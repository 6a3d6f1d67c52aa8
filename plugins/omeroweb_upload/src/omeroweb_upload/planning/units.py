"""Which files are imported together.

Bio-Formats says which files it reads with a file; two of them can say the same of each other, and
an index of a series names files that can be read alone, too. As OMERO's `ImportCandidates` does, a
file that was read with another one is not imported once more on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

# Files that only say which others belong together: asked first, so that the others need not be.
_INDEXES: Final = (".pattern", ".companion.ome", ".ome.xml", ".mvd2", ".xdce", ".htd", ".czexp")


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are imported together.

    Attributes:
        path: the file that is given to the importer.
        files: all of them, `path` first.
        format: name of the format.
        reader: Bio-Formats' class for it.
        images: how many images they contain.
        plate: whether it is a plate.
        message: what is missing, if something is.
    """

    path: str
    files: tuple[str, ...]
    format: str
    reader: str
    images: int
    plate: bool = False
    message: str = ""


def in_order_of_asking(paths: Iterable[str]) -> list[str]:
    """The order in which Bio-Formats is asked: what names others comes first."""
    return sorted(paths, key=lambda path: not path.lower().endswith(_INDEXES))


def without_parts(units: Sequence[Unit]) -> list[Unit]:
    """Only units that are not a part of another one.

    A file that several units need, such as one description for many images, stays with each.
    """
    part_of: dict[str, int] = {}
    for number, unit in enumerate(units):
        for file in unit.files[1:]:
            part_of.setdefault(file, number)
    kept = []
    for number, unit in enumerate(units):
        other = part_of.get(unit.path)
        if other is None or not _takes(units[other], other, unit, number):
            kept.append(unit)
    return kept


def _takes(one: Unit, at: int, other: Unit, other_at: int) -> bool:
    """Whether a unit that reads the first file of another makes that one needless."""
    if other.path not in one.files or one.path == other.path:
        return False
    if one.path not in other.files:
        return True
    # Each reads the other: the one with more files, else the one that came first.
    return (-len(one.files), at) < (-len(other.files), other_at)
