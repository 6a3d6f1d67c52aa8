"""A right that is missing makes one component False, with verb and kind; the others converge."""

from __future__ import annotations

import copy

import pytest

from omero_operator.identity.kinds import CRON_JOB, DEPLOYMENT, STATEFUL_SET, Kind
from operator_ring.kube import Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.releases import MakeOperator, Release

ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")


def drop(kube: Kube, release: Release, namespace: str, plural: str, verbs: set[str]) -> None:
    """Take verbs on one kind from the operator's role."""
    (role,) = [
        m
        for m in release.manifests
        if m["kind"] == "Role" and m["metadata"]["namespace"] == namespace
    ]
    rules = []
    for rule in copy.deepcopy(role["rules"]):
        if plural not in rule["resources"]:
            rules.append(rule)
            continue
        rest = [name for name in rule["resources"] if name != plural]
        if rest:
            rules.append({**rule, "resources": rest})
        kept = [verb for verb in rule["verbs"] if verb not in verbs]
        if kept:
            rules.append({**rule, "resources": [plural], "verbs": kept})
    kube.merge(ROLE, namespace, role["metadata"]["name"], {"rules": rules})


@pytest.mark.parametrize(
    ("plural", "verbs", "condition", "words"),
    [
        ("cronjobs", {"patch"}, "MaintenanceHealthy", ("patch", "CronJob")),
        ("cronjobs", {"list", "watch", "get"}, "MaintenanceHealthy", ("list", "CronJob")),
        ("deployments", {"patch"}, "WebReady", ("patch", "Deployment")),
        ("ingresses", {"patch"}, "IngressReady", ("patch", "Ingress")),
    ],
    ids=["write", "read", "workload", "ingress"],
)
def test_one_kind(
    kube: Kube,
    namespace: str,
    release: Release,
    make_operator: MakeOperator,
    kubelet: PlayedKubelet,
    plural: str,
    verbs: set[str],
    condition: str,
    words: tuple[str, str],
) -> None:
    drop(kube, release, namespace, plural, verbs)
    operator = make_operator()
    operator.wait_active()
    kube.platform(namespace, "site", {"web": {"ingress": {"host": "r.example.org"}}})
    found = kube.wait_condition(namespace, "site", condition, "False")
    assert found["reason"] == "Forbidden"
    for word in words:
        assert word in found["message"]
    kube.wait_condition(namespace, "site", "ServerReady", "True")
    present = (STATEFUL_SET, "site-db"), (DEPLOYMENT, "site-web"), (CRON_JOB, "site-vacuum")
    for kind, name in present:
        expected = kind.plural != plural
        assert bool(kube.get(kind, namespace, name)) == expected
