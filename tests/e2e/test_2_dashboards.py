"""Every query of the dashboards and the alerts returns data on a site where something happens.

An alert without data is well when all of its metrics are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest

from dashboard_build import report
from omero_ci import demo_data
from omero_ci.try_it import SCIENTIST
from restricted_pod import restricted_pod
from site_ring import uploading
from site_ring.installation import Site
from site_ring.monitoring import ask_one
from tools.common.wait import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

EXPORTS: Final = "/omeroweb_imaris_connector/exports/"
# The operator's scrapes, the site's exporter and CronJobs come about once a minute each.
WITHIN: Final = 900
EACH_MINUTE: Final = "* * * * *"


@contextmanager
def a_container_that_cannot_start(site: Site) -> Iterator[None]:
    """A pod of the site's namespace whose image nobody has."""
    labels = {"app.kubernetes.io/instance": site.name}
    image = "localhost/there-is-none:1"
    site.kubectl.apply(restricted_pod("stuck", image, namespace=site.namespace, labels=labels))
    try:
        yield
    finally:
        site.kubectl.run("delete", "pod", "stuck", "--namespace", site.namespace)


def vacuum_at(site: Site, schedule: str | None) -> None:
    """Have vacuum run at other times; None for the usual ones."""
    patch = {"spec": {"maintenance": {"vacuum": {"schedule": schedule}}}}
    command = ("patch", f"omero/{site.name}", "--namespace", site.namespace, "--type=merge")
    site.kubectl.run(*command, f"--patch={json.dumps(patch)}")


@contextmanager
def maintained_each_minute(site: Site) -> Iterator[None]:
    """Vacuum runs each minute."""
    vacuum_at(site, EACH_MINUTE)
    try:
        yield
    finally:
        vacuum_at(site, None)


def somebody_works(site: Site) -> None:
    """Somebody is logged in, and exports an image."""
    demo_data.make_data(site.kubectl, site.namespace)
    password = uploading.password_of(site, demo_data.SECRET, SCIENTIST)
    browser = uploading.log_in(site, SCIENTIST, password)
    (image,) = browser.get("/api/v0/m/images/?limit=1").json()["data"]
    started = browser.post(EXPORTS, {"images": [image["@id"]]})
    assert started.status_code == 201, started.text


def somebody_interferes(site: Site) -> None:
    """What the operator puts right."""
    scale = ("scale", f"deployment/{site.name}-worker", "--replicas=2")
    site.kubectl.run(*scale, "--namespace", site.namespace)


def without_data(site: Site) -> list[str]:
    """The queries that return nothing."""
    ask = partial(ask_one, site.kubectl)
    return [
        f"{answer.query.place}: {answer.query.name}: {answer.note}"
        for answer in report.answers(ask, site.namespace, site.name)
        if report.is_nothing(answer)
    ]


def test_every_query_returns_data(watched: Site) -> None:
    site = watched
    somebody_works(site)
    somebody_interferes(site)
    with a_container_that_cannot_start(site), maintained_each_minute(site):
        wait_until(
            lambda: not without_data(site),
            WITHIN,
            lambda why: f"{why}: {without_data(site)}",
            pause=5,
        )
