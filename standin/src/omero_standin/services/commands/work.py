"""What a command gets beside its request, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import omero.cmd

from omero_standin.call import Call
from omero_standin.model.permissions import ALL_GROUPS
from omero_standin.model.store import Row

# These work in all of the caller's groups, whatever group the call is in.
_EVERYWHERE: Final = (
    omero.cmd.Chgrp2,
    omero.cmd.Chmod2,
    omero.cmd.Chown2,
    omero.cmd.Delete2,
    omero.cmd.DiskUsage,
    omero.cmd.DiskUsage2,
    omero.cmd.FindChildren,
    omero.cmd.FindParents,
    omero.cmd.SkipHead,
)


@dataclass
class Work(Call):
    """A call that carries out a command.

    Contents of the rows in `deleted` are removed when the whole command has succeeded.
    """

    commands: Mapping[type, Callable[[Work, Any], Any]] = field(default_factory=dict)
    deleted: list[Row] = field(default_factory=list)

    def carry_out(self, request: Any) -> Any:
        """The response to a request; `Failure` when there is none."""
        command = self.commands.get(type(request))
        if command is None:
            raise Failure(
                "omero-standin",
                f"the OMERO stand-in does not support the command {request.ice_id()}",
            )
        if isinstance(request, _EVERYWHERE):
            return command(self.in_context({"omero.group": str(ALL_GROUPS)}), request)
        return command(self, request)

    def in_context(self, context: dict[str, str]) -> Work:
        """The same work with more of a call context."""
        return Work(
            self.kernel,
            self.session,
            self.context | context,
            self.current,
            commands=self.commands,
            deleted=self.deleted,
        )


class Failure(Exception):
    """A command that cannot be carried out: becomes an `ERR`, as in the real server."""

    def __init__(self, name: str, message: str, *, graph: bool = False) -> None:
        """`name` is the short word clients see first; `graph` for the graph commands' own ERR."""
        super().__init__(message)
        self.name = name
        self.graph = graph

    def response(self, request: Any) -> Any:
        """The `ERR` for a request."""
        made = omero.cmd.GraphException() if self.graph else omero.cmd.ERR()
        made.category, made.name = request.ice_id(), self.name
        made.parameters = {"message": str(self), "stacktrace": f"{self.name}: {self}"}
        if self.graph:
            made.message = str(self)
        return made
