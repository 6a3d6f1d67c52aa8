"""Where the files of an import go in the managed repository, as `omero.fs.repo.path` says."""

from __future__ import annotations

import datetime
import re
import threading
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from omero_standin import refuse

_DEFAULT: Final = "%user%_%userId%//%year%-%month%/%day%/%time%"
_WORD: Final = re.compile(r"%([a-zA-Z]+)(?::[^%/]+)?%")
_UNSAFE: Final = re.compile(r'[\x00-\x1f:*?"<>|\\]')


class Who(NamedTuple):
    """Whose import it is, for the words of the template; pairs are `(id, name)`."""

    user: tuple[int, str]
    group: tuple[int, str]
    session: tuple[int, str]
    permissions: str
    institution: str


def root_part(config: dict[str, str], who: Who) -> list[str]:
    """The folders of the template before its `//`, which belong to root; none without a `//`."""
    root, both, _ = _template(config).partition("//")
    return _expanded(root, who) if both else []


def user_part(config: dict[str, str], who: Who) -> str:
    """The folders of the template after its `//`, for an import of now."""
    template = _template(config)
    return "/".join(_expanded(template.partition("//")[2] or template, who))


def relative(client_paths: list[str], *, keep: int) -> tuple[list[str], list[str]]:
    """Where files go below the folder of their import: `(folders, paths below these)`.

    The folders are what all paths begin with; of the shortest path at most `keep` folders stay in
    front of the file's name, as in the real server. Names stay as the client gives them: one that
    the repository does not accept is refused when its file is made.
    """
    parts = [PurePosixPath("/" + each).parts[1:] for each in client_paths]
    parts = [tuple(part for part in each if part != "..") for each in parts]
    shared = 0
    while all(len(each) > shared + 1 and each[shared] == parts[0][shared] for each in parts):
        shared += 1
    cut = shared if keep == 0 else max(0, min(len(each) for each in parts) - keep - 1)
    cut = min(cut, shared)
    return list(parts[0][cut:shared]), ["/".join(each[shared:]) for each in parts]


def _template(config: dict[str, str]) -> str:
    return config.get("omero.fs.repo.path", "") or _DEFAULT


def _expanded(template: str, who: Who) -> list[str]:
    now = datetime.datetime.now(tz=datetime.UTC)
    words = {
        "user": _name(who.user[1]),
        "userId": str(who.user[0]),
        "group": _name(who.group[1]),
        "groupId": str(who.group[0]),
        "session": who.session[1],
        "sessionId": str(who.session[0]),
        "perms": who.permissions,
        "institution": _name(who.institution),
        "thread": _name(threading.current_thread().name),
        "year": f"{now:%Y}",
        "month": f"{now:%m}",
        "monthname": f"{now:%B}",
        "day": f"{now:%d}",
        "time": f"{now:%H-%M-%S}.{now.microsecond // 1000:03d}",
    }

    def value(word: re.Match[str]) -> str:
        if word[1] not in words:
            raise refuse.unsupported(f"the word {word[0]} in omero.fs.repo.path")
        return words[word[1]]

    found = (_WORD.sub(value, part) for part in template.split("/"))
    return [part for part in found if part]


def _safe(text: str) -> str:
    return _UNSAFE.sub("_", text)


def _name(text: str) -> str:
    return _safe(text).replace("/", "_")
