"""OMERO.web with the OMP plugin as its tests see it: users, a worker, and a browser's requests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import redis as redis_package

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.packed import pack
from people import Group, Person
from plugin_site import Browser, Worker, until
from whole_site import WholeSite

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
        groups: those that the test has made, by what it calls them.
        logins: users that the test has made, by what it calls them.
    """

    site: local_services.Site
    base: Database
    variables: dict[str, str]
    folder: Path
    groups: dict[str, Group] = field(default_factory=dict)
    logins: dict[str, Person] = field(default_factory=dict)

    def browser(self, user: str) -> OmpBrowser:
        """Logged in."""
        browser = OmpBrowser(self.site.url)
        if user == "root":
            browser.log_in(user, self.site.standin.password)
        else:
            browser.log_in(self.logins[user].name, self.logins[user].password)
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

    def forget_written(self) -> None:
        """Nobody has written to any image before."""
        with self.base.transaction() as cursor:
            cursor.execute("delete from omp_written")
            cursor.execute("delete from omp_written_values")

    @contextmanager
    def worker(self, name: str = "worker", command: str = "", **variables: str) -> Iterator[Worker]:
        """A worker with the plugin, or a command of the image, to the end of the block."""
        log = self.folder / f"{name}-{uuid.uuid4().hex[:6]}.log"
        plugins = "" if command else PLUGIN
        running = Worker(self.variables | variables, log, plugins=plugins, command=command)
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
                (made, self.logins[user].id, pack(images), len(images)),
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

    def finished(self, job_id: str, seconds: float = 180) -> Any:
        """A job at its end."""
        until(lambda: self.job(job_id)["finished"], seconds, lambda: str(self.job(job_id)))
        return self.job(job_id)


def with_three_users(whole: WholeSite) -> OmpSite:
    """The shared site with users of a test's own: two share a group, the third knows neither."""
    groups = {name: whole.people.group(label=name) for name in GROUPS}
    logins = {
        user: whole.people.person(groups[name], label=user)
        for name, users in GROUPS.items()
        for user in users
    }
    return OmpSite(whole.site, whole.base, whole.variables, whole.folder, groups, logins)
