"""Commands that OMERO.server runs, such as `Delete2`."""

from __future__ import annotations

import time
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import hql
from omero_plugin_common.omero_errors import database_away, tells_of_the_database

_FIRST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 2.0


class CommandFailed(Exception):
    """A command that OMERO refused; the message is OMERO's."""


def run(conn: Any, request: Any, group: int = hql.ALL_GROUPS) -> Any:
    """Run a command on the server, and wait for its end.

    Asking, instead of being called back, costs three calls of OMERO for a quick command.

    Raises:
        CommandFailed: the server answered that it cannot or may not.
        Unavailable: the server answered that its database is away.
        omero.ServerError, Ice.Exception: the server does not answer as it should.
    """
    handle = conn.c.sf.submit(request, hql.context(conn, group))
    try:
        pause = _FIRST_PAUSE_SECONDS
        while (response := handle.getResponse()) is None:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    finally:
        handle.close()
    if isinstance(response, omero.cmd.ERR):
        answer = response.parameters or {}
        if tells_of_the_database(f"{answer.get('message')}\n{answer.get('stacktrace')}"):
            raise database_away()
        raise CommandFailed(str(answer.get("message") or response.name))
    return response
