"""The file of a recording: JSON, one line for each call."""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omero_standin.recording.catalogue import VERSION
from omero_standin.recording.run import Run
from omero_standin.recording.situation import Situation

_MARK: Final = "omero-standin recording"
_END: Final = "end"


class BadFile(Exception):
    """Why a file cannot be compared, and what to do."""


@dataclass(frozen=True)
class Recording:
    """What a file has.

    Attributes:
        server: the version that the recorded server told.
        date: when it was recorded.
        situation: what the account was that recorded.
        lines: one for each row and call.
    """

    server: str
    date: str
    situation: Situation
    lines: list[dict[str, Any]]


def write(path: Path, found: Run, rows: list[str]) -> None:
    """Write a run; the file is there as a whole or not at all."""
    head = {
        _MARK: 1,
        "catalogue": VERSION,
        "server": found.server,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rows": rows,
        "situation": found.situation.told(),
    }
    lines = [head, *found.lines, {_END: len(found.lines)}]
    part = path.with_name(path.name + ".part")
    part.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines))
    part.replace(path)


def check_writable(path: Path) -> None:
    """Refuse a path before minutes of work are lost on it.

    Raises:
        BadFile: there is a file already, or no folder, or no right to write to it.
    """
    if path.exists():
        raise BadFile(f"{path} exists already: name another file")
    if not os.access(path.parent, os.W_OK):
        raise BadFile(f"no file can be made in {path.parent}: name another one")


def read(path: Path) -> Recording:
    """Read a recording.

    Raises:
        BadFile: it is none, is not whole, or was made with another catalogue.
        OSError: it cannot be read.
    """
    try:
        lines = [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines() if each]
    except ValueError as error:
        raise BadFile(f"{path} is not a recording: {error}") from error
    if not lines or not all(isinstance(each, dict) for each in lines) or _MARK not in lines[0]:
        raise BadFile(f"{path} is not a recording of `omero-standin record`")
    head, *body = lines
    if head.get("catalogue") != VERSION:
        raise BadFile(
            f"{path} was recorded with catalogue {head.get('catalogue')}, this is catalogue "
            f"{VERSION}: install the version of omero-standin that recorded it, or record again"
        )
    if not body or body[-1] != {_END: len(body) - 1}:
        raise BadFile(f"{path} is not whole: copy it again")
    try:
        situation = Situation.of(head["situation"])
        return Recording(str(head["server"]), str(head["date"]), situation, body[:-1])
    except (KeyError, TypeError) as error:
        raise BadFile(f"{path} has a first line that cannot be read: {error}") from error
