"""Relative paths of files as browsers and scripts send them: checked, never repaired.

A path that is changed on the way would be another file's name, so everything that Linux cannot
store, or that leads out of the folder, is rejected with the reason. Names that only Windows has
trouble with, such as `aux.tif` or one with a blank at its end, come from systems that have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from omeroweb_upload.transfer.errors import BadPath

# A name in a folder: the limit of Linux' file systems, and of OMERO's columns.
NAME_BYTES: Final = 255
# A whole path: Linux' limit is 4096, with the staging folder before it.
PATH_BYTES: Final = 3000
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# Control characters, halves of characters, and the two line separators: the categories Cc, Cs, Zl
# and Zp of Unicode, to which no more characters are added.
_UNUSABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_SHOWN: Final = 80


def checked(text: str) -> PurePosixPath:
    """A relative path that can be used below a job's folder; it is exactly the given text.

    Args:
        text: with `/` between folders, as in `File.webkitRelativePath`.

    Raises:
        BadPath: it cannot; the message says why.
    """
    return PurePosixPath(usable(text))


def usable(text: str) -> str:
    """The same as `checked`, as text: of lists with a hundred thousand paths.

    Raises:
        BadPath: it cannot be used; the message says why.
    """
    if not text:
        raise BadPath("A file has no name")
    if _UNUSABLE.search(text):
        raise _bad(text, "contains a control character or a line break")
    if "\\" in text:
        raise _bad(text, "contains a backslash; folders are separated by `/`")
    if text.startswith("/"):
        raise _bad(text, "is absolute")
    if _DRIVE.match(text):
        raise _bad(text, "begins with a drive letter")
    if _is_longer(text, PATH_BYTES):
        raise _bad(text, f"is longer than {PATH_BYTES} bytes")
    for part in text.split("/"):
        if reason := _reason(part):
            raise _bad(text, reason)
    return text


def usable_all(texts: Iterable[str]) -> list[str]:
    """The paths of one job: each can be used, and none is in the way of another.

    Raises:
        BadPath: one cannot be used, is there twice, or is a file and a folder at once.
    """
    paths = [usable(text) for text in texts]
    files: set[str] = set()
    for path in paths:
        if path in files:
            raise _bad(path, "is there twice")
        files.add(path)
    folders = folders_of(paths)
    for path in paths:
        if path in folders:
            raise _bad(path, "is a file and a folder of another file")
    return paths


def folders_of(paths: Iterable[str]) -> set[str]:
    """All folders that these usable paths are in, each from the top."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _reason(part: str) -> str:
    """Why a name cannot be used; nothing when it can."""
    if not part:
        return "has an empty part: two slashes, or one at the end"
    if not part.strip("."):
        return "has a part that consists of dots"
    if _is_longer(part, NAME_BYTES):
        return f"has a name of more than {NAME_BYTES} bytes"
    return ""


def _is_longer(text: str, most: int) -> bool:
    """Whether it has more bytes; most names are ASCII, where that is the number of characters."""
    return (len(text) if text.isascii() else len(text.encode())) > most


def shown(text: str) -> str:
    """A path for a message: harmless in any log, and short."""
    harmless = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    if len(harmless) > _SHOWN:
        half = _SHOWN // 2
        harmless = f"{harmless[:half]}…{harmless[-half:]}"
    return harmless


def _bad(text: str, reason: str) -> BadPath:
    return BadPath(f"The path «{shown(text)}» {reason}. Rename the file and try again")
