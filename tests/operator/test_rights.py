"""What the API server refuses makes one component False, in its words; the others converge."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path

import pytest

from omero_operator.cluster.client import connect_dry
from omero_operator.cluster.errors import NotFoundError
from omero_operator.identity.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    PLATFORM,
    ROLE,
    ROLE_BINDING,
    STATEFUL_SET,
    Kind,
)
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess, kubeconfig
from operator_ring.releases import MakeOperator, Release

QUOTA = Kind("v1", "ResourceQuota", "resourcequotas")


def drop(kube: Kube, release: Release, namespace: str, dropped: dict[str, set[str]]) -> None:
    """Take verbs on some kinds, by plural, from the operator's role."""
    (role,) = [
        m
        for m in release.manifests
        if m["kind"] == "Role" and m["metadata"]["namespace"] == namespace
    ]
    rules = [
        {**rule, "resources": [plural], "verbs": verbs}
        for rule in copy.deepcopy(role["rules"])
        for plural in rule["resources"]
        if (verbs := [v for v in rule["verbs"] if v not in dropped.get(plural, ())])
    ]
    kube.merge(ROLE, namespace, role["metadata"]["name"], {"rules": rules})


WRITE, READ = {"patch"}, {"list", "watch", "get"}


# Of several kinds at the same time, each in its own words; and a kind that cannot even be read.
@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        (
            {"cronjobs": WRITE, "deployments": WRITE, "ingresses": WRITE},
            {
                "MaintenanceHealthy": ("patch", "CronJob"),
                "WebReady": ("patch", "Deployment"),
                "IngressReady": ("patch", "Ingress"),
            },
        ),
        ({"cronjobs": READ}, {"MaintenanceHealthy": ("list", "CronJob")}),
    ],
    ids=["write", "read"],
)
def test_what_it_has_no_right_to_is_one_component(
    kube: Kube,
    namespace: str,
    release: Release,
    make_operator: MakeOperator,
    kubelet: PlayedKubelet,
    dropped: dict[str, set[str]],
    expected: dict[str, tuple[str, str]],
) -> None:
    drop(kube, release, namespace, dropped)
    operator = make_operator()
    operator.wait_active()
    kube.platform(namespace, "site", {"web": {"ingress": {"host": "r.example.org"}}})
    for condition, words in expected.items():
        found = kube.wait_condition(namespace, "site", condition, "False")
        assert found["reason"] == "Forbidden"
        assert [word for word in words if word not in found["message"]] == []
    kube.wait_condition(namespace, "site", "ServerReady", "True")
    present = (STATEFUL_SET, "site-db"), (DEPLOYMENT, "site-web"), (CRON_JOB, "site-vacuum")
    for kind, name in present:
        expected_there = kind.plural not in dropped
        assert bool(kube.get(kind, namespace, name)) == expected_there


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


def test_binding_whose_role_is_missing_is_refused_in_its_own_name(
    kube: Kube, namespace: str, release: Release, tmp_path: Path
) -> None:
    """The API server reads the Role to compare its rights with the operator's: Roles come first."""
    head = {"apiVersion": ROLE.api_version, "metadata": {"name": "it", "namespace": namespace}}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    reference = {"apiGroup": ROLE.group, "kind": "Role", "name": "it"}
    binding = {**head, "kind": "RoleBinding", "roleRef": reference}
    config = kubeconfig(tmp_path / "kubeconfig", kube.server, release.token, kube.ca)

    async def scenario() -> None:
        api, _ = await connect_dry(str(config), None)
        try:
            with pytest.raises(NotFoundError, match=r'rolebindings.* "it" not found'):
                await api.apply(ROLE_BINDING, binding)
            kube.apply({**head, "kind": "Role", "rules": rules}, "roles")
            await api.apply(ROLE_BINDING, binding)
        finally:
            await api.close()

    asyncio.run(scenario())
