"""What every store of the service factory can do."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin.call import Call
from omero_standin.services.iadmin import Admin


class Stateful:
    """Base of the handlers in `STORES`."""

    def activate(self, _call: Call) -> None:
        """It is in memory always."""

    def passivate(self, _call: Call) -> None:
        """It stays in memory."""

    def close(self, call: Call) -> None:
        """Take the store away."""
        call.close_object()

    def getCurrentEventContext(self, call: Call) -> Any:
        """The caller, as IAdmin describes it."""
        return Admin().getEventContext(call)
