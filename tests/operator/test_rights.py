"""What the API server refuses makes one component False, in its words; the others converge."""

from __future__ import annotations

import copy

import pytest

from omero_operator.identity.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    PLATFORM,
    STATEFUL_SET,
    Kind,
)
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.releases import MakeOperator, Release

QUOTA = Kind("v1", "ResourceQuota", "resourcequotas")
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


def test_a_quota_of_secrets_is_no_missing_right_and_its_end_lets_the_site_go_on(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    hard = {"hard": {"count/secrets": "0"}}
    kube.create(QUOTA, {"metadata": {"name": "none", "namespace": namespace}, "spec": hard})
    wait_until(lambda: "used" in (kube.get(QUOTA, namespace, "none") or {}).get("status", {}))
    kube.platform(namespace, "site")
    found = kube.wait_condition(namespace, "site", "DatabaseReady", "False")
    assert found["reason"] == "Rejected"
    assert "exceeded quota: none" in found["message"] and "role" not in found["message"]
    assert kube.get(STATEFUL_SET, namespace, "site-db") is None
    assert (kube.get(PLATFORM, namespace, "site") or {})["status"]["observedGeneration"] == 1
    kube.delete(QUOTA, namespace, "none")
    kube.wait_condition(namespace, "site", "Ready", "True")
