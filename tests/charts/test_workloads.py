"""What the operator's own pods look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omero_ci.charts import OPERATOR_CHART
from omero_ci.paths import ROOT

Rendered = Callable[..., list[dict[str, Any]]]


def _of(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"] == kind]


def _pods(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = _of(manifests, "Deployment") + _of(manifests, "Job")
    templates = [one["spec"]["template"]["spec"] for one in made]
    return templates + [one["spec"] for one in _of(manifests, "Pod")]


@pytest.mark.parametrize("chart", [ROOT, OPERATOR_CHART], ids=lambda path: path.name)
def test_pods_fit_the_restricted_profile(rendered: Rendered, chart: Any) -> None:
    pods = _pods(rendered(chart=chart))
    assert len(pods) == 3
    for pod in pods:
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == context["runAsGroup"] == 10001
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        for volume in pod.get("volumes", []):
            assert set(volume) in ({"name", "emptyDir"}, {"name", "configMap"})
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["requests"]
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("chart", [ROOT, OPERATOR_CHART], ids=lambda path: path.name)
def test_ids_can_be_left_to_the_cluster(rendered: Rendered, chart: Any) -> None:
    """OpenShift refuses a pod with ids that it did not give; all else of the profile stays."""
    prefix = "omero-operator." if chart == ROOT else ""
    none = {f"{prefix}pod.securityContext.{name}=null" for name in ("runAsUser", "runAsGroup")}
    for pod in _pods(rendered("--set", ",".join(sorted(none)), chart=chart)):
        context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        assert pod["securityContext"] == context | {"fsGroup": 10001}


def test_ids_can_be_chosen(rendered: Rendered) -> None:
    options = "pod.securityContext.runAsUser=1000650000,pod.securityContext.fsGroup=1000650000"
    for pod in _pods(rendered("--set", options)):
        ids = {name: pod["securityContext"][name] for name in ("runAsUser", "runAsGroup")}
        assert ids == {"runAsUser": 1000650000, "runAsGroup": 10001}


def test_probes_ask_the_health_port(rendered: Rendered) -> None:
    (container,) = _pods(rendered())[0]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"health": 8080, "metrics": 8081}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": "health"}


def test_service_selects_the_operator_and_not_its_test_pod(rendered: Rendered) -> None:
    manifests = rendered()
    (service,) = _of(manifests, "Service")
    selector = service["spec"]["selector"].items()
    assert (
        selector
        <= _of(manifests, "Deployment")[0]["spec"]["template"]["metadata"]["labels"].items()
    )
    assert not selector <= _of(manifests, "Pod")[0]["metadata"]["labels"].items()


def test_disruption_budget_only_with_replicas_to_spare(rendered: Rendered) -> None:
    assert _of(rendered(), "PodDisruptionBudget") == []
    (budget,) = _of(rendered("--set", "replicas=2"), "PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 1


def test_test_hook_reports_over_the_service(rendered: Rendered) -> None:
    manifests = rendered()
    (pod,) = _of(manifests, "Pod")
    (service,) = _of(manifests, "Service")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (container,) = pod["spec"]["containers"]
    (url,) = [entry["value"] for entry in container["env"]]
    assert url == f"http://{service['metadata']['name']}.omero-system.svc:8080/healthz"
    compile(container["args"][0], "helm_test.py", "exec")


def test_test_hook_has_an_account_without_any_rights(rendered: Rendered) -> None:
    """The operator's token reads Secrets: no pod but the operator's own gets it."""
    manifests = rendered()
    (pod,) = _of(manifests, "Pod")
    account = pod["spec"]["serviceAccountName"]
    of_hooks = {
        one["metadata"]["name"]
        for one in _of(manifests, "ServiceAccount")
        if one["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"
    }
    assert of_hooks == {account}
    assert (
        account != _of(manifests, "Deployment")[0]["spec"]["template"]["spec"]["serviceAccountName"]
    )
    bindings = _of(manifests, "RoleBinding") + _of(manifests, "ClusterRoleBinding")
    assert account not in {one["name"] for binding in bindings for one in binding["subjects"]}


def test_everything_reaches_the_pod(rendered: Rendered, everything: tuple[str, str]) -> None:
    manifests = rendered(*everything)
    (deployment,) = _of(manifests, "Deployment")
    template = deployment["spec"]["template"]
    pod = template["spec"]
    assert deployment["metadata"]["name"] == "omero-controller"
    assert deployment["spec"]["replicas"] == 2
    assert template["metadata"]["labels"]["example.org/cost-centre"] == "core-facility"
    assert template["metadata"]["annotations"]["example.org/team"] == "imaging"
    assert pod["serviceAccountName"] == "site-operator"
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert pod["tolerations"][0]["key"] == "dedicated"
    assert "podAntiAffinity" in pod["affinity"]
    assert pod["priorityClassName"] == "system-cluster-critical"
    assert pod["terminationGracePeriodSeconds"] == 60
    assert pod["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "ScheduleAnyway"
    env = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
    assert (env["LOG_LEVEL"], env["LOG_FORMAT"], env["FULL_PASS_SECONDS"]) == (
        "DEBUG",
        "text",
        "60",
    )
    assert pod["containers"][0]["imagePullPolicy"] == env["IMAGE_PULL_POLICY"] == "Always"


def test_object_names_stay_valid_for_the_longest_release_name(rendered: Rendered) -> None:
    from omero_ci.charts import render

    text = render(OPERATOR_CHART, release="a" * 53)
    assert f"name: {'a' * 43}-operator\n" in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--kube-version", "1.34.4"), "false"),
        (("--kube-version", "1.35.0"), "true"),
        (("--kube-version", "1.34.4", "--set", "imageVolumes=always"), "true"),
        (("--kube-version", "1.35.0", "--set", "imageVolumes=never"), "false"),
    ],
)
def test_image_volumes_follow_the_clusters_version(
    rendered: Rendered, options: tuple[str, ...], expected: str
) -> None:
    (container,) = _pods(rendered(*options))[0]["containers"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["IMAGE_VOLUMES"] == expected
