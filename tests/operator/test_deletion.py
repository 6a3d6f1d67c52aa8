"""Deleting a platform: data stays unless the platform says otherwise, and nothing ever hangs."""

from __future__ import annotations

import pytest

from deletion_histories import HISTORIES, STATES
from omero_operator.identity.kinds import CLAIM, PLATFORM, SECRET, STATEFUL_SET, Manifest
from omero_operator.identity.labels import FINALIZER, children_of
from operator_ring.children import children, names, secrets
from operator_ring.kube import NAMESPACE, SECONDS_TO_COLLECT, Kube, Refused, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

KEPT = [
    "PersistentVolumeClaim site-db",
    "PersistentVolumeClaim site-exports",
    "PersistentVolumeClaim site-plugin-db",
    "PersistentVolumeClaim site-server",
    "PersistentVolumeClaim site-uploads",
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


def test_data_stays_is_taken_up_again_and_goes_when_the_site_says_so(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess
) -> None:
    """Under Delete the workloads go as well; Kubernetes collects them when the operator lets go."""
    passwords = secrets(kube, namespace, site)
    claims = {c["metadata"]["uid"] for c in kube.list(CLAIM, namespace, children_of(site))}
    assert operator.platforms() == {site}
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: names(children(kube, namespace, site)) == KEPT, SECONDS_TO_COLLECT)
    # The last of its children told of their end after it was gone.
    assert operator.platforms() == set()
    _told_where_the_data_is(kube, namespace)

    kube.platform(namespace, site)
    kube.wait_condition(namespace, site, "Ready", "True")
    assert secrets(kube, namespace, site) == passwords
    assert {c["metadata"]["uid"] for c in kube.list(CLAIM, namespace, children_of(site))} == claims

    kube.merge(PLATFORM, namespace, site, {"spec": {"deletionPolicy": "Delete"}})
    wait_until(lambda: waits(kube, namespace, site))
    assert children(kube, namespace, site)
    kube.delete(PLATFORM, namespace, site)
    wait_until(lambda: not children(kube, namespace, site), SECONDS_TO_COLLECT)


def _told_where_the_data_is(kube: Kube, namespace: str) -> None:
    def said() -> list[str]:
        events = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
        return [event["message"] for event in events if event["reason"] == "DataRetained"]

    wait_until(said)
    (message,) = said()
    assert "site-db, site-plugin-db, site-server, site-uploads, site-exports" in message


def refusal(kube: Kube, path: str, **options: object) -> str:
    """What the API server says to a deletion; empty where it obeys."""
    try:
        kube.request("DELETE", path, options)
    except Refused as refused:
        return f"{refused}"
    return ""


def test_what_is_protected_is_not_deleted(kube: Kube, namespace: str) -> None:
    """By nobody, and without any operator."""
    spec = {"deletionProtection": True, "deletionPolicy": "Delete"}
    kube.platform(namespace, "site", spec)
    site, sites = PLATFORM.path(namespace, "site"), PLATFORM.path(namespace)
    # A policy is in effect some time after it was installed.
    wait_until(lambda: refusal(kube, site, dryRun=["All"]))
    for path in (site, sites):
        said = refusal(kube, path)
        assert said.startswith("403")
        assert "the site site is protected: set spec.deletionProtection to false before" in said
    labels = {"platform.omero.dev/deletion-protection": "true"}
    kube.merge(NAMESPACE, None, namespace, {"metadata": {"labels": labels}})
    place = NAMESPACE.path(None, namespace)
    wait_until(lambda: refusal(kube, place, dryRun=["All"]))
    assert f"the namespace {namespace} is protected" in refusal(kube, place)

    # Edits and other sites are free, and so is this one afterwards.
    kube.platform(namespace, "other")
    assert refusal(kube, PLATFORM.path(namespace, "other")) == ""
    kube.merge(PLATFORM, namespace, "site", {"spec": {"deletionProtection": False}})
    assert refusal(kube, site) == ""
    assert kube.get(PLATFORM, namespace, "site") is None
    kube.merge(NAMESPACE, None, namespace, {"metadata": {"labels": dict.fromkeys(labels)}})
    assert refusal(kube, place, dryRun=["All"]) == ""


def data_of(kube: Kube, namespace: str, platform: str) -> list[Manifest]:
    selector = children_of(platform)
    return [*kube.list(CLAIM, namespace, selector), *kube.list(SECRET, namespace, selector)]


def waits(kube: Kube, namespace: str, platform: str) -> bool:
    """Whether a deletion waits for the operator."""
    found = kube.get(PLATFORM, namespace, platform) or {"metadata": {}}
    return FINALIZER in found["metadata"].get("finalizers", [])


# What the operator makes of every history in every state is in the unit ring
# (test_deletion_histories); here are a real API server and a process that is not there.
@pytest.mark.parametrize(
    ("state", "histories"),
    [
        ("up", ("delete", "back", "to-and-fro")),
        ("down", ("back", "late")),
        *(
            pytest.param(state, tuple(HISTORIES), marks=pytest.mark.nightly, id=f"{state}, all")
            for state in ("down", *STATES)
        ),
    ],
)
def test_policy_at_the_time_of_the_deletion_decides(
    kube: Kube, namespace: str, operator: OperatorProcess, state: str, histories: tuple[str, ...]
) -> None:
    """After every history of the field, and in every state of the site and of the operator."""
    followed = {name: HISTORIES[name] for name in histories}
    for name, policies in followed.items():
        kube.platform(namespace, name, {"deletionPolicy": policies[0]})
    for name, policies in followed.items():
        kube.wait_condition(namespace, name, "Ready", "False")
        assert len(data_of(kube, namespace, name)) == len(KEPT)
        if change := STATES.get(state):
            kube.merge(PLATFORM, namespace, name, change)
        for policy in policies:
            kube.merge(PLATFORM, namespace, name, {"spec": {"deletionPolicy": policy}})
            wait_until(lambda n=name, p=policy: waits(kube, namespace, n) == (p == "Delete"))
    if state == "down":
        operator.kill()
    for name in followed:
        kube.delete(PLATFORM, namespace, name)
    if state == "down":
        for name, policies in followed.items():
            still = kube.get(PLATFORM, namespace, name) is not None
            assert still == (policies[-1] == "Delete"), "with Retain nothing waits"
        operator.start().wait_active()
    for name, policies in followed.items():
        wait_until(lambda n=name: kube.get(PLATFORM, namespace, n) is None, what=operator.tail)
        expected = 0 if policies[-1] == "Delete" else len(KEPT)
        wait_until(lambda n=name, e=expected: len(data_of(kube, namespace, n)) == e)
        # What has an owner that is gone would be collected later.
        owners = [d["metadata"].get("ownerReferences") for d in data_of(kube, namespace, name)]
        assert owners == [None] * expected


def test_with_the_operator_down_kubernetes_finishes_it(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """And a policy that changes back while nobody looks is followed afterwards."""
    kube.platform(namespace, "site")
    kube.platform(namespace, "back", {"deletionPolicy": "Delete"})
    for name in ("site", "back"):
        kube.wait_condition(namespace, name, "Ready", "False")
    wait_until(lambda: waits(kube, namespace, "back"))
    assert len(data_of(kube, namespace, "back")) == len(KEPT)
    assert kube.get(STATEFUL_SET, namespace, "site-server")
    operator.kill()
    kube.delete(PLATFORM, namespace, "site")
    kube.merge(PLATFORM, namespace, "back", {"spec": {"deletionPolicy": "Retain"}})
    kube.delete(PLATFORM, namespace, "back")
    wait_until(lambda: kube.get(PLATFORM, namespace, "site") is None)
    wait_until(lambda: names(children(kube, namespace, "site")) == KEPT, SECONDS_TO_COLLECT)
    operator.start().wait_active()
    wait_until(lambda: kube.get(PLATFORM, namespace, "back") is None)
    wait_until(lambda: operator.metric("omero_operator_queue_depth") == 0)
    assert names(children(kube, namespace, "site")) == KEPT
    assert len(data_of(kube, namespace, "back")) == len(KEPT)


@pytest.mark.parametrize(
    "running",
    [
        pytest.param(True, id="operator-up"),
        # Then it is Kubernetes alone, which has nothing of ours in its way: the test above.
        pytest.param(False, id="operator-down", marks=pytest.mark.nightly),
    ],
)
def test_a_namespace_goes_with_everything_in_it(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess, *, running: bool
) -> None:
    """Under Delete it needs an operator whose rights do not end with it: test_own_server."""
    if not running:
        operator.kill()
    assert kube.get(STATEFUL_SET, namespace, "site-server")
    kube.delete(NAMESPACE, None, namespace)
    wait_until(lambda: kube.get(NAMESPACE, None, namespace) is None, SECONDS_TO_COLLECT)
    if running:
        assert operator.healthy(), operator.tail()
        wait_until(lambda: operator.platforms() == set(), what=operator.tail)
        assert " ERROR " not in operator.log.read_text(), operator.tail()
