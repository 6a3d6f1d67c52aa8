"""OMERO.web with the plugin and a worker, on a stand-in with a group of each level."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from cryptography.fernet import Fernet

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omp_lab import Lab, described
from omp_site import DROP_IN, OmpBrowser, OmpSite
from plugin_site import database_variables, path_of_sources


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
    description = folder / "lab.json"
    description.write_text(json.dumps(described(images=3)))
    (folder / "keys").write_text(Fernet.generate_key().decode())
    with ExitStack() as stack:
        data = stack.enter_context(local_services.folder_for_postgres())
        postgres = stack.enter_context(local_services.postgres(data))
        base = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
        stack.callback(base.close)
        shared = {
            **database_variables(postgres, folder),
            "PLUGIN_KEYS_FILE": str(folder / "keys"),
            "FMP_HASH_SECRET": "the secret of the tests",
            # A job whose worker was killed is begun again after this time.
            "JOB_LEASE_SECONDS": "4",
        }
        site = stack.enter_context(
            local_services.site(
                folder,
                drop_in=DROP_IN,
                data=str(description),
                PYTHONPATH=path_of_sources(),
                **shared,
            )
        )
        lab = Lab(site.standin, folder)
        stack.callback(lab.close)
        shared |= {name: site.environment[name] for name in site.environment if "REDIS" in name}
        omp = OmpSite(site, base, shared | lab.variables(), folder)
        place = Place(omp, lab, stack.enter_context(ExitStack()))
        place.worker.enter_context(omp.worker())
        yield place


@pytest.fixture
def place(running_place: Place) -> Place:
    """The site, where nobody has reached a limit and no image has a set."""
    running_place.omp.forget_limits()
    lab = running_place.lab
    for group in ("private", "reading", "notes", "sharing"):
        sets = lab.sets(lab.images(group)).values()
        if found := [each.annotation for some in sets for each in some]:
            lab.user("manager").deleteObjects("Annotation", found, wait=True)
    return running_place
