"""A stand-in with four groups and their people, and the OMP plugin's jobs run against it.

`ada` owns images in a group of each permission level, `ben` is a member of these groups, `chi` of
another one, `manager` is an administrator. Everybody's password is their name.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from uuid import UUID

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

import local_services
import omeroweb_omp_plugin.jobs  # noqa: F401 - makes the kinds known here
from omero_plugin_common import database
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.images import named_in
from omeroweb_omp_plugin.planning import Existing
from omeroweb_omp_plugin.store import selections

LEVELS: Final = {"private": "rw----", "reading": "rwr---", "notes": "rwra--", "sharing": "rwrw--"}
CLIENT: Final = "openmicroscopy.org/omero/client/mapAnnotation"


def described(images: int = 6, more: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The description for the stand-in: a dataset `names` of ada's in each group."""
    people = [
        {"name": "ada", "groups": list(LEVELS)},
        {"name": "ben", "groups": list(LEVELS)},
        {"name": "chi", "groups": ["elsewhere"]},
        {"name": "manager", "groups": ["system"], "privileges": "all"},
        {"name": "job-service", "groups": [], "privileges": ["Sudo"]},
    ]
    entry = {"name": "HeLa_{:02d}_DAPI.tif", "count": images, "size": [8, 8, 1, 1, 1]}
    groups = [{"name": name, "permissions": level} for name, level in LEVELS.items()]
    groups.append({"name": "elsewhere", "permissions": "rwra--"})
    data = [
        {
            "owner": "ada",
            "group": group,
            "projects": [
                {"name": f"Project {group}", "datasets": [{"name": "names", "images": [entry]}]}
            ],
        }
        for group in LEVELS
    ]
    return {"groups": groups, "users": people, "data": data + (more or [])}


class Lab:
    """The stand-in, and what tests do with it."""

    def __init__(self, service: local_services.Service, folder: Path) -> None:
        """Nobody is connected."""
        self.service, self.folder = service, folder
        self._gateways: dict[str, Any] = {}
        line = next(
            each for each in service.log.read_text().splitlines() if each.startswith("ready ")
        )
        self.control = f"http://127.0.0.1:{line.rpartition('control-port=')[2]}"

    def variables(self) -> dict[str, str]:
        """What jobs need to act for users."""
        secret = self.folder / "job-service-password"
        secret.write_text("job-service")
        return {
            "OMERO_HOST": "127.0.0.1",
            "OMERO_PORT": str(self.service.port),
            "JOB_SERVICE_USER": "job-service",
            "JOB_SERVICE_PASSWORD_FILE": str(secret),
            "FMP_HASH_SECRET": "the secret of the tests",
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

    def close(self) -> None:
        """End the connections; whoever is needed afterwards gets a new one."""
        while self._gateways:
            self._gateways.popitem()[1].close(hard=True)

    def counts(self) -> dict[str, int]:
        """Calls so far."""
        with urllib.request.urlopen(f"{self.control}/counts") as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))

    def count_anew(self) -> None:
        """Forget the calls so far."""
        self._control("DELETE", "/counts")

    def order(self, **fault: Any) -> None:
        """The next calls meet a fault."""
        self._control("POST", "/faults", json.dumps(fault).encode())

    def forget_faults(self) -> None:
        """No call meets a fault any more."""
        self._control("DELETE", "/faults")

    def _control(self, method: str, path: str, body: bytes | None = None) -> None:
        request = urllib.request.Request(self.control + path, body, method=method)  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310 - loopback

    def dataset(self, group: str, user: str = "ada") -> int:
        """The dataset `names` of a group."""
        query = "select d.id from Dataset d where d.details.group.name = :name"
        return self.one(query, user, name=group)

    def group(self, name: str) -> int:
        """The id of a group."""
        query = "select g.id from ExperimenterGroup g where g.name = :name"
        return self.one(query, "ada", name=name)

    def one(self, query: str, user: str, **values: Any) -> int:
        """The number that a query selects."""
        return int(hql.rows(self.user(user), query, **values)[0][0])

    def images(self, group: str) -> list[int]:
        """The images of ada's dataset in a group."""
        return self.images_of(self.dataset(group))

    def images_of(self, dataset: int) -> list[int]:
        """The images of a dataset of ada's."""
        return sorted(each.id for each in named_in(self.user("ada"), "Dataset", [dataset]))

    def select(self, user: str, images: list[int]) -> UUID:
        """A selection of a user."""
        found = named_in(self.user("ada"), "Image", images)
        return selections.save(int(self.user(user).getUserId()), sorted(found))

    def sets(self, images: list[int], user: str = "ada") -> dict[int, list[Existing]]:
        """The sets of images as a user sees them."""
        return sets_of(self.user(user), images)

    def forget_sets(self) -> None:
        """No image of the datasets `names` has a set any more."""
        for group in LEVELS:
            sets = self.sets(self.images(group)).values()
            if found := [each.annotation for some in sets for each in some]:
                self.user("manager").deleteObjects("Annotation", found, wait=True)

    def pairs(self, image: int, user: str = "ada") -> list[dict[str, str]]:
        """The sets of an image, without their signatures."""
        return [
            {name: value for name, value in each.pairs if not name.startswith("omp_")}
            for each in self.sets([image], user).get(image, [])
        ]

    def annotate(
        self,
        user: str,
        images: list[int],
        pairs: dict[str, str],
        ns: str = CLIENT,
        note: str = "",
        kind: str = "Image",
    ) -> int:
        """A set that a user typed, shared by these images or wells; its id."""
        gateway = self.user(user)
        options = gateway.createServiceOptsDict()
        options.setOmeroGroup(gateway.getObject(kind, images[0]).details.group.id.val)
        annotation = omero.model.MapAnnotationI()
        annotation.ns = rstring(ns)
        if note:
            annotation.description = rstring(note)
        annotation.setMapValue([omero.model.NamedValue(*pair) for pair in pairs.items()])
        update = gateway.getUpdateService()
        annotation = update.saveAndReturnObject(annotation, options)
        for image in images:
            link = getattr(omero.model, f"{kind}AnnotationLinkI")()
            link.parent = getattr(omero.model, f"{kind}I")(image, False)
            link.child = omero.model.MapAnnotationI(annotation.id.val, False)
            update.saveObject(link, options)
        return int(annotation.id.val)

    def edit(self, user: str, annotation: int, name: str, value: str) -> None:
        """Change a value as OMERO.web does."""
        gateway = self.user(user)
        found = gateway.getObject("MapAnnotation", annotation)
        found.setValue([(k, value if k == name else v) for k, v in found.getValue()])
        options = gateway.createServiceOptsDict()
        options.setOmeroGroup(found.details.group.id.val)
        gateway.getUpdateService().saveObject(found._obj, options)

    # --- jobs ----------------------------------------------------------------------------------

    def store(self) -> JobStore:
        """The jobs of the database of this test."""
        return JobStore(database.default(), Timing())

    def start(self, user: str, group: str, kind: str, parameters: Any) -> Job:
        """A queued job."""
        gateway = self.user(user)
        owner = Owner(int(gateway.getUserId()), user, self.group(group))
        return self.store().create(kind_of(kind), owner, parameters.model_dump(mode="json"))

    def finish(self, job: Job, *, dying: type[BaseException] | None = None) -> Job:
        """Have a worker work on a job; `dying` is what a test lets it die of."""
        with suppress(*([dying] if dying else [])):
            run(job.id, self.store())
        found = self.store().get(job.id)
        assert found is not None
        return found

    def revive(self, job: Job) -> None:
        """As when the lease of a dead worker ended: the job waits for another one."""
        with database.default().transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set state = 'queued', lease_until = null, "
                "run_after = now(), token = token + 1 where id = %s",
                (job.id,),
            )


@contextmanager
def lab(folder: Path, images: int = 6, more: list[dict[str, Any]] | None = None) -> Iterator[Lab]:
    """A lab to the end of the block."""
    description = folder / "lab.json"
    description.write_text(json.dumps(described(images, more)))
    arguments = ("--data", str(description), "--control-port", "0")
    with local_services.standin(folder, *arguments) as running:
        made = Lab(running, folder)
        try:
            yield made
        finally:
            made.close()
