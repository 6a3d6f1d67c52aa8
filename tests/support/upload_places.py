"""A stand-in with groups of several levels, where people have projects, datasets and screens.

`ada` owns a project in each group and `ben` is a member of the same groups, `chi` of another one.
Everybody's password is their name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.gateway import BlitzGateway

import local_services
from omero_plugin_common.omero_api import hql

LEVELS: Final = {"private": "rw----", "notes": "rwra--", "sharing": "rwrw--"}


def _described() -> dict[str, Any]:
    people = [
        {"name": "ada", "groups": list(LEVELS)},
        {"name": "ben", "groups": list(LEVELS)},
        {"name": "chi", "groups": ["elsewhere"]},
        {"name": "manager", "groups": ["system"], "privileges": "all"},
        {"name": "job-service", "groups": [], "privileges": ["Sudo"]},
    ]
    groups = [{"name": name, "permissions": level} for name, level in LEVELS.items()]
    groups.append({"name": "elsewhere", "permissions": "rwra--"})
    image = {"name": "cell_{:02d}.tif", "count": 2, "size": [8, 8, 1, 1, 1], "files": "each"}
    data = [
        {
            "owner": "ada",
            "group": group,
            "projects": [
                {"name": f"Project {group}", "datasets": [{"name": "cells", "images": [image]}]}
            ],
            "screens": [
                {
                    "name": f"Screen {group}",
                    "plates": [{"name": "P1", "rows": 1, "columns": 1, "fields": 1}],
                }
            ],
        }
        for group in LEVELS
    ]
    return {"groups": groups, "users": people, "data": data}


@dataclass(frozen=True)
class Asks:
    """Who asks, as a view has them."""

    user_id: int
    group_id: int
    is_admin: bool = False


class Places:
    """The running stand-in."""

    def __init__(self, service: local_services.Service, folder: Path) -> None:
        """Nobody is connected."""
        self.service, self.folder = service, folder
        self._gateways: dict[str, Any] = {}

    def job_variables(self) -> dict[str, str]:
        """What jobs need to act for users."""
        secret = self.folder / "job-service-password"
        secret.write_text("job-service")
        return {
            "OMERO_HOST": "127.0.0.1",
            "OMERO_PORT": str(self.service.port),
            "JOB_SERVICE_USER": "job-service",
            "JOB_SERVICE_PASSWORD_FILE": str(secret),
        }

    def user(self, name: str) -> Any:
        """A gateway of a user, seeing all groups."""
        if name not in self._gateways:
            gateway = BlitzGateway(
                name, name, host="127.0.0.1", port=self.service.port, secure=True
            )
            assert gateway.connect(), gateway.getLastError()
            gateway.SERVICE_OPTS.setOmeroGroup(-1)
            self._gateways[name] = gateway
        return self._gateways[name]

    def asks(self, name: str, group: str = "sharing") -> Asks:
        """A user whose active group is this one."""
        context = self.user(name).getEventContext()
        return Asks(int(context.userId), self.id_of("ExperimenterGroup", group), context.isAdmin)

    def id_of(self, kind: str, name: str) -> int:
        """The id of the first object of this name."""
        query = f"select o.id from {kind} o where o.name = :name order by o.id"  # noqa: S608
        return int(hql.rows(self.user("manager"), query, name=name)[0][0])

    def dataset(self, group: str) -> int:
        """Ada's dataset in a group."""
        query = "select d.id from Dataset d where d.name = 'cells' and d.details.group.name = :name"
        return int(hql.rows(self.user("manager"), query, name=group)[0][0])

    def images(self, group: str) -> dict[str, int]:
        """The images of ada's dataset in a group, by name."""
        query = (
            "select i.name, i.id from DatasetImageLink l join l.child i where l.parent.id = :id "
        )
        rows = hql.rows(self.user("manager"), query, id=self.dataset(group))
        return {str(name): int(id_) for name, id_ in rows}

    def make(self, name: str, kind: str, group: str, made: str) -> int:
        """A new project, dataset or screen of a user."""
        gateway = self.user(name)
        options = hql.context(gateway, self.id_of("ExperimenterGroup", group))
        one = getattr(omero.model, f"{kind}I")()
        one.name = omero.rtypes.rstring(made)
        return int(gateway.getUpdateService().saveAndReturnObject(one, options).id.val)

    def close(self) -> None:
        """End the connections."""
        for gateway in self._gateways.values():
            gateway.close(hard=True)


@contextmanager
def places(folder: Path) -> Iterator[Places]:
    """The stand-in to the end of the block."""
    description = folder / "places.json"
    description.write_text(json.dumps(_described()))
    arguments = ("--data", str(description), "--control-port", "0")
    with local_services.standin(folder, *arguments) as running:
        made = Places(running, folder)
        try:
            yield made
        finally:
            made.close()
