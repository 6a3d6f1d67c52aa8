"""ScriptProcess: one run of a script."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any, Final

import Ice
import omero.constants.categories
import omero.grid
import omero.model
from omero.rtypes import rint, robject

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.call import Call
from omero_standin.kernel import Kernel
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Author, Row
from omero_standin.scripts.added import RemoteChild
from omero_standin.scripts.process import ScriptChild
from omero_standin.servants import unlocked
from omero_standin.sessions import Session

log = logging.getLogger(__name__)
_KEPT_BYTES: Final = 100_000_000


class ScriptProcess:
    """A script that runs or has ended. Its streams become OriginalFiles of the job."""

    # OMERO.web knows the processes among its jobs by this.
    category: Final = omero.constants.categories.PROCESSCALLBACK

    def __init__(
        self,
        kernel: Kernel,
        child: ScriptChild | RemoteChild,
        job: Row,
        session: Session,
        parameters: Any,
    ) -> None:
        """Follow a child to its end."""
        self._kernel, self._child, self._job, self._session = kernel, child, job, session
        self._parameters = parameters
        self._lock = threading.Lock()
        self._callbacks: dict[Any, Any] = {}
        self._results: dict[str, Any] = {}
        self._done = threading.Event()
        self._code: int | None = None
        self._detached = False
        child.when_ended(self._finish)

    # --- looking

    def getJob(self, call: Call) -> Any:
        """The ScriptJob."""
        return call.marshaller().object(self._job, {"status": {}})

    @unlocked
    def poll(self, _call: Call) -> Any:
        """The exit code; null while the script runs."""
        return rint(self._code) if self._done.is_set() else None

    @unlocked
    def wait(self, _call: Call) -> Any:
        """The exit code, when there is one."""
        self._done.wait()
        return self._code

    @unlocked
    def getResults(self, _call: Call, seconds: int) -> Any:
        """Outputs and streams of a script that ends within so many seconds."""
        if not self._done.wait(max(0, seconds)):
            raise refuse.usage("Process not finished")
        return dict(self._results)

    def setMessage(self, call: Call, message: str) -> Any:
        """Set the message of the job; the one it had."""
        before = self._job.values.get("message") or ""
        call.store.update(self._job, message=message)
        return before

    # --- ending

    @unlocked
    def cancel(self, _call: Call) -> Any:
        """Ask the script to end; whether it still ran."""
        ran = self._child.stop("cancelled")
        if ran:
            self._tell("processCancelled", True)
        return ran

    @unlocked
    def kill(self, _call: Call) -> Any:
        """End the script at once; whether it still ran."""
        ran = self._child.kill()
        if ran:
            self._tell("processKilled", True)
        return ran

    @unlocked
    def shutdown(self, _call: Call) -> None:
        """Ask the script to end."""
        self._child.stop("cancelled")

    @unlocked
    def close(self, call: Call, detach: bool) -> None:
        """Take the process away; without `detach` the script ends with it."""
        self._detached = detach
        self.end()
        call.close_object()

    def end(self) -> None:
        """The session is over: so is the script, unless it was detached."""
        if not self._detached:
            self._child.stop("cancelled")

    # --- callbacks

    def registerCallback(self, call: Call, callback: Any) -> None:
        """Tell a client how the script ends, over the connection that it has."""
        identity = callback.ice_getIdentity()
        proxy = call.current.con.createProxy(identity).ice_oneway()
        with self._lock:
            self._callbacks[identity] = omero.grid.ProcessCallbackPrx.uncheckedCast(proxy)

    def unregisterCallback(self, _call: Call, callback: Any) -> None:
        """Do not tell this client."""
        with self._lock:
            self._callbacks.pop(callback.ice_getIdentity(), None)

    # --- inside

    def _finish(self, code: int) -> None:
        try:
            self._keep(code)
        except Exception:
            log.exception("fault after the end of script job %d", self._job.id)
        finally:
            self._child.clean()
            self._kernel.sessions.close(self._session.uuid)
            if isinstance(self._child, ScriptChild):
                self._kernel.processor.release(self._child)
            self._code = code
            self._done.set()
        if self._child.stopped is None:
            self._tell("processFinished", code)

    def _tell(self, how: str, value: Any) -> None:
        with self._lock:
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            try:
                getattr(callback, how)(value)
            except Ice.Exception as error:
                log.info("a client is gone before its script ended: %s", type(error))

    def _keep(self, code: int) -> None:
        kernel = self._kernel
        results = dict(kernel.memories.of(self._session.uuid).outputs)
        status = "Finished" if code == 0 else "Error"
        if self._child.stopped is not None:
            status = "Cancelled"
        store = kernel.store
        with store.lock:
            store.author = Author(self._job.owner, self._job.group, self._session.id)
            with store.transaction():
                for name, file in self._streams(self._child).items():
                    results.setdefault(name, robject(omero.model.OriginalFileI(file.id, False)))
                values: dict[str, Any] = {
                    "status": enumeration(store, "JobStatus", status),
                    "finished": int(time.time() * 1000),
                }
                if self._child.stopped is not None:
                    values["message"] = self._child.stopped
                store.update(self._job, **values)
        self._results = results

    def _streams(self, child: ScriptChild | RemoteChild) -> dict[str, Row]:
        """The files of the streams by name: made of a child's, or those that a processor kept."""
        if isinstance(child, ScriptChild):
            forms = (
                ("stdout", "out", self._parameters.stdoutFormat),
                ("stderr", "err", self._parameters.stderrFormat),
            )
            return {
                name: self._keep_stream(child.stream(stream), name, form)
                for name, stream, form in forms
                if form and child.stream(stream).stat().st_size
            }
        store = self._kernel.store
        links = store.referring("JobOriginalFileLink", "parent", self._job.ref)
        files = [store.get(*link.values["child"]) for link in links]
        return {
            file.values["name"]: file
            for file in files
            if file.values.get("name") in ("stdout", "stderr")
        }

    def _keep_stream(self, stream: Path, name: str, form: str) -> Row:
        kernel, store = self._kernel, self._kernel.store
        ownership = {"owner": self._job.owner, "group": self._job.group}
        with stream.open("rb") as content:
            data = content.read(_KEPT_BYTES)
        values = {"name": name, "path": "/", "mimetype": form, "size": len(data)}
        file = store.insert("OriginalFile", values, **ownership)
        path = kernel.data.content(file)
        path.write_bytes(data)
        store.update(
            file,
            hash=checksums.of_file(path),
            hasher=enumeration(store, "ChecksumAlgorithm", checksums.DEFAULT),
        )
        link = {"parent": self._job.ref, "child": file.ref}
        store.insert("JobOriginalFileLink", link, **ownership)
        return file
