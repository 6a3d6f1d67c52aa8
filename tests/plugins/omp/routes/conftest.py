"""OMERO.web with the plugin and a worker, on a stand-in with a group of each level."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from omp_lab import Lab, described
from omp_lab_site import omp_lab_site
from omp_site import DROP_IN, OmpBrowser, OmpSite

# A plate with two wells of two fields.
PLATES = {
    "owner": "ada",
    "group": "notes",
    "screens": [
        {
            "name": "Screen notes",
            "plates": [{"name": "Plate notes", "rows": 1, "columns": 2, "fields": 2}],
        }
    ],
}


@dataclass
class Place:
    """The site, and its stand-in as a test sees it."""

    omp: OmpSite
    lab: Lab
    worker: ExitStack

    def browser(self, user: str) -> OmpBrowser:
        """Logged in; everybody's password is their name."""
        browser = OmpBrowser(self.omp.site.url)
        browser.log_in(user, self.omp.site.standin.password if user == "root" else user)
        return browser

    def replace_worker(self) -> None:
        """Kill the worker with -9, with all its children, and start another one."""
        self.worker.close()
        self.worker.enter_context(self.omp.worker())


@pytest.fixture(scope="package")
def running_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One site for all tests of this folder."""
    folder = tmp_path_factory.mktemp("place")
    # A job whose worker was killed is begun again after this time.
    lease = {"JOB_LEASE_SECONDS": "4"}
    with (
        omp_lab_site(folder, described(3, [PLATES]), drop_in=DROP_IN, **lease) as (omp, lab),
        ExitStack() as worker,
    ):
        worker.enter_context(omp.worker())
        yield Place(omp, lab, worker)


@pytest.fixture
def place(running_place: Place) -> Place:
    """The site, where nobody has reached a limit and no image has a set."""
    running_place.omp.forget_limits()
    running_place.lab.forget_sets()
    return running_place
