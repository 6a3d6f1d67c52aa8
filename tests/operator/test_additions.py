"""What somebody adds to a child is taken back; labels, annotations and rotations stay."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from omero_operator.identity.kinds import (
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    INGRESS,
    NETWORK_POLICY,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Kind,
)
from operator_ring.kube import Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.shared_site import HOST, SPEC, SharedSite

X = base64.b64encode(b"x").decode()


def body(item: Manifest | None) -> Manifest:
    """What is closed in an object."""
    return {k: v for k, v in (item or {}).items() if k not in ("metadata", "status")}


def in_pod(**fields: Any) -> Manifest:
    return {"spec": {"template": {"spec": fields}}}


def _peers(kube: Kube, namespace: str) -> Manifest:
    """The rules of a policy, with one peer widened to all namespaces."""
    policy = kube.get(NETWORK_POLICY, namespace, "site-redis") or {}
    rules = policy["spec"]["ingress"]
    rules[0]["from"][0]["namespaceSelector"] = {}
    return {"spec": {"ingress": rules}}


# (kind, name, content type, patch)
Change = tuple[Kind, str, str, Manifest | Callable[[Kube, str], Manifest]]
MERGE, STRATEGIC = "merge", "strategic-merge"
ADDED: dict[str, Change] = {
    "external-ips": (SERVICE, "site-web", MERGE, {"spec": {"externalIPs": ["192.0.2.7"]}}),
    "port": (SERVICE, "site-db", STRATEGIC, {"spec": {"ports": [{"name": "x", "port": 99}]}}),
    "affinity": (SERVICE, "site-db", MERGE, {"spec": {"sessionAffinity": "ClientIP"}}),
    "selector": (SERVICE, "site-db", MERGE, {"spec": {"selector": {"more": "x"}}}),
    "container": (
        DEPLOYMENT,
        "site-web",
        STRATEGIC,
        in_pod(containers=[{"name": "evil", "image": "evil:1"}]),
    ),
    "init-container": (
        STATEFUL_SET,
        "site-server",
        STRATEGIC,
        in_pod(initContainers=[{"name": "evil", "image": "evil:1"}]),
    ),
    "variable": (
        DEPLOYMENT,
        "site-web",
        STRATEGIC,
        in_pod(containers=[{"name": "omero-web", "env": [{"name": "X", "value": "1"}]}]),
    ),
    "volume": (
        DEPLOYMENT,
        "site-worker",
        STRATEGIC,
        in_pod(volumes=[{"name": "host", "hostPath": {"path": "/"}}]),
    ),
    "host-network": (DEPLOYMENT, "site-web", MERGE, in_pod(hostNetwork=True, hostPID=True)),
    "config": (CONFIG_MAP, "site-web", MERGE, {"data": {"more.omero": "x"}}),
    "config-binary": (CONFIG_MAP, "site-web", MERGE, {"binaryData": {"more.bin": X}}),
    "secret": (SECRET, "site-root-credentials", MERGE, {"data": {"more": X}}),
    "tls": (INGRESS, "site-web", MERGE, {"spec": {"tls": [{"hosts": [HOST]}]}}),
    "backend": (
        INGRESS,
        "site-web",
        MERGE,
        {"spec": {"defaultBackend": {"service": {"name": "other", "port": {"number": 80}}}}},
    ),
    "policy": (NETWORK_POLICY, "site-redis", MERGE, _peers),
    "budget": (
        DISRUPTION_BUDGET,
        "site-worker",
        MERGE,
        {"spec": {"selector": {"matchLabels": {"more": "x"}}}},
    ),
    "cron-job": (CRON_JOB, "site-vacuum", MERGE, {"spec": {"startingDeadlineSeconds": 7}}),
}


def change(
    kube: Kube, namespace: str, kind: Kind, name: str, how: str, patch: Any, who: str = "kubectl"
) -> Manifest:
    path = kind.path(namespace, name) + f"?fieldManager={who}"
    return kube.request("PATCH", path, patch, f"application/{how}-patch+json")


def rounds() -> list[dict[str, Change]]:
    """All additions; an object gets one in each round: another would make the operator see it."""
    found: list[dict[str, Change]] = []
    for title, added in ADDED.items():
        place = added[:2]
        free = [each for each in found if place not in [other[:2] for other in each.values()]]
        if not free:
            found.append({})
            free = found[-1:]
        free[0][title] = added
    return found


@pytest.mark.parametrize("additions", rounds(), ids=lambda additions: " ".join(additions))
def test_additions_are_taken_back(
    shared: SharedSite, additions: dict[str, Change], subtests: pytest.Subtests
) -> None:
    kube, namespace = shared.kube, shared.namespace

    def now(title: str) -> Manifest:
        kind, name, *_ = additions[title]
        return body(kube.get(kind, namespace, name))

    before = {title: now(title) for title in additions}
    for title, (kind, name, how, patch) in additions.items():
        given = patch(kube, namespace) if callable(patch) else patch
        assert body(change(kube, namespace, kind, name, how, given)) != before[title]

    def is_back(title: str) -> bool:
        return now(title) == before[title]

    for title in additions:
        with subtests.test(title):
            wait_until(partial(is_back, title), what=lambda: shared.operator.tail())
    shared.wait_for_a_whole_pass()
    assert told(shared) == []


def told(site: SharedSite) -> list[Manifest]:
    found: list[Manifest] = site.platform()["status"].get("foreignFields", [])
    return found


def test_labels_annotations_restarts_and_rotations_stay(shared: SharedSite) -> None:
    """The Secret is changed in one request with what goes, so the operator has seen it."""
    kube, namespace = shared.kube, shared.namespace
    restarted = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    patch = {
        "metadata": {"annotations": {"team": "blue"}, "labels": {"team": "blue"}},
        "spec": {"template": {"metadata": {"annotations": restarted}}},
    }
    change(kube, namespace, DEPLOYMENT, "site-web", MERGE, patch)
    pull = {"imagePullSecrets": [{"name": "registry"}]}
    change(kube, namespace, SERVICE_ACCOUNT, "site-web", MERGE, pull)
    rotated = {"data": {"password": X, "more": X}}
    change(kube, namespace, SECRET, "site-redis-credentials", MERGE, rotated)

    def keys() -> set[str]:
        return set((kube.get(SECRET, namespace, "site-redis-credentials") or {})["data"])

    wait_until(lambda: keys() == {"password"})
    shared.wait_for_a_whole_pass()
    secret = kube.get(SECRET, namespace, "site-redis-credentials") or {}
    assert secret["data"] == {"password": X}
    web = kube.get(DEPLOYMENT, namespace, "site-web") or {}
    assert web["metadata"]["annotations"]["team"] == web["metadata"]["labels"]["team"] == "blue"
    assert restarted.items() <= web["spec"]["template"]["metadata"]["annotations"].items()
    account = kube.get(SERVICE_ACCOUNT, namespace, "site-web") or {}
    assert account["imagePullSecrets"] == [{"name": "registry"}]


def test_what_comes_back_at_once_is_told_and_not_fought(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """Another operator would add it for ever: one removal in a full pass, whatever happens."""
    kube.platform(namespace, "site", SPEC)
    kube.wait_condition(namespace, "site", "Ready", "True")
    operator.wait_still()
    site = SharedSite(kube, namespace, operator)
    field = {"spec": {"externalIPs": ["192.0.2.7"]}}
    change(kube, namespace, SERVICE, "site-web", MERGE, field, "other-operator")
    wait_until(
        lambda: "externalIPs" not in (kube.get(SERVICE, namespace, "site-web") or {})["spec"]
    )
    change(kube, namespace, SERVICE, "site-web", MERGE, field, "other-operator")
    expected = {
        "object": "Service/site-web",
        "field": "spec.externalIPs",
        "manager": "other-operator",
    }
    wait_until(lambda: expected in told(site), what=lambda: f"{told(site)} {operator.tail()}")
    operator.wait_still()
    writes = operator.writes()
    for number in range(5):
        touched = {"metadata": {"annotations": {"touched": str(number)}}}
        change(kube, namespace, SERVICE, "site-web", MERGE, touched)
    operator.wait_still()
    assert operator.writes() == writes, operator.tail()
    assert expected in told(site)
