"""The examples for Argo CD and Flux: both make what `helm install` makes, and neither loses a site.

No controller runs here: the chart is rendered with the release, namespace and values that each tool
takes from its example, and the folder of the site as both render it.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART
from omero_ci.paths import ROOT, path_with_tools
from omero_operator.api.v1alpha1 import rules
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.identity.labels import NEVER_PRUNE

EXAMPLES = ROOT / "manifests" / "examples" / "gitops"
VERSION = yaml.safe_load((ROOT / "Chart.yaml").read_text())["version"]

Manifest = dict[str, Any]


def _documents(name: str) -> dict[str, Manifest]:
    """The manifests of a file, by kind."""
    documents = [one for one in yaml.safe_load_all((EXAMPLES / name).read_text()) if one]
    by_kind = {one["kind"]: one for one in documents}
    assert len(by_kind) == len(documents)
    return by_kind


ARGO = {name: _documents(f"argo-cd/{name}.yaml")["Application"] for name in ("operator", "site")}
FLUX = {name: _documents(f"flux/{name}.yaml") for name in ("operator", "site")}


@dataclass(frozen=True)
class Installation:
    """What a tool hands to Helm."""

    release: str
    namespace: str
    chart: str
    revision: str
    values: dict[str, Any]


def _by_argo() -> Installation:
    spec = ARGO["operator"]["spec"]
    source = spec["source"]
    return Installation(
        # Argo CD calls the release as the Application, unless helm.releaseName says otherwise.
        release=source["helm"].get("releaseName", ARGO["operator"]["metadata"]["name"]),
        namespace=spec["destination"]["namespace"],
        chart=source["path"],
        revision=source["targetRevision"],
        values=source["helm"]["valuesObject"],
    )


def _by_flux() -> Installation:
    spec = FLUX["operator"]["HelmRelease"]["spec"]
    repository = FLUX["operator"]["GitRepository"]
    assert spec["chart"]["spec"]["sourceRef"] == {
        "kind": "GitRepository",
        "name": repository["metadata"]["name"],
    }
    return Installation(
        release=spec["releaseName"],
        namespace=spec["targetNamespace"],
        chart=spec["chart"]["spec"]["chart"].removeprefix("./"),
        revision=repository["spec"]["ref"]["tag"],
        values=spec["values"],
    )


INSTALLATIONS = {"Argo CD": _by_argo(), "Flux": _by_flux()}


def _run(*command: str) -> list[Manifest]:
    variables = os.environ | {"PATH": path_with_tools()}
    ended = subprocess.run(command, capture_output=True, text=True, env=variables, check=True)
    return [one for one in yaml.safe_load_all(ended.stdout) if one]


def _rendered(installation: Installation, folder: Path) -> list[Manifest]:
    values = folder / "values.yaml"
    values.write_text(json.dumps(installation.values))
    place = ("--namespace", installation.namespace, "--kube-version", "1.35.0")
    chart = str(ROOT / installation.chart)
    return _run("helm", "template", installation.release, chart, *place, "--values", str(values))


@pytest.mark.parametrize("tool", INSTALLATIONS)
def test_example_installs_this_chart_of_this_version(tool: str) -> None:
    installation = INSTALLATIONS[tool]
    assert ROOT / installation.chart == OPERATOR_CHART
    assert installation.revision == f"v{VERSION}"
    assert installation.namespace == "omero-system"


@pytest.mark.parametrize("tool", INSTALLATIONS)
def test_example_makes_the_operator_with_what_its_values_say(tool: str, tmp_path: Path) -> None:
    manifests = _rendered(INSTALLATIONS[tool], tmp_path)
    # What Helm makes around an uninstall or a test is no part of the installation.
    lasting = [m for m in manifests if "helm.sh/hook" not in m["metadata"].get("annotations", {})]
    assert sorted((m["kind"], m["metadata"]["name"]) for m in lasting) == [
        ("ClusterRole", "omero-operator"),
        ("ClusterRoleBinding", "omero-operator"),
        ("ConfigMap", "omero-operator-releases"),
        ("CustomResourceDefinition", "omeroplatforms.platform.omero.dev"),
        ("Deployment", "omero-operator"),
        ("NetworkPolicy", "omero-operator"),
        ("PodDisruptionBudget", "omero-operator"),
        ("Role", "omero-operator-lease"),
        ("RoleBinding", "omero-operator-lease"),
        ("Service", "omero-operator"),
        ("ServiceAccount", "omero-operator"),
        ("ValidatingAdmissionPolicy", "omero-namespaces-deletion-protection"),
        ("ValidatingAdmissionPolicy", "omero-platforms-deletion-protection"),
        ("ValidatingAdmissionPolicyBinding", "omero-namespaces-deletion-protection"),
        ("ValidatingAdmissionPolicyBinding", "omero-platforms-deletion-protection"),
    ]
    assert {m["metadata"].get("namespace", "omero-system") for m in manifests} == {"omero-system"}
    by_kind = {m["kind"]: m for m in lasting}
    assert by_kind["Deployment"]["spec"]["replicas"] == 2
    (_, metrics) = by_kind["NetworkPolicy"]["spec"]["ingress"]
    (peer,) = metrics["from"]
    labels = peer["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": "monitoring"}


def test_both_tools_install_the_same(tmp_path: Path) -> None:
    argo, flux = (_rendered(INSTALLATIONS[tool], tmp_path) for tool in INSTALLATIONS)
    assert argo == flux


def test_argo_can_apply_a_long_definition_and_finds_a_namespace() -> None:
    assert "ServerSideApply=true" in ARGO["operator"]["spec"]["syncPolicy"]["syncOptions"]
    assert "CreateNamespace=true" in ARGO["operator"]["spec"]["syncPolicy"]["syncOptions"]
    assert FLUX["operator"]["HelmRelease"]["spec"]["install"]["createNamespace"] is True


def test_argo_recognises_its_own_by_annotation_and_not_by_label() -> None:
    """The operator's objects carry `app.kubernetes.io/instance`, Argo CD's own label."""
    settings = _documents("argo-cd/argocd-cm.yaml")["ConfigMap"]["data"]
    assert settings["application.resourceTrackingMethod"] == "annotation"


@pytest.fixture(scope="module")
def site() -> dict[str, Manifest]:
    """The folder of the site as both tools render it, by kind."""
    return {one["kind"]: one for one in _run("kubectl", "kustomize", str(EXAMPLES / "site"))}


def test_site_is_one_that_the_operator_takes(site: dict[str, Manifest]) -> None:
    assert set(site) == {"Namespace", "OmeroPlatform"}
    spec = PlatformSpec.model_validate(site["OmeroPlatform"]["spec"])
    assert rules.check(spec) == []
    namespace = site["Namespace"]["metadata"]
    assert site["OmeroPlatform"]["metadata"]["namespace"] == namespace["name"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("kind", ["Namespace", "OmeroPlatform"])
def test_what_holds_data_is_not_pruned(site: dict[str, Manifest], kind: str) -> None:
    annotations = site[kind]["metadata"]["annotations"]
    own = {name: NEVER_PRUNE[name] for name in annotations}
    assert annotations == own
    assert set(own) >= {"argocd.argoproj.io/sync-options", "kustomize.toolkit.fluxcd.io/prune"}


def test_deleting_an_application_deletes_no_site() -> None:
    """`resources-finalizer.argocd.argoproj.io` would delete all that the Application applied."""
    assert "finalizers" not in ARGO["site"]["metadata"]


def test_both_tools_take_the_same_folder_of_the_same_repository(site: dict[str, Manifest]) -> None:
    source = ARGO["site"]["spec"]["source"]
    repository, kustomization = (FLUX["site"][kind] for kind in ("GitRepository", "Kustomization"))
    assert kustomization["spec"]["sourceRef"]["name"] == repository["metadata"]["name"]
    assert kustomization["spec"]["path"] == f"./{source['path']}"
    assert repository["spec"]["url"] == source["repoURL"]
    assert repository["spec"]["ref"]["branch"] == source["targetRevision"]
    namespace = site["Namespace"]["metadata"]["name"]
    assert ARGO["site"]["spec"]["destination"]["namespace"] == namespace


def test_a_site_before_its_definition_is_tried_again() -> None:
    policy = ARGO["site"]["spec"]["syncPolicy"]
    assert "SkipDryRunOnMissingResource=true" in policy["syncOptions"]
    assert policy["retry"]["limit"] > 0
    assert FLUX["site"]["Kustomization"]["spec"]["retryInterval"] == "1m"


def test_flux_asks_for_the_health_of_this_site(site: dict[str, Manifest]) -> None:
    spec = FLUX["site"]["Kustomization"]["spec"]
    platform = site["OmeroPlatform"]
    (check,) = spec["healthChecks"]
    assert check == {
        "apiVersion": platform["apiVersion"],
        "kind": platform["kind"],
        "name": platform["metadata"]["name"],
        "namespace": platform["metadata"]["namespace"],
    }
    (expressions,) = spec["healthCheckExprs"]
    assert [expressions[key] for key in ("apiVersion", "kind")] == [
        check["apiVersion"],
        check["kind"],
    ]
