"""OMERO.web with the OMP plugin, its database, a worker, three users, and a browser's requests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import redis as redis_package
from cryptography.fernet import Fernet

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.gateway import BlitzGateway
from omero.model import ExperimenterGroupI, ExperimenterI
from omero.rtypes import rbool, rstring

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omeroweb_omp_plugin.store.packed import pack
from plugin_site import (
    Browser,
    Worker,
    database_variables,
    job_service_variables,
    path_of_sources,
    until,
)

PASSWORD: Final = "a-password"
PLUGIN: Final = "omeroweb_omp_plugin"
DROP_IN: Final = f"""config append -- omero.web.apps '"{PLUGIN}"'\n"""
# Two share a group, the third knows neither.
GROUPS: Final = {"lab": ("ada", "grace"), "elsewhere": ("alan",)}


@dataclass
class OmpSite:
    """The site and how tests see it.

    Attributes:
        site: its servers.
        base: the plugin database.
        variables: what a worker's pod gets.
        folder: for logs.
        groups: ids by name.
        users: ids by name.
    """

    site: local_services.Site
    base: Database
    variables: dict[str, str]
    folder: Path
    groups: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)

    def browser(self, user: str) -> OmpBrowser:
        """Logged in."""
        browser = OmpBrowser(self.site.url)
        password = self.site.standin.password if user == "root" else PASSWORD
        browser.log_in(user, password)
        return browser

    def log(self) -> str:
        """What OMERO.web said."""
        return self.site.web.log.read_text(errors="replace")

    def forget_limits(self) -> None:
        """Nobody has done anything in the last minute."""
        client = redis_package.Redis(port=self.site.redis.port, password=self.site.redis.password)
        client.select(1)
        for key in client.scan_iter("*rate_limit:*"):
            client.delete(key)
        client.close()

    def forget_jobs(self) -> None:
        """Nobody has done anything before; a page shows the jobs that have ended."""
        with self.base.transaction() as cursor:
            cursor.execute("delete from omero_plugin_jobs where finished is not null")

    @contextmanager
    def worker(self, name: str = "worker", **variables: str) -> Iterator[Worker]:
        """A worker with the plugin, to the end of the block."""
        log = self.folder / f"{name}-{uuid.uuid4().hex[:6]}.log"
        running = Worker({**self.variables, **variables}, log, plugins=PLUGIN)
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.kill()

    def select(self, user: str, names: list[str]) -> UUID:
        """A selection of images with these names, as if the user had chosen them."""
        made = uuid.uuid4()
        images = [[n, name, "Dataset"] for n, name in enumerate(names, 1)]
        with self.base.transaction() as cursor:
            cursor.execute(
                "insert into omp_selections (id, user_id, images, count, expires) "
                "values (%s, %s, %s, %s, now() + interval '1 day')",
                (made, self.users[user], pack(images), len(images)),
            )
        return made


class OmpBrowser(Browser):
    """A user's requests to the plugin."""

    def ask(self, path: str, status: int = 200) -> Any:
        """What a GET answers."""
        answer = self.get(f"/{PLUGIN}/{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    def send(self, path: str, body: object = None, status: int = 200) -> Any:
        """What a POST answers."""
        answer = self.post(f"/{PLUGIN}/{path}", {} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def job(self, job_id: str) -> Any:
        """A job as it is."""
        return self.get(f"/omero_plugin_common/jobs/{job_id}/").json()

    def finished(self, job_id: str, seconds: float = 60) -> Any:
        """A job at its end."""
        until(lambda: self.job(job_id)["finished"], seconds, lambda: str(self.job(job_id)))
        return self.job(job_id)


@contextmanager
def omp_site(folder: Path, postgres: local_services.Service, **variables: str) -> Iterator[OmpSite]:
    """A site in an empty plugin database.

    Args:
        folder: for its files.
        postgres: a server whose database is emptied.
        variables: what web and worker get besides.
    """
    base = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
    with base.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    (folder / "keys").write_text(Fernet.generate_key().decode())
    shared = {
        **database_variables(postgres, folder),
        "PLUGIN_KEYS_FILE": str(folder / "keys"),
        **variables,
    }
    with ExitStack() as stack:
        stack.callback(base.close)
        site = stack.enter_context(
            local_services.site(folder, drop_in=DROP_IN, PYTHONPATH=path_of_sources(), **shared)
        )
        shared |= {name: site.environment[name] for name in site.environment if "REDIS" in name}
        shared |= job_service_variables(folder, site.standin)
        made = OmpSite(site, base, shared, folder)
        _make_people(made)
        yield made


def _make_people(made: OmpSite) -> None:
    standin = made.site.standin
    root = BlitzGateway("root", standin.password, host="127.0.0.1", port=standin.port, secure=True)
    assert root.connect()
    admin = root.getAdminService()
    everybody = ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
    for group, names in GROUPS.items():
        made.groups[group] = root.createGroup(group, perms="rwra--")
        own = ExperimenterGroupI(made.groups[group], False)
        for name in names:
            user = ExperimenterI()
            user.omeName = rstring(name)
            user.firstName, user.lastName = rstring(name.title()), rstring("User")
            user.ldap = rbool(False)
            made.users[name] = admin.createExperimenterWithPassword(
                user, rstring(PASSWORD), own, [everybody]
            )
    root.close()
