"""DoAll, Save and ListRequests: commands about commands."""

from __future__ import annotations

import time
from typing import Any

import omero.api
import omero.cmd

from omero_standin.services.commands.work import Work
from omero_standin.services.iupdate import Update


def do_all(work: Work, request: Any) -> Any:
    """Carry out several commands, all or none."""
    responses, status = [], []
    contexts = request.contexts or []
    for number, each in enumerate(request.requests):
        context = contexts[number] if number < len(contexts) else None
        started = int(time.time() * 1000)
        responses.append(work.in_context(context or {}).carry_out(each))
        done = omero.cmd.Status()
        done.flags, done.parameters = [], {}
        done.steps, done.currentStep = 1, 0
        done.startTime, done.stopTime = started, int(time.time() * 1000)
        done.stepStartTimes, done.stepStopTimes = [done.startTime], [done.stopTime]
        status.append(done)
    return omero.cmd.DoAllRsp(responses, status)


def save(work: Work, request: Any) -> Any:
    """Save an object, as IUpdate does."""
    return omero.api.SaveRsp(Update().saveAndReturnObject(work, request.obj))


def list_requests(work: Work, _request: Any) -> Any:
    """One empty request of every kind that is supported."""
    return omero.cmd.ListRequestsRsp([kind() for kind in work.commands])
