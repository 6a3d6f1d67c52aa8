"""From files to what is in them: by Bio-Formats, as in OMERO."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from omero_standin import refuse
from omero_standin.bio_formats.installed import missing
from omero_standin.bio_formats.process import BioFormats
from omero_standin.imports import fake, ome_xml
from omero_standin.imports.described import Content, Series


def check(name: str) -> None:
    """Refuse an import whose first file has this name when nothing here could read it."""
    if fake.needs_bio_formats(name) and (lacking := missing()) is not None:
        raise refuse.unsupported(f"imports of {name} here. {lacking}")


def read(
    bio_formats: BioFormats, name: str, path: Path, *, largest_plane: int, measured: bool
) -> Content:
    """The images of a fileset, by its first file; those that belong to it are beside it.

    Args:
        bio_formats: What reads it.
        name: The file's name.
        path: Where it is.
        largest_plane: Planes of more pixels are not measured, as in OMERO.server.
        measured: Whether the values are wanted: the smallest, the largest, their checksum.

    Raises:
        CannotRead: Bio-Formats cannot.
    """
    if not fake.needs_bio_formats(name) and (missing() is not None or fake.is_drawn_here()):
        return fake.content(name)
    answer = bio_formats.describe(path)
    series = []
    for number, each in enumerate(answer["series"]):
        x, y, z, c, t = each["sizes"]
        resolutions = tuple((width, height) for width, height in each["resolutions"])
        made = Series(each["type"], (x, y, z, c, t), resolutions)
        if measured and x * y <= largest_plane:
            low, high, sha1 = bio_formats.measure(path, number)
            made = replace(made, smallest=tuple(low), largest=tuple(high), sha1=sha1)
        series.append(made)
    ome = ome_xml.parse(answer["xml"])
    return Content(name, path, answer["format"], answer["graphics"], tuple(series), ome)
