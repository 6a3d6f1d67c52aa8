"""Deleting a platform: data stays unless the platform says otherwise, and nothing ever hangs."""

from __future__ import annotations

import pytest

from omero_operator.identity.kinds import CLAIM, PLATFORM, SECRET, STATEFUL_SET
from omero_operator.identity.labels import children_of
from operator_ring.children import children, names, secrets
from operator_ring.kube import NAMESPACE, SECONDS_TO_COLLECT, Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

KEPT = [
    "PersistentVolumeClaim site-db",
    "PersistentVolumeClaim site-plugin-db",
    "PersistentVolumeClaim site-server",
    "Secret site-checksum-key",
    "Secret site-db-credentials",
    "Secret site-job-service-credentials",
    "Secret site-omp-hash-secret",
    "Secret site-plugin-db-credentials",
    "Secret site-plugin-keys",
    "Secret site-redis-credentials",
    "Secret site-root-credentials",
    "Secret site-web-secret-key",
]


@pytest.fixture
def site(kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet) -> str:
    kube.platform(namespace, "site")
    kube.wait_condition(namespace, "site", "Ready", "True")
    return "site"


def test_data_stays_and_an_event_says_where(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess
) -> None:
    assert operator.platforms() == {site}
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: names(children(kube, namespace, site)) == KEPT, SECONDS_TO_COLLECT)
    # The last of its children told of their end after it was gone.
    assert operator.platforms() == set()

    def said() -> list[str]:
        events = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
        return [event["message"] for event in events if event["reason"] == "DataRetained"]

    wait_until(said)
    (message,) = said()
    assert "site-db, site-plugin-db, site-server" in message


def test_a_platform_of_the_same_name_takes_the_data_up_again(
    kube: Kube, namespace: str, site: str
) -> None:
    passwords = secrets(kube, namespace, site)
    claims = {c["metadata"]["uid"] for c in kube.list(CLAIM, namespace, children_of(site))}
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: names(children(kube, namespace, site)) == KEPT, SECONDS_TO_COLLECT)
    kube.platform(namespace, site)
    kube.wait_condition(namespace, site, "Ready", "True")
    assert secrets(kube, namespace, site) == passwords
    assert {c["metadata"]["uid"] for c in kube.list(CLAIM, namespace, children_of(site))} == claims


def test_delete_removes_all(kube: Kube, namespace: str, site: str) -> None:
    """The policy may be set at the last moment; it takes effect with the pass that follows."""
    kube.merge(PLATFORM, namespace, site, {"spec": {"deletionPolicy": "Delete"}})

    def owned() -> bool:
        data = [*kube.list(CLAIM, namespace, children_of(site))]
        data += kube.list(SECRET, namespace, children_of(site))
        return all(item["metadata"].get("ownerReferences") for item in data)

    wait_until(owned)
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: not children(kube, namespace, site), SECONDS_TO_COLLECT)


def test_back_to_retain_gives_the_data_free(kube: Kube, namespace: str, site: str) -> None:
    kube.merge(PLATFORM, namespace, site, {"spec": {"deletionPolicy": "Delete"}})
    claim = lambda: (kube.get(CLAIM, namespace, "site-db") or {})["metadata"]  # noqa: E731
    wait_until(lambda: claim().get("ownerReferences"))
    kube.merge(PLATFORM, namespace, site, {"spec": {"deletionPolicy": "Retain"}})
    wait_until(lambda: not claim().get("ownerReferences"))


def test_with_the_operator_down_kubernetes_finishes_it(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess
) -> None:
    operator.kill()
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: kube.get(PLATFORM, namespace, site) is None)
    wait_until(lambda: names(children(kube, namespace, site)) == KEPT, SECONDS_TO_COLLECT)
    operator.start().wait_active()
    wait_until(lambda: operator.metric("omero_operator_queue_depth") == 0)
    assert names(children(kube, namespace, site)) == KEPT


@pytest.mark.parametrize("running", [True, False], ids=["operator-up", "operator-down"])
def test_a_namespace_goes_with_everything_in_it(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess, *, running: bool
) -> None:
    if not running:
        operator.kill()
    assert kube.get(STATEFUL_SET, namespace, "site-server")
    kube.delete(NAMESPACE, None, namespace)
    wait_until(lambda: kube.get(NAMESPACE, None, namespace) is None, SECONDS_TO_COLLECT)
    if running:
        assert operator.healthy(), operator.tail()
        wait_until(lambda: operator.platforms() == set(), what=operator.tail)
        assert " ERROR " not in operator.log.read_text(), operator.tail()
