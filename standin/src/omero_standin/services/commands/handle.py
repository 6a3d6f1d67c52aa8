"""Handle: a command that is waiting, or finished."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import Ice
import omero.cmd

from omero_standin.call import Call

log = logging.getLogger(__name__)
_NOBODY: Final[Any] = None
DELAY: Final = "omero.standin.command_delay_ms"
# Long enough for a client to see that it has to wait.
_DEFAULT_DELAY: Final = "10"


class Handle:
    """A command that is waiting, or finished."""

    def __init__(self, request: Any, carry_out: Callable[[], Any], *, steps: int = 1) -> None:
        """Nothing is done before `run`; `steps` is what the status says of its length."""
        self._request, self._carry_out, self._steps = request, carry_out, steps
        self._response: Any = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[Any, Any] = {}
        self._started = int(time.time() * 1000)
        self._stopped = 0

    def _run(self, delay: float) -> None:
        """Carry out the command after `delay` seconds, unless it is cancelled before."""
        if self._cancelled.wait(delay):
            error = omero.cmd.ERR(self._request.ice_id(), "cancelled", {"message": "cancelled"})
            self._finish(error)
        else:
            self._finish(self._carry_out())

    def addCallback(self, call: Call, callback: Any) -> None:
        """Tell a client when the command is finished, over the connection that it has."""
        if callback is None:
            return
        identity = callback.ice_getIdentity()
        proxy = omero.cmd.CmdCallbackPrx.uncheckedCast(
            call.current.con.createProxy(identity).ice_oneway()
        )
        with self._lock:
            self._callbacks[identity] = proxy

    def removeCallback(self, _call: Call, callback: Any) -> None:
        """Do not tell this client."""
        with self._lock:
            self._callbacks.pop(callback.ice_getIdentity(), None)

    def getRequest(self, _call: Call) -> Any:
        """The command."""
        return self._request

    def getResponse(self, _call: Call) -> Any:
        """The answer; null while there is none."""
        return self._response

    def getStatus(self, _call: Call) -> Any:
        """Times and, when the command failed or was cancelled, the flags that say so.

        As in the real server a command that fails is cancelled, too, and the step is the number of
        the last one that was begun, from 0. A failure is one of the first step.
        """
        status = omero.cmd.Status()
        failed = isinstance(self._response, omero.cmd.ERR)
        status.flags = [omero.cmd.State.FAILURE, omero.cmd.State.CANCELLED] if failed else []
        status.parameters = {}
        done = self._stopped and not failed
        status.steps, status.currentStep = self._steps, self._steps - 1 if done else 0
        status.startTime, status.stopTime = self._started, self._stopped
        status.stepStartTimes = [self._started]
        status.stepStopTimes = [self._stopped] if self._stopped else []
        return status

    def cancel(self, _call: Call) -> bool:
        """Cancel a command that is waiting; false when it is too late."""
        with self._lock:
            if self._response is not None:
                return False
            self._cancelled.set()
            return True

    def close(self, call: Call) -> None:
        """Forget the handle."""
        call.close_object()

    def end(self) -> None:
        """The session is over."""
        self._cancelled.set()

    def _finish(self, response: Any) -> None:
        with self._lock:
            self._stopped = int(time.time() * 1000)
            self._response = response
            callbacks = list(self._callbacks.values())
        status = self.getStatus(_NOBODY)
        for callback in callbacks:
            try:
                callback.finished(response, status)
            except Ice.Exception as error:
                log.info("a client is gone before its command was finished: %s", type(error))


def run(handle: Handle, delay: float = 0) -> None:
    """Carry out a handle's command after `delay` seconds, unless it is cancelled before."""
    handle._run(delay)


def run_later(handle: Handle, config: dict[str, str]) -> None:
    """Carry out a handle's command in a moment, from another thread."""
    delay = int(config.get(DELAY, _DEFAULT_DELAY)) / 1000
    threading.Thread(target=run, args=(handle, delay), daemon=True).start()
