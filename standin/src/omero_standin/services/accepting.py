"""Which of the added processors takes a job."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import threading
from typing import Any

import omero.grid
import omero.model

from omero_standin.call import Call
from omero_standin.model.store import Row
from omero_standin.scripts.added import Added, asked
from omero_standin.servants import unlocked
from omero_standin.services.access import working_group


class ProcessorCallback:
    """Takes the answer of one processor."""

    def __init__(self) -> None:
        """There is none yet."""
        self.accepted = False
        self.answered = threading.Event()

    @unlocked
    def isProxyAccepted(self, _call: Call, accepted: bool, _session: str, _proxy: Any) -> None:
        """Whether the processor takes the job."""
        self.accepted = accepted
        self.answered.set()


def accepting(call: Call, job: Row | None, seconds: float) -> Added | None:
    """The first added processor that takes the job, or what the caller runs without one.

    Processors that do not answer within so many seconds take nothing. The store must not be locked.
    """
    user = omero.model.ExperimenterI(call.user.id, False)
    group = omero.model.ExperimenterGroupI(working_group(call), False)
    with call.store.lock:
        given = None if job is None else call.marshaller().object(job)
    for added in call.kernel.added.of(call.user.id):
        callback = ProcessorCallback()
        proxy = call.publish(omero.grid.ProcessorCallback, callback)
        try:
            asked(added, user, group, given, proxy)
            callback.answered.wait(seconds)
        finally:
            call.kernel.published.remove(proxy.ice_getIdentity().name)
        if callback.accepted:
            return added
    return None
