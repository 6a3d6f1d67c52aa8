"""Starting a script on a place of the processor, for the one who calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import omero.grid

from omero_standin.call import Call
from omero_standin.model.store import Row
from omero_standin.scripts.added import Added, RemoteChild
from omero_standin.services.processes import ScriptProcess

# What a processor runs a script with: its own Python.
_LAUNCHER: Final = {"omero.launcher": "", "omero.process": "omero.processor.ProcessI"}


def launched(
    call: Call,
    text: bytes,
    parameters: Any,
    inputs: dict[str, Any],
    job: Callable[[], Row],
    *,
    wait: float,
    elsewhere: Added | None = None,
) -> tuple[ScriptProcess, Any]:
    """A script's process, and its proxy.

    Args:
        call: of the one who runs it; the script gets a session of theirs.
        text: of the script.
        parameters: what it takes and gives back (`JobParams`).
        inputs: checked values.
        job: gives the job, when there is a place.
        wait: seconds, at most, for a place; then it is a ResourceError.
        elsewhere: an added processor that has accepted the job, in place of our own.
    """
    kernel = call.kernel
    if elsewhere is not None:
        return _launched_elsewhere(call, elsewhere, parameters, inputs, job)
    kernel.processor.take(wait)
    child = None
    try:
        with call.store.lock:
            made = job()
        session = kernel.sessions.create(call.user.id, made.group, agent="OMERO.scripts")
        session.references = 1
        kernel.memories.of(session.uuid).inputs.update(inputs)
        child = kernel.processor.start(text, session, {"omero.job": str(made.id)})
    finally:
        if child is None:
            kernel.processor.release(None)
    process = ScriptProcess(kernel, child, made, session, parameters)
    return process, call.publish(omero.grid.ScriptProcess, process)


def _launched_elsewhere(
    call: Call, added: Added, parameters: Any, inputs: dict[str, Any], job: Callable[[], Row]
) -> tuple[ScriptProcess, Any]:
    kernel = call.kernel
    with call.store.lock:
        made = job()
        given = call.marshaller().object(made)
    session = kernel.sessions.create(call.user.id, made.group, agent="OMERO.scripts")
    session.references = 1
    kernel.memories.of(session.uuid).inputs.update(inputs)
    try:
        found = added.proxy.processJob(session.uuid, parameters, given, _LAUNCHER)
    except BaseException:
        kernel.sessions.close(session.uuid)
        raise
    process = omero.grid.ProcessPrx.uncheckedCast(added.over(found.ice_getIdentity()))
    started = ScriptProcess(kernel, RemoteChild(process), made, session, parameters)
    return started, call.publish(omero.grid.ScriptProcess, started)
