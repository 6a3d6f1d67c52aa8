"""The chart's rights, installed as `helm install` would, for an operator that runs beside it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from omero_ci.charts import OPERATOR_CHART, render
from operator_ring.kube import Kube, Manifest
from operator_ring.process import OperatorProcess, kubeconfig
from operator_ring.proxy import Proxy

SYSTEM = "omero-system"
PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
}

# Stands for the namespace of a test when the chart is rendered.
_ANY = "namespace-of-a-test"

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


def install(kube: Kube, release: str, *options: str, chart: Path = OPERATOR_CHART) -> Release:
    """Install the chart's roles, account and CRD, and get a token for the operator."""
    return _install(kube, release, _rendered(release, *options, chart=chart))


def install_for(kube: Kube, namespace: str) -> Release:
    """The chart with rights in one namespace and nowhere else."""
    scope = ("--set", "scope=namespaced", "--set", f"watchNamespaces={{{_ANY}}}")
    text = _rendered(f"operator-{_ANY}", *scope, "--set", "crds.create=false")
    return _install(kube, f"operator-{namespace}", text.replace(_ANY, namespace))


@cache
def _rendered(release: str, *options: str, chart: Path = OPERATOR_CHART) -> str:
    """A JSON list of manifests, made once a process: some hundred namespaces get a release."""
    named = ("--set", f"fullnameOverride={release}")
    text = render(chart, *options, *named, release=release)
    manifests = [m for m in yaml.safe_load_all(text) if m and m["kind"] in PLURALS]
    return json.dumps([m for m in manifests if not is_hook(m)])


def is_hook(manifest: Manifest) -> bool:
    """Whether Helm makes it around an install, a test or an uninstall, and then removes it."""
    return "helm.sh/hook" in manifest["metadata"].get("annotations", {})


def _install(kube: Kube, release: str, text: str) -> Release:
    manifests: list[Manifest] = json.loads(text)
    for manifest in manifests:
        kube.apply(manifest, PLURALS[manifest["kind"]])
    return Release(_token(kube, manifests), release, manifests)


def _token(kube: Kube, manifests: list[Manifest]) -> str:
    """A token of the one account among them, as its pods get it."""
    (account,) = [m["metadata"]["name"] for m in manifests if m["kind"] == "ServiceAccount"]
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/{account}/token"
    return str(kube.request("POST", path, request)["status"]["token"])


@dataclass(frozen=True)
class UninstallHook:
    """What Helm makes after an uninstall, with its rights; this ring has no node for its Job.

    Attributes:
        token: Of the Job's account.
        arguments: Of the Job's container.
        variables: Of the Job's container.
    """

    token: str
    arguments: list[str]
    variables: dict[str, str]


def uninstall_hook(kube: Kube, namespace: str) -> UninstallHook:
    """The hook of a release for one namespace."""
    release = f"operator-{namespace}"
    scope = f"scope=namespaced,watchNamespaces={{{namespace}}},fullnameOverride={release}"
    text = render(OPERATOR_CHART, "--set", scope, release=release)
    hooks = [
        m
        for m in yaml.safe_load_all(text)
        if m and m["metadata"].get("annotations", {}).get("helm.sh/hook") == "post-delete"
    ]
    (job,) = [m for m in hooks if m["kind"] == "Job"]
    rights = [m for m in hooks if m["kind"] != "Job"]
    for manifest in rights:
        kube.apply(manifest, PLURALS[manifest["kind"]])
    (container,) = job["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one["value"] for one in container["env"]}
    return UninstallHook(_token(kube, rights), container["args"], variables)


def operator_of(
    kube: Kube,
    release: Release,
    folder: Path,
    proxy: Proxy | None = None,
    identity: str = "operator-0",
    **env: str,
) -> OperatorProcess:
    """A replica of a release, not started; with a proxy it reaches the API server through it."""
    server, ca = (proxy.url, None) if proxy else (kube.server, kube.ca)
    config = kubeconfig(folder / f"{identity}.kubeconfig", server, release.token, ca)
    return OperatorProcess(config, folder, identity, **{"LEASE_NAME": release.lease, **env})


_numbers = itertools.count(1)
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")


def own_namespace(kube: Kube) -> str:
    """A new namespace for one test.

    It stays: the API server goes with the run, and until then a removal, kind by kind, costs it
    more than most tests do.
    """
    return kube.namespace(f"test-{_WORKER}-{next(_numbers)}")


@dataclass(frozen=True)
class Lane:
    """A namespace with an operator of its own behind a proxy of its own; not running yet."""

    kube: Kube
    namespace: str
    proxy: Proxy
    operator: OperatorProcess


@contextlib.contextmanager
def lane(kube: Kube, folder: Path, **env: str) -> Iterator[Lane]:
    """Several lanes run beside each other without touching; `env` is for the operator."""
    namespace = own_namespace(kube)
    with Proxy(kube.server, kube.ca) as proxy:
        own = folder / namespace
        own.mkdir()
        release = install_for(kube, namespace)
        operator = operator_of(kube, release, own, proxy, WATCH_NAMESPACES=namespace, **env)
        try:
            yield Lane(kube, namespace, proxy, operator)
        finally:
            if operator.running():
                operator.kill()
