"""Handles: how OMERO answers a command (`cmd` request) that it may take long to carry out.

In this part of the stand-in no command is known, so each one is answered by a handle that has
already failed and names it. That is how the real server reports a command's failure, too: `submit`
itself declares no exception.
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from typing import Any

import Ice
import omero.cmd

from omero_standin.servants import CATEGORY


class Handle(omero.cmd.Handle):  # type: ignore[misc]
    """A finished command."""

    def __init__(self, request: Any, response: Any, adapter: Any) -> None:
        """The answer is there from the start."""
        self._request = request
        self._response = response
        self._adapter = adapter
        self._done = int(time.time() * 1000)

    def addCallback(self, _callback: Any, _current: Any) -> None:
        """Nobody is called: clients look once by themselves, and find the answer."""

    def removeCallback(self, _callback: Any, _current: Any) -> None:
        """There is none."""

    def getRequest(self, _current: Any) -> Any:
        """The command."""
        return self._request

    def getResponse(self, _current: Any) -> Any:
        """The answer."""
        return self._response

    def getStatus(self, _current: Any) -> Any:
        """Finished, with the flag for a failure when it is one."""
        status = omero.cmd.Status()
        failed = isinstance(self._response, omero.cmd.ERR)
        status.flags = [omero.cmd.State.FAILURE] if failed else []
        status.parameters = {}
        status.startTime = status.stopTime = self._done
        status.stepStartTimes, status.stepStopTimes = [], []
        return status

    def cancel(self, _current: Any) -> bool:
        """It is too late."""
        return False

    def close(self, current: Any) -> None:
        """Forget the handle."""
        self._adapter.remove(current.id)


def failed(request: Any, message: str, adapter: Any) -> Any:
    """A handle on a command that failed."""
    response = omero.cmd.ERR(request.ice_id(), "omero-standin", {"message": message})
    identity = Ice.Identity(Ice.generateUUID(), f"{CATEGORY}Handle")
    proxy = adapter.add(Handle(request, response, adapter), identity)
    return omero.cmd.HandlePrx.uncheckedCast(proxy)
