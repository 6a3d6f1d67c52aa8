"""InteractiveProcessor: a place for one job, whose script a client runs and reads the results of.

`SharedResources.acquireProcessor` makes it, as in OMERO.server's `InteractiveProcessorI`
(https://github.com/ome/omero-blitz).
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from typing import Any, Final

from omero.rtypes import rmap

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.scripts.added import Added
from omero_standin.scripts.parameters import checked
from omero_standin.scripts.processor import WAIT_SECONDS
from omero_standin.servants import unlocked
from omero_standin.services.iscript import text_of
from omero_standin.services.launch import launched
from omero_standin.services.processes import ScriptProcess

_LIFE_MS: Final = 60 * 60 * 1000


class InteractiveProcessor:
    """Runs the script of one job, as often as the client has read the results."""

    def __init__(self, job: Row, script: Row, elsewhere: Added | None) -> None:
        """Nothing runs yet. `elsewhere` is an added processor, in place of our own."""
        self._job, self._script, self._elsewhere = job, script, elsewhere
        self._process: ScriptProcess | None = None
        self._started = int(time.time() * 1000)
        self._detached = self._stopped = False

    def expires(self, _call: Call) -> Any:
        """Until when it is the client's, in milliseconds since 1970."""
        return self._started + _LIFE_MS

    def getJob(self, call: Call) -> Any:
        """The job."""
        return call.marshaller().object(self._job, {"status": {}})

    @unlocked
    def params(self, call: Call) -> Any:
        """What the script takes and gives back."""
        self._need_running()
        with call.store.lock:
            text = text_of(call, self._script)
        return call.kernel.parameters.of(call, text, self._script.values["name"])

    @unlocked
    def execute(self, call: Call, inputs: Any) -> Any:
        """Run the script; its process. Inputs that do not fit are a ValidationException."""
        if self._process is not None:
            done = self._process.poll(call) is not None
            raise refuse.usage("Please retrieve results." if done else "Process currently running.")
        parameters = self.params(call)
        given = dict(inputs.val) if inputs is not None and inputs.val is not None else {}
        try:
            values = checked(parameters, given)
        except Exception as error:
            with call.store.lock:
                set_status(call, self._job, "Error", str(getattr(error, "message", error)))
            raise
        with call.store.lock:
            text = text_of(call, self._script)
        process, proxy = launched(
            call,
            text,
            parameters,
            values,
            self._running(call),
            wait=WAIT_SECONDS,
            elsewhere=self._elsewhere,
        )
        self._process = process
        return proxy

    @unlocked
    def getResults(self, call: Call, _process: Any) -> Any:
        """Outputs and streams of the run that has ended; the script may run again."""
        if self._process is None:
            raise refuse.usage("No current process.")
        if self._process.poll(call) is None:
            raise refuse.usage("Process still running.")
        results = self._process.getResults(call, 0)
        self._process = None
        return rmap(results)

    def setDetach(self, _call: Call, detach: bool) -> Any:
        """Whether the script outlives the processor; what was set before."""
        before, self._detached = self._detached, detach
        return before

    @unlocked
    def stop(self, _call: Call) -> None:
        """The client is done; the script ends, unless it was detached."""
        if not self._stopped:
            self._stopped = True
            self.end()

    def end(self) -> None:
        """The session is over."""
        if self._process is not None and not self._detached:
            self._process.end()

    def _need_running(self) -> None:
        if self._stopped:
            raise refuse.usage("This processor is stopped.")

    def _running(self, call: Call) -> Any:
        def job() -> Row:
            set_status(call, self._job, "Running", "")
            return self._job

        return job


def set_status(call: Call, job: Row, status: str, message: str) -> None:
    """Give a job a status and a message."""
    ref = enumeration(call.store, "JobStatus", status)
    call.store.update(job, status=ref, message=message[:255])
