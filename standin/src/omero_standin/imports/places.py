"""Where the files of an import go in the managed repository, as `omero.fs.repo.path` says."""

from __future__ import annotations

import datetime
import re
from pathlib import PurePosixPath
from typing import Final

_DEFAULT: Final = "%user%_%userId%//%year%-%month%/%day%/%time%"
_UNSAFE: Final = re.compile(r'[\x00-\x1f:*?"<>|\\]')


def template(config: dict[str, str], user: tuple[int, str], group: tuple[int, str]) -> str:
    """The folder of a new import, with a slash at its end."""
    now = datetime.datetime.now(tz=datetime.UTC)
    words = {
        "user": _safe(user[1]),
        "userId": str(user[0]),
        "group": _safe(group[1]),
        "groupId": str(group[0]),
        "year": f"{now:%Y}",
        "month": f"{now:%m}",
        "monthname": f"{now:%B}",
        "day": f"{now:%d}",
        "time": f"{now:%H-%M-%S}.{now.microsecond // 1000:03d}",
    }
    path = config.get("omero.fs.repo.path", _DEFAULT).replace("//", "/").strip("/")
    for word, value in words.items():
        path = path.replace(f"%{word}%", value)
    return f"{path}/"


def relative(client_paths: list[str]) -> list[str]:
    """The paths of files without what all of them begin with; no name appears twice."""
    parts = [PurePosixPath("/" + _safe(each.replace("\\", "/"))).parts[1:] for each in client_paths]
    shared = 0
    while all(len(each) > shared + 1 and each[shared] == parts[0][shared] for each in parts):
        shared += 1
    return ["/".join(part for part in each[shared:] if part != "..") for each in parts]


def _safe(text: str) -> str:
    return _UNSAFE.sub("_", text)
