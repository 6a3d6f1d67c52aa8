"""Fixtures of the operator ring: one API server for the session, one operator per need."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART, render
from omero_ci.paths import ROOT
from omero_operator.identity.kinds import PLATFORM
from operator_ring.kube import NAMESPACE, Kube, Manifest, Refused, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess, kubeconfig
from operator_ring.proxy import Proxy

CLUSTER = "operator-ring"
SYSTEM = "omero-system"
PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
}


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


@pytest.fixture(scope="session")
def kube() -> Iterator[Kube]:
    """The administrator's client of a new API server with its controllers."""
    cluster = str(ROOT / "ci" / "cluster")
    subprocess.run([cluster, "down", "--name", CLUSTER], check=True, capture_output=True)
    subprocess.run([cluster, "up", "--name", CLUSTER, "--control-plane-only"], check=True)
    try:
        path = subprocess.run(
            [cluster, "kubeconfig", "--name", CLUSTER], check=True, capture_output=True, text=True
        ).stdout.strip()
        client = Kube(Path(path))
        client.create(NAMESPACE, {"metadata": {"name": SYSTEM}})
        install(client, "crd-only")
        wait_until(lambda: served(client))
        yield client
        client.close()
    finally:
        subprocess.run([cluster, "down", "--name", CLUSTER], check=True)


def served(kube: Kube) -> bool:
    """Whether the API server answers for the custom resource."""
    try:
        kube.list(PLATFORM)
    except Refused:
        return False
    return True


@pytest.fixture(scope="session")
def kubelet(kube: Kube) -> Iterator[PlayedKubelet]:
    with PlayedKubelet(kube) as played:
        yield played


_numbers = itertools.count(1)


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    """A namespace of the test's own, removed afterwards."""
    name = kube.namespace(f"test-{next(_numbers)}")
    yield name
    with contextlib.suppress(Exception):
        kube.delete(NAMESPACE, None, name)


@pytest.fixture
def proxy(kube: Kube) -> Iterator[Proxy]:
    with Proxy(kube.server, kube.ca) as running:
        yield running


MakeOperator = Callable[..., OperatorProcess]


@pytest.fixture
def release(kube: Kube, namespace: str) -> Release:
    """The chart installed for the test's namespace alone, without any cluster-wide right."""
    scope = ("--set", "scope=namespaced", "--set", f"watchNamespaces={{{namespace}}}")
    return install(kube, f"operator-{namespace}", *scope, "--set", "crds.create=false")


@pytest.fixture
def make_operator(
    kube: Kube, release: Release, tmp_path: Path, namespace: str
) -> Iterator[MakeOperator]:
    """Start an operator that looks after the test's namespace.

    `make_operator(proxy)` puts a proxy in between; other arguments are environment variables.
    """
    made: list[OperatorProcess] = []

    def make(
        proxy: Proxy | None = None, identity: str = "operator-0", **env: str
    ) -> OperatorProcess:
        server, ca = (proxy.url, None) if proxy else (kube.server, kube.ca)
        config = kubeconfig(tmp_path / f"{identity}.kubeconfig", server, release.token, ca)
        settings = {"WATCH_NAMESPACES": namespace, "LEASE_NAME": release.lease, **env}
        operator = OperatorProcess(config, tmp_path, identity, **settings)
        made.append(operator)
        return operator.start()

    yield make
    for operator in made:
        if operator.running():
            operator.kill()


@pytest.fixture
def operator(make_operator: MakeOperator) -> OperatorProcess:
    started = make_operator()
    started.wait_active()
    return started
