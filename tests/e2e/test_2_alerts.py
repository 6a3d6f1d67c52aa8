"""Alerts fire when what they warn of happens to a site, and are quiet when it is over.

With the chart's own rules and waiting times, in the Prometheus and the Alertmanager of `make demo`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from omero_ci.kubectl import Kubectl
from site_ring.installation import RELEASE, SYSTEM, Site, all_of
from site_ring.monitoring import firing, received
from tools.common.wait import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

# A node that takes no pods, and a pod of each of these is gone.
AWAY = {
    "web": "OmeroWebDown",
    "redis": "OmeroRedisDown",
    "plugin-database": "OmeroPluginDatabaseDown",
    "server": "OmeroServerDown",
}
# Nobody can log in without the server.
WITHOUT_ROOM = {*AWAY.values(), "OmeroLoginFails"}
# The longest of them waits for five minutes; the operator and the exporter look now and then.
FIRES_WITHIN = QUIET_WITHIN = 1200
# More than three within half an hour are a loop.
RESTARTS = 4

Alert = tuple[str, str, str]


def of(site: Site, *names: str) -> set[Alert]:
    """Alerts about a site: name, namespace, instance."""
    return {(name, site.namespace, site.name) for name in names}


def wait_firing(kubectl: Kubectl, wanted: set[Alert]) -> None:
    """Wait until alerts fire at the same time, and Alertmanager has them."""
    for told in (firing, received):
        wait_until(
            lambda told=told: told(kubectl) >= wanted,  # type: ignore[misc]
            FIRES_WITHIN,
            lambda why, told=told: f"{why}: {wanted - told(kubectl)}",  # type: ignore[misc]
            pause=2,
        )


def wait_quiet(kubectl: Kubectl, unwanted: set[Alert]) -> None:
    """Wait until none of these alerts fires."""
    wait_until(
        lambda: not firing(kubectl) & unwanted,
        QUIET_WITHIN,
        lambda why: f"{why}: {firing(kubectl) & unwanted}",
        pause=2,
    )


def pods_of(site: Site, component: str) -> list[str]:
    """Names of the pods of a component."""
    return [
        pod["metadata"]["name"]
        for pod in all_of(site.kubectl, "pods", site.namespace)
        if pod["metadata"]["labels"].get("app.kubernetes.io/component") == component
    ]


def delete(site: Site, *pods: str) -> None:
    """End pods at once."""
    delete = ("delete", "pods", *pods, "--namespace", site.namespace)
    site.kubectl.run(*delete, "--grace-period=0", "--force")


@contextmanager
def without_room(site: Site, *components: str) -> Iterator[None]:
    """Their pods are gone, and no node takes others."""
    nodes = [each["metadata"]["name"] for each in site.kubectl.get(None, "nodes")["items"]]
    site.kubectl.run("cordon", *nodes)
    try:
        delete(site, *(pod for component in components for pod in pods_of(site, component)))
        yield
    finally:
        site.kubectl.run("uncordon", *nodes)


@contextmanager
def without_operator(kubectl: Kubectl) -> Iterator[None]:
    """No pod of the operator runs."""
    operator = f"{RELEASE}-operator"
    replicas = kubectl.get(SYSTEM, "deployment", operator)["spec"]["replicas"]
    scale = ("scale", f"deployment/{operator}", "--namespace", SYSTEM)
    kubectl.run(*scale, "--replicas=0")
    try:
        yield
    finally:
        kubectl.run(*scale, f"--replicas={replicas}")


def test_parts_that_are_away_are_told_and_forgotten(watched: Site) -> None:
    site = watched
    wanted = of(site, *WITHOUT_ROOM)
    wait_quiet(site.kubectl, wanted)
    with without_room(site, *AWAY):
        wait_firing(site.kubectl, wanted)
    site.wait()
    wait_quiet(site.kubectl, wanted)


def test_a_worker_that_loops_and_an_operator_that_is_away_are_told(watched: Site) -> None:
    """At the same time, since both take minutes: neither has to do with the other."""
    site, kubectl = watched, watched.kubectl
    away, loops = {("OmeroOperatorDown", "", "")}, of(site, "OmeroRestartLoop")
    wait_quiet(kubectl, away | loops)
    (pod,) = pods_of(site, "worker")
    with without_operator(kubectl):
        restart(site, pod)
        wait_firing(kubectl, away | loops)
    # Another pod has not restarted; of the old one there are no figures any more.
    delete(site, pod)
    site.wait()
    wait_quiet(kubectl, away | loops)


def restart(site: Site, pod: str) -> None:
    """End the program of a worker's container again and again."""

    def runs(after: int) -> bool:
        containers = site.kubectl.get(site.namespace, "pod", pod)["status"]["containerStatuses"]
        (told,) = [each for each in containers if each["name"] == "worker"]
        return told["restartCount"] >= after and "running" in told["state"]

    for count in range(RESTARTS):
        wait_until(lambda after=count: runs(after), 600, str, pause=1)  # type: ignore[misc]
        site.exec(pod, "sh", "-c", "kill -TERM 1")
