"""A backup of key-value pairs as CSV: one line per pair, enough to put everything back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from omero_plugin_common import spreadsheet
from omeroweb_omp_plugin.planning.existing import Existing
from omeroweb_omp_plugin.planning.origin import OWN, origins
from omeroweb_omp_plugin.planning.ownership import Keys
from omeroweb_omp_plugin.planning.pairs import Pairs

HEADER: Final = (
    "image_id",
    "image_name",
    "annotation_id",
    "namespace",
    "description",
    "key",
    "value",
)
_LARGEST: Final = 2**63 - 1


class NotABackup(ValueError):
    """A file that cannot be restored; the message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class SavedSet:
    """One set of pairs of one image, as a backup has it.

    Attributes:
        image: id of the image.
        annotation: id that the annotation had.
        namespace: of the annotation; empty for none.
        description: of the annotation; empty for none.
        pairs: names and values in their order.
    """

    image: int
    annotation: int
    namespace: str
    description: str
    pairs: Pairs


def written(
    images: Iterable[tuple[int, str]], sets: Mapping[int, Sequence[Existing]]
) -> Iterator[str]:
    """The lines for some images, without the header.

    Args:
        images: ids and names.
        sets: what each has, by image.
    """
    return spreadsheet.lines(
        (image, name, each.annotation, each.namespace, each.description, key, value)
        for image, name in images
        for each in sets.get(image, ())
        # A set without pairs has one line, so that it is not lost either.
        for key, value in each.pairs or (("", ""),)
    )


def header() -> str:
    """The first line."""
    return next(spreadsheet.lines([HEADER]))


def read(text: str) -> list[SavedSet]:
    """The sets of a backup, by image.

    Raises:
        NotABackup: the file is something else, or was damaged.
    """
    try:
        rows = list(spreadsheet.read(text))
    except csv.Error as error:
        raise NotABackup(f"This file is not CSV: {error}. Choose a backup of this page") from None
    if not rows or tuple(rows[0]) != HEADER:
        raise NotABackup(
            f"The first line is not {','.join(HEADER)}. Choose a backup that this page made"
        )
    by_set: dict[tuple[int, int, str, str], list[tuple[str, str]]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(HEADER):
            raise NotABackup(f"Line {number} has {len(row)} fields instead of {len(HEADER)}")
        place = (_id(row[0], number), _id(row[2], number), row[3], row[4])
        pairs = by_set.setdefault(place, [])
        if row[5] or row[6]:
            pairs.append((row[5], row[6]))
    return [
        SavedSet(image, annotation, namespace, description, tuple(pairs))
        for (image, annotation, namespace, description), pairs in by_set.items()
    ]


def missing(saved: Iterable[SavedSet], sets: Sequence[Existing]) -> list[SavedSet]:
    """Of an image's saved sets those that it has not, so that restoring twice adds nothing."""
    existing = [(each.namespace, each.description, each.pairs) for each in sets]
    result = []
    for each in saved:
        same = (each.namespace, each.description, each.pairs)
        if same in existing:
            existing.remove(same)
        else:
            result.append(each)
    return result


def newer(
    image: int, saved: Iterable[SavedSet], sets: Sequence[Existing], keys: Keys
) -> list[Existing]:
    """Sets that the plugin wrote and the backup has not: what comes back takes their place."""
    kept = [(each.namespace, each.description, each.pairs) for each in saved]
    origin_of = origins(image, sets, keys)
    result = []
    for each in sets:
        same = (each.namespace, each.description, each.pairs)
        if same in kept:
            kept.remove(same)
        elif origin_of[each.annotation] in OWN and each.removable:
            result.append(each)
    return result


def _id(text: str, line: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _LARGEST):
        raise NotABackup(f"Line {line}: an id must be a number")
    return int(text)
