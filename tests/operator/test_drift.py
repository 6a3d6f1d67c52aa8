"""A child that is deleted or edited comes back; what belongs to others stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omero_operator.identity.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    NETWORK_POLICY,
    PLATFORM,
    SECRET,
    SERVICE,
    Kind,
)
from operator_ring.children import canonical, children, kind_named, names, secrets
from operator_ring.kube import Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.shared_site import SharedSite

SPEC = {"web": {"ingress": {"host": "drift.example.org"}}, "worker": {"replicas": 2}}


def test_every_deleted_child_is_back(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """First all but the Secrets, whose passwords outlive it; then all, and an empty claim."""
    kube.platform(namespace, "site", SPEC)
    kube.wait_condition(namespace, "site", "Ready", "True")
    before = secrets(kube, namespace, "site")
    assert _deleted_and_back(kube, namespace, lambda child: child["kind"] != SECRET.name)
    assert secrets(kube, namespace, "site") == before

    assert _deleted_and_back(kube, namespace, lambda child: True)
    _an_unused_claim_is_back(kube, namespace)


def _deleted_and_back(
    kube: Kube, namespace: str, chosen: Callable[[Manifest], bool]
) -> list[Manifest]:
    """Delete chosen children, where they hold no data, and wait for new ones; those deleted."""
    before = children(kube, namespace, "site")
    deleted = [child for child in before if chosen(child) and not _holds_data(child)]
    for child in deleted:
        kube.delete(kind_named(child["kind"]), namespace, child["metadata"]["name"])
    uids = {child["metadata"]["uid"] for child in deleted}

    def now() -> list[str]:
        found = children(kube, namespace, "site")
        return names([child for child in found if child["metadata"]["uid"] not in uids])

    wait_until(lambda: now() == names(before), 20, lambda: str(set(names(before)) ^ set(now())))
    return deleted


def _holds_data(child: Manifest) -> bool:
    """What is not made anew when it is lost; see test_lost_data."""
    lost_for_good = ("checksum-key", "root-credentials", "plugin-keys", "omp-hash-secret")
    name: str = child["metadata"]["name"]
    return child["kind"] == CLAIM.name or name.endswith(lost_for_good)


def _an_unused_claim_is_back(kube: Kube, namespace: str) -> None:
    """It was never bound to a volume: nothing provides volumes here."""
    kube.merge(PLATFORM, namespace, "site", {"spec": {"hibernated": True}})
    kube.wait_condition(namespace, "site", "Ready", "False")
    uid = (kube.get(CLAIM, namespace, "site-server") or {})["metadata"]["uid"]
    kube.delete(CLAIM, namespace, "site-server")

    def back() -> bool:
        found = kube.get(CLAIM, namespace, "site-server")
        return found is not None and found["metadata"]["uid"] != uid

    wait_until(back)


@pytest.mark.parametrize(
    ("kind", "name", "patch"),
    [
        (DEPLOYMENT, "site-web", {"spec": {"replicas": 7}}),
        (CONFIG_MAP, "site-web", {"data": {"platform.omero": "broken"}}),
        (SERVICE, "site-db", {"spec": {"selector": {"app.kubernetes.io/component": "web"}}}),
        (NETWORK_POLICY, "site-redis", {"spec": {"ingress": None}}),
        (DEPLOYMENT, "site-web", {"metadata": {"labels": {"app.kubernetes.io/instance": "x"}}}),
        (DEPLOYMENT, "site-web", {"metadata": {"ownerReferences": None}}),
        (SECRET, "site-root-credentials", {"metadata": {"labels": None}}),
    ],
    ids=["replicas", "config", "selector", "policy", "labels", "owner", "secret-labels"],
)
def test_an_edited_field_of_ours_is_put_back(
    shared: SharedSite, kind: Kind, name: str, patch: dict[str, object]
) -> None:
    kube, namespace = shared.kube, shared.namespace
    before = canonical(children(kube, namespace, "site"))
    edited = kube.merge(kind, namespace, name, patch)
    [(title, changed)] = canonical([edited]).items()
    assert changed != before[title], "the edit is not compared"
    wait_until(lambda: canonical(children(kube, namespace, "site")) == before)


def test_another_managers_annotation_stays_and_its_variable_goes(shared: SharedSite) -> None:
    """What is applied on the server's side by somebody else is judged like an edit."""
    kube, namespace = shared.kube, shared.namespace
    before = kube.get(DEPLOYMENT, namespace, "site-web") or {}
    container = {"name": "omero-web", "env": [{"name": "OF_SOMEONE", "value": "1"}]}
    foreign = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "site-web", "namespace": namespace, "annotations": {"team": "blue"}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    applied = kube.apply(foreign, "deployments", manager="someone")
    assert applied["spec"] != before["spec"]
    wait_until(
        lambda: (kube.get(DEPLOYMENT, namespace, "site-web") or {})["spec"] == before["spec"]
    )
    now = kube.get(DEPLOYMENT, namespace, "site-web") or {}
    assert now["metadata"]["annotations"]["team"] == "blue"


def test_an_emptied_key_of_a_generated_secret_is_filled_and_the_others_stay(
    shared: SharedSite,
) -> None:
    kube, namespace = shared.kube, shared.namespace
    secret = kube.get(SECRET, namespace, "site-job-service-credentials")
    assert secret is not None
    kube.merge(SECRET, namespace, "site-job-service-credentials", {"data": {"password": None}})
    wait_until(
        lambda: (kube.get(SECRET, namespace, "site-job-service-credentials") or {})["data"].get(
            "password"
        )
    )
    now = kube.get(SECRET, namespace, "site-job-service-credentials")
    assert now is not None and now["data"]["username"] == secret["data"]["username"]
