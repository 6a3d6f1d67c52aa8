"""Names of datasets from the folders that files are in.

The folders are joined by ` / `: it reads as a path on every system, OMERO.web can break a line at
it, and since no folder's name contains a slash, two folders never get one name. The Docker edition
wrote a backslash, which a folder's name may contain on Linux; a dataset that it made is still
found, by `older_name`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SEPARATOR: Final = " / "
_OLDER_SEPARATOR: Final = "\\"
# OMERO's column: characters, not bytes.
LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class DatasetOfFolder:
    """The dataset that the files of a folder go to.

    Attributes:
        name: of the dataset.
        older_name: what the Docker edition would have called it.
    """

    name: str
    older_name: str


def dataset_of(path: str, depth: int, top_level: str) -> DatasetOfFolder:
    """The dataset that a file goes to when folders name the datasets.

    Names are in Unicode's composed form (NFC): macOS stores `ä` as two characters in a folder's
    name, and the dataset would not be found again from another system.

    Args:
        path: of the file; relative, with `/`.
        depth: how many folders from the top make the name; 0 is all of them.
        top_level: the name for files that are in no folder.
    """
    folders = path.split("/")[:-1]
    chosen = [
        unicodedata.normalize("NFC", each) for each in (folders[:depth] if depth else folders)
    ]
    if not chosen:
        return DatasetOfFolder(top_level, top_level)
    return DatasetOfFolder(SEPARATOR.join(chosen), _OLDER_SEPARATOR.join(chosen))


def clean(name: str) -> str:
    """A name that a user typed, as it is stored: composed, without blanks around it."""
    return unicodedata.normalize("NFC", name.strip())


def top_level_name(day: datetime) -> str:
    """The dataset for files that are in no folder: one for each day, as on a microscope's disk."""
    return f"Upload of {day:%Y-%m-%d}"


def too_long(names: Iterable[str]) -> list[str]:
    """The names that OMERO cannot store."""
    return [name for name in names if len(name) > LONGEST]


def alike(names: Iterable[str]) -> list[list[str]]:
    """Names that differ only in upper and lower case, or in how Unicode writes them."""
    by_form: dict[str, dict[str, None]] = {}
    for name in names:
        form = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        by_form.setdefault(form, {})[name] = None
    return [list(same) for same in by_form.values() if len(same) > 1]
