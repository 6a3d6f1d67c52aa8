"""What the accounts of the monitoring chart may, as a real API server decides from the roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import yaml

from bare_api_server import bare_api_server, error_of
from omero_ci.charts import MONITORING_CHART, render

SYSTEM: Final = "omero-system"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
PLURALS: Final = {
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
}
ALL: Final = (
    "namespaces={lab,school},portainer.enabled=true,portainer.adminSecret=a,"
    "grafana.enabled=true,grafana.url=https://x.org/g/,grafana.adminSecret=a,logs.stack="
)
# The account → what it may in the namespaces of the sites: verb, API group, resource.
MAY: Final = {
    "portainer": {
        *(("list", "", name) for name in ("pods", "services", "events", "configmaps")),
        *(("get", "", "pods/log"), ("list", "", "persistentvolumeclaims")),
        *(("list", "apps", "deployments"), ("list", "batch", "cronjobs")),
        ("list", "networking.k8s.io", "ingresses"),
    },
    "prometheus": {
        *(("list", "", "pods"), ("list", "", "services")),
        ("list", "networking.k8s.io", "ingresses"),
    },
    "kube-state-metrics": {
        *(("list", "", "pods"), ("list", "", "persistentvolumeclaims")),
        *(("list", "apps", "deployments"), ("list", "batch", "cronjobs")),
    },
    "otel-collector": {("list", "", "pods")},
    "alloy": {("list", "", "pods")},
    "grafana": set(),
    "alertmanager": set(),
    "blackbox": set(),
}
ASKED: Final = set().union(*MAY.values())
# What nobody may, anywhere.
NEVER: Final = {
    *(("get", "", "secrets"), ("list", "", "secrets"), ("delete", "", "pods")),
    *(("create", "", "pods"), ("create", "", "pods/exec"), ("patch", "apps", "deployments")),
    *(("update", "", "configmaps"), ("list", "", "namespaces"), ("get", "", "nodes/proxy")),
    ("create", "", "serviceaccounts/token"),
    ("create", "rbac.authorization.k8s.io", "rolebindings"),
}
# Metrics of nodes are the cluster's.
NODES: Final = {("list", "", "nodes"), ("get", "", "nodes/metrics")}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One with the roles of the chart, with both collectors."""
    with bare_api_server(tmp_path_factory.mktemp("api-server"), "RBAC") as client:
        for namespace in ("lab", "school", SYSTEM):
            made = client.post("/api/v1/namespaces", json={"metadata": {"name": namespace}})
            assert error_of(made) == ""
        for stack in ("victorialogs", "loki"):
            text = render(MONITORING_CHART, "--set", f"{ALL}{stack}")
            for manifest in yaml.load_all(text, yaml.CSafeLoader):
                if manifest and manifest["kind"] in PLURALS:
                    _create(client, manifest)
        yield client


def _create(client: httpx.Client, manifest: dict[str, Any]) -> None:
    namespace = manifest["metadata"].get("namespace")
    where = f"namespaces/{namespace}/" if namespace else ""
    answer = client.post(f"{RBAC}/{where}{PLURALS[manifest['kind']]}", json=manifest)
    # Those of the second stack that the first has made.
    assert answer.status_code == 409 or error_of(answer) == "", error_of(answer)


def _may(client: httpx.Client, account: str, namespace: str, asked: tuple[str, str, str]) -> bool:
    verb, group, resource = asked
    name, _, sub = resource.partition("/")
    attributes = {"verb": verb, "group": group, "resource": name, "namespace": namespace}
    user = f"system:serviceaccount:{SYSTEM}:omero-platform-{account}"
    spec = {"user": user, "resourceAttributes": attributes | ({"subresource": sub} if sub else {})}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer = client.post(REVIEWS, json=body)
    assert error_of(answer) == ""
    allowed: bool = answer.json()["status"]["allowed"]
    return allowed


@pytest.mark.parametrize("account", MAY)
def test_an_account_has_its_rights_and_no_others(api: httpx.Client, account: str) -> None:
    for namespace in ("lab", "school"):
        found = {asked for asked in ASKED if _may(api, account, namespace, asked)}
        assert found == MAY[account], namespace
    for namespace in ("elsewhere", ""):
        found = {asked for asked in ASKED if _may(api, account, namespace, asked)}
        assert found == set(), namespace
    # Prometheus finds the pods of its own release, and a collector reads what the operator prints.
    found = {asked for asked in ASKED if _may(api, account, SYSTEM, asked)}
    here = ("prometheus", "otel-collector", "alloy")
    assert found == ({("list", "", "pods")} if account in here else set())
    for namespace in ("lab", SYSTEM, "elsewhere", ""):
        assert {asked for asked in NEVER if _may(api, account, namespace, asked)} == set()
    of_nodes = {asked for asked in NODES if _may(api, account, "", asked)}
    assert of_nodes == (NODES if account == "prometheus" else set())
