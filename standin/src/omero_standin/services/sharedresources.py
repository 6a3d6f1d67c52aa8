"""SharedResources: tables, repositories."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

import omero
import omero.grid
import omero.model

from omero_standin import refuse
from omero_standin.binary.folder import MANAGED, SCRIPTS
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.saving.given import kind_of
from omero_standin.scripts.added import Added
from omero_standin.servants import unlocked
from omero_standin.services.accepting import accepting
from omero_standin.services.access import loaded, working_group
from omero_standin.services.interactiveprocessor import InteractiveProcessor, set_status
from omero_standin.services.iscript import may_run, script_of, scripts_of
from omero_standin.services.iupdate import Update
from omero_standin.services.managedrepository import ManagedRepository, fill_job
from omero_standin.services.repository import Repository, description
from omero_standin.services.tables import TableHandler

_LONGEST_WAIT: Final = 3 * 60
_MIMETYPE: Final = "OMERO.tables"


class SharedResources:
    """What OMERO.grid shares out."""

    def repositories(self, call: Call) -> Any:
        """The repositories: their OriginalFiles, and proxies to use them."""
        made = omero.grid.RepositoryMap()
        rows = [description(call, MANAGED), description(call, SCRIPTS)]
        made.descriptions = call.marshaller().objects(rows)
        made.proxies = [
            call.publish(omero.grid.ManagedRepository, ManagedRepository()),
            self.getScriptRepository(call),
        ]
        return made

    def getScriptRepository(self, call: Call) -> Any:
        """The repository of the official scripts."""
        return call.publish(omero.grid.Repository, Repository(SCRIPTS))

    @unlocked
    def acquireProcessor(self, call: Call, job: Any, seconds: int) -> Any:
        """A processor for the script of a new job.

        The job is saved in any case; without a processor for it, it is an Error.
        """
        if seconds > _LONGEST_WAIT:
            raise refuse.usage("Delay is too long. Maximum = 3 minutes.")
        if job is None:
            raise refuse.usage("Could not submit job. ")
        with call.store.lock:
            fill_job(call, job)
            status = enumeration(call.store, "JobStatus", "Waiting")
            job.status = omero.model.JobStatusI(status.id, False)
            saved = Update().saveAndReturnObject(call, job)
            row = call.store.get(kind_of(job), plain(saved.id))
            script = _script(call, row)
        elsewhere = None if may_run(call, script) else accepting(call, row, seconds)
        if elsewhere is None and not may_run(call, script):
            message = "No processor available! [0 response(s)]"
            with call.store.lock:
                set_status(call, row, "Error", message)
            raise omero.NoProcessorAvailable("", "NoProcessorAvailable", message, 0)
        processor = InteractiveProcessor(row, script, elsewhere)
        return call.publish(omero.grid.InteractiveProcessor, processor)

    def addProcessor(self, call: Call, processor: Any) -> None:
        """A processor of the client's own, for what the caller runs; an administrator's for all.

        It is called over the connection that the client has.
        """
        over = call.current.con.createProxy
        proxy = omero.grid.ProcessorPrx.uncheckedCast(over(processor.ice_getIdentity()))
        admin = call.accounts.is_admin(call.user)
        call.kernel.added.add(Added(call.session.uuid, call.user.id, admin, proxy, over))

    def removeProcessor(self, call: Call, processor: Any) -> None:
        """Without that processor again."""
        call.kernel.added.remove(processor.ice_getIdentity())

    def areTablesEnabled(self, _call: Call) -> Any:
        """Always."""
        return True

    def newTable(self, call: Call, _repository: int, path: str) -> Any:
        """A new table of the caller, without columns yet."""
        place = PurePosixPath("/" + path.lstrip("/"))
        values = {
            "name": place.name,
            "path": f"{str(place.parent).rstrip('/')}/",
            "mimetype": _MIMETYPE,
            "size": 0,
        }
        file = call.store.insert(
            "OriginalFile", values, owner=call.user.id, group=working_group(call)
        )
        return call.publish(omero.grid.Table, TableHandler(call.kernel, file))

    def openTable(self, call: Call, file: Any) -> Any:
        """The table of a file."""
        if file is None or file.id is None:
            raise refuse.invalid("file must be a managed instance.")
        row = loaded(call, "OriginalFile", plain(file.id))
        return call.publish(omero.grid.Table, TableHandler(call.kernel, row))


def _script(call: Call, job: Row) -> Row:
    """The one script that a job is for."""
    found = scripts_of(call, job)
    if len(found) != 1:
        raise refuse.invalid(f"No script for job :{job.id}")
    return script_of(call, found[0].id)
