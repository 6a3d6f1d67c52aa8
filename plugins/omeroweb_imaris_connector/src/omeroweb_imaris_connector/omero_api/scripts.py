"""OMERO.server's scripts: finding one, running it, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero
from omero.rtypes import rbool, rint, rlong, unwrap

from omero_plugin_common.omero_api import hql

LOGGER: Final = logging.getLogger(__name__)
# How long OMERO.server asks its processors.
_ASK_SECONDS: Final = 5
_LONGEST_ERROR: Final = 500
# The output of the script that names its file.
FILE: Final = "Original_File"


class NoProcessor(Exception):
    """OMERO.server has no processor that runs official scripts."""


class Busy(Exception):
    """All processors run something else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a script.

    Attributes:
        code: the exit code of its process.
        file: id of the file that it has made.
        message: what it says itself.
        error: the last line of its error stream.
    """

    code: int
    file: int | None
    message: str
    error: str


class Run:
    """A script that runs.

    Args:
        conn: the user's gateway.
        group: in which it runs.
        process: OMERO's handle.
    """

    def __init__(self, conn: Any, group: int, process: Any) -> None:
        self._conn, self._group, self._process = conn, group, process
        self._code: int | None = None

    def has_ended(self) -> bool:
        """Whether it has ended, in any way."""
        code = self._process.poll()
        self._code = None if code is None else int(unwrap(code))
        return code is not None

    def outcome(self) -> Outcome:
        """What became of it, once it has ended."""
        results = self._process.getResults(0)
        message = unwrap(results.get("Message"))
        return Outcome(
            code=-1 if self._code is None else self._code,
            file=_id(results.get(FILE)),
            message="" if message is None else str(message),
            error=self._last_line(_id(results.get("stderr"))) if self._code else "",
        )

    def close(self) -> None:
        """Stop it if it still runs, and give its place in the processor back."""
        if self._code is None:
            with suppress(Ice.Exception, omero.ServerError):
                self._process.cancel()
        try:
            # False: a script that goes on alone would hold its place until its time is over.
            self._process.close(False)
        except (Ice.Exception, omero.ServerError) as error:
            LOGGER.warning("a script could not be closed: %s", type(error).__name__)

    def _last_line(self, file: int | None) -> str:
        """Of an error stream; it holds what a person can use."""
        if file is None:
            return ""
        options = hql.context(self._conn, self._group)
        try:
            store = self._conn.c.sf.createRawFileStore(options)
            try:
                store.setFileId(file, options)
                size = int(store.size(options))
                first = max(0, size - 2 * _LONGEST_ERROR)
                text = store.read(first, size - first, options).decode(errors="replace")
            finally:
                store.close(options)
        except (Ice.Exception, omero.ServerError) as error:
            LOGGER.warning("the errors of a script cannot be read: %s", type(error).__name__)
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1][:_LONGEST_ERROR] if lines else ""


def find(conn: Any, name: str) -> int | None:
    """The id of an official script; None where OMERO.server has none of this name.

    Args:
        conn: the user's gateway.
        name: of the file, or with its path below the folder of scripts.
    """
    found = [
        (_path(script), int(script.id.val))
        for script in conn.getScriptService().getScripts()
        if _path(script) == name.lstrip("/") or script.name.val == name
    ]
    return min(found)[1] if found else None


def start(conn: Any, group: int, script: int, inputs: Mapping[str, int | bool]) -> Run:
    """Start a script as the user.

    Args:
        conn: the user's gateway.
        group: in which it works.
        script: its id.
        inputs: by the names of its parameters.

    Raises:
        NoProcessor: none is enabled.
        Busy: none is free.
    """
    given = {
        name: rbool(value) if isinstance(value, bool) else rlong(value)
        for name, value in inputs.items()
    }
    # Not the gateway's, which would write a stack trace into the log whenever none is free.
    service = conn.c.sf.getScriptService()
    try:
        process = service.runScript(script, given, rint(_ASK_SECONDS), hql.context(conn, group))
    except omero.NoProcessorAvailable as error:
        # How many processors have answered, all of them that they are busy.
        raise (Busy if error.processorCount > 0 else NoProcessor) from error
    except omero.ResourceError as error:
        raise Busy from error
    return Run(conn, group, process)


def _path(script: Any) -> str:
    return f"{script.path.val}{script.name.val}".lstrip("/")


def _id(value: Any) -> int | None:
    """Of an object among a script's results."""
    row = unwrap(value)
    if row is None or getattr(row, "id", None) is None:
        return None
    return int(unwrap(row.id))
