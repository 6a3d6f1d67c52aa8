"""SharedResources: tables, repositories."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

import omero.grid

from omero_standin.binary.folder import MANAGED, SCRIPTS
from omero_standin.call import Call, plain
from omero_standin.services.access import readable, working_group
from omero_standin.services.managedrepository import ManagedRepository
from omero_standin.services.repository import Repository, description
from omero_standin.services.tables import TableHandler

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
        row = readable(call, "OriginalFile", plain(file.id))
        return call.publish(omero.grid.Table, TableHandler(call.kernel, row))
