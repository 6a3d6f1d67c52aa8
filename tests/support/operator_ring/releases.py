"""The chart's rights, installed as `helm install` would, for an operator that runs beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import yaml

from omero_ci.charts import OPERATOR_CHART, render
from operator_ring.kube import Kube, Manifest
from operator_ring.process import OperatorProcess

SYSTEM = "omero-system"
PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
}

MakeOperator = Callable[..., OperatorProcess]


@dataclass(frozen=True)
class Release:
    """One installation of the chart, as far as it is no Deployment.

    Attributes:
        token: The operator's token: all it may do is what the chart grants.
        lease: Name of its Lease.
        manifests: What was installed.
    """

    token: str
    lease: str
    manifests: list[Manifest]


def install(kube: Kube, release: str, *options: str) -> Release:
    """Install the chart's roles, account and CRD, and get a token for the operator."""
    text = render(OPERATOR_CHART, *options, "--set", f"fullnameOverride={release}", release=release)
    manifests = [m for m in yaml.safe_load_all(text) if m and m["kind"] in PLURALS]
    for manifest in manifests:
        kube.apply(manifest, PLURALS[manifest["kind"]])
    (account,) = [m["metadata"]["name"] for m in manifests if m["kind"] == "ServiceAccount"]
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/{account}/token"
    token = str(kube.request("POST", path, request)["status"]["token"])
    return Release(token, release, manifests)
