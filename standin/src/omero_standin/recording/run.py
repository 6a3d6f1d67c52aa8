"""A run of the catalogue: row by row, and in the end everything that it made is deleted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import omero.clients  # isort: skip
import Ice

from omero_standin.recording import interruption, leftovers
from omero_standin.recording.account import Account, CannotRun, Server
from omero_standin.recording.catalogue.row import Row
from omero_standin.recording.lab import PREFIX, Lab, Line
from omero_standin.recording.situation import Situation

Say = Callable[[str], None]


@dataclass
class Run:
    """What a run found.

    Attributes:
        server: the version that the server tells.
        situation: what the account may do.
        lines: a line for each call, and for each row that was left out.
        left: what could not be deleted, in words.
    """

    server: str
    situation: Situation
    lines: list[Line] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def run(
    server: Server, account: Account, second: Account | None, rows: Sequence[Row], say: Say
) -> Run:
    """Run rows, and delete what they made: after each row, and whatever happens.

    Args:
        server: where.
        account: as whom.
        second: a second account, for rows that need one.
        rows: which.
        say: tells a person how far it is.

    Raises:
        CannotRun: nobody can log in, or not any more.
        Interrupted: somebody asked for the end; what was made is deleted.
    """
    token = secrets.token_hex(4)
    lab = Lab(server, account, second, token)
    try:
        if lab.situation.second is not None and _is_administrator(lab):
            raise CannotRun("the second account must not be an administrator")
        version = lab.client.sf.getConfigService().getVersion()
        found = Run(str(version), lab.situation)
        for row in rows:
            found.lines += _row(lab, row, say)
            interruption.check()
    finally:
        lab.close()
        say("deleting what was made")
        left = _deleted(server, account, f"{PREFIX}{token}-")
    found.left = left
    return found


def _deleted(server: Server, account: Account, prefix: str) -> list[str]:
    try:
        return leftovers.delete(server, account, prefix)
    except CannotRun as error:
        raise CannotRun(
            f"{error}. What was made is left there: `omero-standin record --clean` deletes it"
        ) from error


def _is_administrator(lab: Lab) -> bool:
    return bool(lab.second_client.sf.getAdminService().getEventContext().isAdmin)


def _row(lab: Lab, row: Row, say: Say) -> list[Line]:
    missing = row.missing(lab.situation)
    if missing:
        say(f"{row.id:5} left out: it needs {missing}")
        return [{"row": row.id, "title": row.title, "left out": f"it needs {missing}"}]
    began = time.monotonic()
    lab.begin(row.id)
    ended = _ended(lab, row)
    took = time.monotonic() - began
    say(f"{row.id:5} {len(lab.lines):3} calls {took:5.1f} s  {row.title}{ended and f': {ended}'}")
    head: Line = {"row": row.id, "title": row.title}
    if row.depends:
        head["depends on"] = row.depends
    if ended:
        head["ended by"] = ended
    return [head, *lab.lines]


def _ended(lab: Lab, row: Row) -> str:
    """Run a row; the type of the exception that ended it, if one did."""
    try:
        row.function(lab)
    except CannotRun:
        raise
    except Exception as error:  # noqa: BLE001 - a row that fails is a finding, not the end
        if isinstance(error, (Ice.LocalException, omero.RemovedSessionException)):
            lab.reconnect()
        return type(error).__name__
    return ""
