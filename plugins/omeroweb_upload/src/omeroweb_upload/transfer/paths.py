"""Relative paths of files as browsers and scripts send them: checked, never repaired.

A path that is changed on the way would be another file's name, so everything that Linux cannot
store, or that leads out of the folder, is rejected with the reason. Names that only Windows has
trouble with, such as `aux.tif` or one with a blank at its end, come from systems that have none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from omeroweb_upload.transfer.errors import BadPath

# A name in a folder: the limit of Linux' file systems, and of OMERO's columns.
NAME_BYTES: Final = 255
# A whole path: Linux' limit is 4096, with the staging folder before it.
PATH_BYTES: Final = 3000
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# Control characters, halves of characters, and the two line separators of Unicode.
_UNUSABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_SHOWN: Final = 80


def checked(text: str) -> PurePosixPath:
    """A relative path that can be used below a job's folder; it is exactly the given text.

    Args:
        text: with `/` between folders, as in `File.webkitRelativePath`.

    Raises:
        BadPath: it cannot; the message says why.
    """
    if not text:
        raise BadPath("A file has no name")
    if any(unicodedata.category(sign) in _UNUSABLE for sign in text):
        raise _bad(text, "contains a control character or a line break")
    if "\\" in text:
        raise _bad(text, "contains a backslash; folders are separated by `/`")
    if text.startswith("/"):
        raise _bad(text, "is absolute")
    if _DRIVE.match(text):
        raise _bad(text, "begins with a drive letter")
    if len(text.encode()) > PATH_BYTES:
        raise _bad(text, f"is longer than {PATH_BYTES} bytes")
    for part in text.split("/"):
        if reason := _reason(part):
            raise _bad(text, reason)
    return PurePosixPath(text)


def checked_all(texts: Iterable[str]) -> list[PurePosixPath]:
    """The paths of one job: each can be used, and none is in the way of another.

    Raises:
        BadPath: one cannot be used, is there twice, or is a file and a folder at once.
    """
    paths = [checked(text) for text in texts]
    files = set()
    for path in paths:
        if path in files:
            raise _bad(str(path), "is there twice")
        files.add(path)
    folders: set[PurePosixPath] = set()
    for path in paths:
        for folder in path.parents:
            if folder in folders:
                break
            folders.add(folder)
    for path in paths:
        if path in folders:
            raise _bad(str(path), "is a file and a folder of another file")
    return paths


def _reason(part: str) -> str:
    """Why a name cannot be used; nothing when it can."""
    if not part:
        return "has an empty part: two slashes, or one at the end"
    if not part.strip("."):
        return "has a part that consists of dots"
    if len(part.encode()) > NAME_BYTES:
        return f"has a name of more than {NAME_BYTES} bytes"
    return ""


def shown(text: str) -> str:
    """A path for a message: harmless in any log, and short."""
    harmless = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    if len(harmless) > _SHOWN:
        half = _SHOWN // 2
        harmless = f"{harmless[:half]}…{harmless[-half:]}"
    return harmless


def _bad(text: str, reason: str) -> BadPath:
    return BadPath(f"The path «{shown(text)}» {reason}. Rename the file and try again")
