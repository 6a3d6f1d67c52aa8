"""Paths as OMERO stores them for imported files: what an importer says they came from.

OMERO.server makes folders of its repository from them and rejects an import with a name that its
rules forbid. Its own importer changes such names first, by the rules "Windows required" and "UNIX
required" that `omero.fs.repo.path_rules` has by default, and so do we. Source of the rules:
`FilePathRestrictionInstance` and `MakePathComponentSafe` of https://github.com/ome/omero-blitz.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_DEVICES: Final = "AUX|CLOCK\\$|CON|NUL|PRN|COM[1-9]|LPT[1-9]"
_NAME: Final = re.compile(f"(?:{_DEVICES})", re.IGNORECASE)
# A device with an extension, and files of NTFS itself.
_BEGINNING: Final = re.compile(f"(?:{_DEVICES})\\.|\\$", re.IGNORECASE)
_SAFE: Final = "_"
_SIGNS: Final = str.maketrans(
    {chr(code): _SAFE for code in range(0x20)}
    | {'"': "'", "*": "x", ":": ";", "<": "[", ">": "]", "?": "%", "\\": "!", "|": "!"}
)


def client_paths(upload: str, unit: int, paths: Iterable[str]) -> list[str]:
    """What OMERO stores for the files of a unit, each different from all others of the site.

    Args:
        upload: id of the upload.
        unit: number of the unit in it: two names that become the same are different by it.
        paths: of its files, relative, with `/`.
    """
    made: list[str] = []
    for path in paths:
        safe = f"{upload}/{unit}/{safe_path(path)}"
        while safe in made:
            safe += _SAFE
        made.append(safe)
    return made


def safe_path(path: str) -> str:
    """A relative path as OMERO.server accepts it."""
    return "/".join(map(safe_name, path.split("/")))


def safe_name(name: str) -> str:
    """The name that OMERO.server accepts for a file or folder; mostly the same."""
    if _NAME.fullmatch(name):
        name += _SAFE
    if _BEGINNING.match(name):
        name = _SAFE + name
    return name.translate(_SIGNS)
