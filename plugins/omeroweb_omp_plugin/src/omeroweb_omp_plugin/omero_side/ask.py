"""Queries and commands, with the group that they work in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero
import omero.cmd
import omero.sys
from omero.rtypes import rlist, rlong, rstring, unwrap

from omero_plugin_common.omero_errors import database_away, tells_of_the_database

ALL_GROUPS: Final = -1
# Ids of one query: far below the 32 767 parameters of the server's database driver.
IDS: Final = 5000
_FIRST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 2.0

Item = TypeVar("Item")


class CommandFailed(Exception):
    """A command that OMERO refused; the message is OMERO's."""


def context(conn: Any, group: int = ALL_GROUPS) -> Any:
    """The context of a call in one group, or in all that the user may see."""
    options = conn.createServiceOptsDict()
    options.setOmeroGroup(group)
    return options


def parameters(**values: Sequence[int] | int | str) -> Any:
    """Parameters of a query: ids, lists of ids, texts."""
    made = omero.sys.ParametersI()
    for name, value in values.items():
        if isinstance(value, str):
            made.add(name, rstring(value))
        elif isinstance(value, int):
            made.add(name, rlong(value))
        else:
            made.add(name, rlist([rlong(each) for each in value]))
    return made


def rows(conn: Any, query: str, **values: Sequence[int] | int | str) -> list[list[Any]]:
    """The lines of a query; a moment is milliseconds since 1970."""
    found = conn.getQueryService().projection(query, parameters(**values), context(conn))
    return [[unwrap(value) for value in line] for line in found]


def maps(conn: Any, query: str, **values: Sequence[int] | int | str) -> list[Mapping[str, Any]]:
    """The lines of a query that selects one map, as dictionaries."""
    return [line[0] for line in rows(conn, query, **values)]


def objects(conn: Any, query: str, **values: Sequence[int] | int | str) -> list[Any]:
    """The objects that a query selects, with what it fetches."""
    found = conn.getQueryService().findAllByQuery(query, parameters(**values), context(conn))
    return list(found)


def batches(items: Sequence[Item], size: int = IDS) -> Iterator[Sequence[Item]]:
    """Parts of a list, none longer than `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def command(conn: Any, request: Any, group: int = ALL_GROUPS) -> Any:
    """Have the server carry out a command, and wait for its end.

    Asking, instead of being called back, costs three calls of OMERO for a quick command.

    Raises:
        CommandFailed: the server answered that it cannot or may not.
        Unavailable: the server answered that its database is away.
        omero.ServerError, Ice.Exception: the server, or the way to it, is in trouble.
    """
    handle = conn.c.sf.submit(request, context(conn, group))
    try:
        pause = _FIRST_PAUSE_SECONDS
        while (response := handle.getResponse()) is None:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    finally:
        handle.close()
    if isinstance(response, omero.cmd.ERR):
        told = response.parameters or {}
        if tells_of_the_database(f"{told.get('message')}\n{told.get('stacktrace')}"):
            raise database_away()
        raise CommandFailed(str(told.get("message") or response.name))
    return response
