"""Which files are imported together: Bio-Formats is asked, as OMERO's `ImportCandidates` does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from omero_standin.bio_formats.process import BioFormats, CannotRead

# What Bio-Formats says of a file that belongs to no format: no error, the file is passed over.
_NO_FORMAT: Final = "UnknownFormatException"


@dataclass(frozen=True)
class Group:
    """Files that become one fileset; the first is the one that is read."""

    files: tuple[str, ...]
    reader: str
    has_plates: bool


@dataclass
class Candidates:
    """All groups below some paths, and the files that could not be read with the reason."""

    groups: list[Group] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)


def find(bio_formats: BioFormats, paths: list[str], depth: int) -> Candidates:
    """Look through files and folders.

    Args:
        bio_formats: Reads them.
        paths: Files and folders.
        depth: How many folders deep to look.
    """
    found = Candidates()
    seen: set[str] = set()
    for path in paths:
        for file in _files(os.path.join(os.getcwd(), path), depth):  # noqa: PTH109, PTH118 - "./" stays
            if _real(file) in seen:
                continue
            try:
                said = bio_formats.describe(Path(file))
            except CannotRead as error:
                if error.kind != _NO_FORMAT:
                    found.errors.append((file, str(error)))
                continue
            others = [each for each in said["files"] if _real(each) != _real(file)]
            seen.update(_real(each) for each in (file, *others))
            reader = f"loci.formats.in.{said['format']}Reader"
            found.groups.append(Group((file, *others), reader, "<Plate " in said["xml"]))
    return found


def _files(path: str, depth: int) -> Iterator[str]:
    if not Path(path).is_dir():
        yield path
        return
    if depth > 0:
        for each in sorted(Path(path).iterdir()):
            yield from _files(f"{path.rstrip('/')}/{each.name}", depth - 1)


def _real(path: str) -> str:
    return str(Path(path).resolve())
