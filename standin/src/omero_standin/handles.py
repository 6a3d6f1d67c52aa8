"""Handles: how OMERO answers a command (`cmd` request) that it may take long to carry out.

A command that fails, or that is not in `services/table.py`, is answered by a handle with an `ERR`,
as in the real server: `submit` itself declares no exception.

As there, a handle is never finished when `submit` returns: the command is carried out a moment
later, `omero.standin.command_delay_ms` (10), and clients are told through their callbacks.
"""

from __future__ import annotations

import logging
from typing import Any

import omero
import omero.cmd

from omero_standin.call import Call
from omero_standin.services.commands.handle import DELAY, Handle, run_later
from omero_standin.services.commands.work import Failure, Work
from omero_standin.services.table import COMMANDS

log = logging.getLogger(__name__)
__all__ = ["DELAY", "Handle", "submit"]


def submit(call: Call, request: Any) -> Any:
    """Carry out a command in a moment; its handle."""
    work = Work(call.kernel, call.session, call.context, call.current, commands=COMMANDS)
    handle = Handle(request, lambda: _response(work, request))
    proxy = call.publish(omero.cmd.Handle, handle)
    run_later(handle, call.kernel.config)
    return proxy


def _response(work: Work, request: Any) -> Any:
    try:
        work.begin()
        work.kernel.calls.meet("Command", type(request).__name__, work.session)
        with work.store.lock, work.store.transaction():
            response = work.carry_out(request)
    except Failure as failure:
        log.info("%s failed: %s", request.ice_id(), failure)
        return failure.response(request)
    except omero.ServerError as error:
        return Failure(type(error).__name__, error.message).response(request)
    except Exception as error:
        log.exception("fault in the command %s", request.ice_id())
        return Failure("fault", f"fault of the OMERO stand-in: {error!r}").response(request)
    # What is in a folder goes before the folder.
    for row in sorted(
        work.deleted, key=lambda row: len(row.values.get("path") or ""), reverse=True
    ):
        work.kernel.data.forget(row)
    return response
