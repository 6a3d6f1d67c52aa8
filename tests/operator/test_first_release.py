"""The operator from before there were releases makes a site; today's takes it over and upgrades it.

Both are real processes with their own chart and definition on one API server. There is no node, so
the data is what the operator answers for: volumes and generated Secrets. In the older of the two,
nothing is played: it is taken from the history of this repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from omero_operator.api.v1alpha1.written_status import as_written
from omero_operator.identity.kinds import PLATFORM
from operator_ring.api_server import api_server, served
from operator_ring.builds import OldBuild, of_commit
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.releases import install, operator_of, own_namespace
from operator_ring.upgrading import NEW, held, images, newer, status, templates

# The last commit without `status.release`, operations and `spec.version`.
FIRST: Final = "666627a7f5a36c1b0bb3366222e5a2d3057a4480"
SITE: Final = "site"
SPEC: Final = {
    "size": "medium",
    "web": {"ingress": {"host": "first.example.org"}, "replicas": 3},
    "worker": {"replicas": 2},
    "server": {"groups": [{"name": "lab"}], "config": {"omero.ldap.config": "false"}},
    "database": {"parameters": {"max_connections": "90"}},
}


@pytest.fixture
def kube() -> Iterator[Kube]:
    """A server of the test's own: a definition is one for the whole cluster."""
    with api_server("operator-tests-first", definition=False) as client:
        yield client


@pytest.fixture
def first(tmp_path: Path) -> OldBuild:
    return of_commit(FIRST, tmp_path / "first")


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_from_the_first_release_to_this_one(kube: Kube, first: OldBuild, tmp_path: Path) -> None:
    namespace = own_namespace(kube)
    with PlayedKubelet(kube, namespace):
        before = made_by_the_first(kube, first, namespace, tmp_path)
        old_pods = templates(kube, namespace, SITE)
        assert images(old_pods) <= set(first.images.values())
        assert len(before["claims"]) >= 5
        assert len(before["pods"]) >= 11

        release = install(kube, "first")
        env = {"WATCH_NAMESPACES": namespace, **newer(tmp_path, first.images)}
        operator = operator_of(kube, release, tmp_path, None, "operator-1", **env)
        operator.start().wait_active(90)
        try:
            check_taken_over(kube, namespace, operator)
            now = held(kube, namespace, SITE)
            assert before["pods"].items() <= now["pods"].items(), "pods restarted"
            assert_kept(before, now)
            after = templates(kube, namespace, SITE)
            assert {name: after.get(name) for name in old_pods} == old_pods

            upgrade(kube, namespace, operator)
            now = held(kube, namespace, SITE)
            assert_kept(before, now)
            assert not before["pods"].keys() & now["pods"].keys(), "pods of the first release"
            assert images(templates(kube, namespace, SITE)) <= set(NEW.values())
        finally:
            operator.stop()


def made_by_the_first(
    kube: Kube, first: OldBuild, namespace: str, folder: Path
) -> dict[str, dict[str, str]]:
    """What a ready site of the first operator has; that operator has ended."""
    release = install(kube, "first", chart=first.chart)
    wait_until(lambda: served(kube))
    operator = operator_of(kube, release, folder, WATCH_NAMESPACES=namespace)
    operator.source = first.source
    operator.start().wait_active(90)
    kube.platform(namespace, SITE, SPEC)
    kube.wait_condition(namespace, SITE, "Ready", "True", seconds=180)
    operator.wait_still()
    assert "release" not in status(kube, namespace, SITE)
    operator.stop()
    return held(kube, namespace, SITE)


def check_taken_over(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    """The newer operator has looked at the site, and waits for `spec.version`."""

    def told() -> str:
        return str(kube.condition(namespace, SITE, "Upgrading")["reason"])

    wait_until(lambda: told() == "ReleaseAvailable", 120, operator.tail)
    kube.wait_condition(namespace, SITE, "Ready", "True", seconds=120)
    operator.wait_still()
    found = status(kube, namespace, SITE)
    assert found["release"]["version"] == "0.1.0"
    assert found == as_written(found), "empty values that the first operator wrote"


def upgrade(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    """Move `spec.version`, and wait for the end."""
    spec = {"version": "0.2.0", "upgrade": {"backup": "Skip"}}
    kube.merge(PLATFORM, namespace, SITE, {"spec": spec})

    def outcome() -> str:
        found = status(kube, namespace, SITE).get("operation") or {}
        return str(found.get("outcome", ""))

    wait_until(outcome, 300, operator.tail)
    assert outcome() == "Done", status(kube, namespace, SITE)["operation"]
    kube.wait_condition(namespace, SITE, "Ready", "True", seconds=120)
    operator.wait_still()
    assert status(kube, namespace, SITE)["release"]["version"] == "0.2.0"


def assert_kept(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> None:
    """Every volume is the same one, and every generated Secret has its values."""
    assert before["claims"].items() <= now["claims"].items(), "a volume was replaced"
    assert before["secrets"].items() <= now["secrets"].items(), "a Secret was made anew"
