"""Handles: how OMERO answers a command (`cmd` request) that it may take long to carry out.

A command that is not in `services/table.py` is answered by a handle that has already failed and
names it. That is how the real server reports a command's failure, too: `submit` itself declares no
exception.
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import time
from typing import Any

import omero.cmd

from omero_standin.call import Call
from omero_standin.services.table import COMMANDS

log = logging.getLogger(__name__)


class Handle:
    """A finished command."""

    def __init__(self, request: Any, response: Any) -> None:
        """The answer is there from the start."""
        self._request = request
        self._response = response
        self._done = int(time.time() * 1000)

    def addCallback(self, _call: Call, _callback: Any) -> None:
        """Nobody is called: clients look once by themselves, and find the answer."""

    def removeCallback(self, _call: Call, _callback: Any) -> None:
        """There is none."""

    def getRequest(self, _call: Call) -> Any:
        """The command."""
        return self._request

    def getResponse(self, _call: Call) -> Any:
        """The answer."""
        return self._response

    def getStatus(self, _call: Call) -> Any:
        """Finished, with the flag for a failure when it is one."""
        status = omero.cmd.Status()
        failed = isinstance(self._response, omero.cmd.ERR)
        status.flags = [omero.cmd.State.FAILURE] if failed else []
        status.parameters = {}
        status.startTime = status.stopTime = self._done
        status.stepStartTimes, status.stepStopTimes = [], []
        return status

    def cancel(self, _call: Call) -> bool:
        """It is too late."""
        return False

    def close(self, call: Call) -> None:
        """Forget the handle."""
        call.close_object()


def submit(call: Call, request: Any) -> Any:
    """Carry out a command; a handle with its response."""
    command = COMMANDS.get(type(request))
    if command is None:
        message = f"the OMERO stand-in does not support the command {request.ice_id()}"
        log.warning("refused: %s", message)
        response = omero.cmd.ERR(request.ice_id(), "omero-standin", {"message": message})
    else:
        with call.store.lock:
            response = command(call, request)
    return call.publish(omero.cmd.Handle, Handle(request, response))
