"""Pods fit the restricted profile of Pod Security but for a few, and their data is kept in time.

The profile: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART

Rendered = Callable[..., list[dict[str, Any]]]
Rule = Callable[[dict[str, Any]], bool]
ALL: Final = (
    "grafana.enabled=true,grafana.url=https://x.org/grafana/,grafana.adminSecret=a,"
    "portainer.enabled=true,portainer.adminSecret=a,namespaces={lab},logs.stack="
)
STACKS: Final = ("victorialogs", "loki")
VOLUMES: Final = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret"),
}


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def _each(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (container["securityContext"] for container in _containers(pod))


RESTRICTED: Final[dict[str, Rule]] = {
    "nothing of the node": lambda pod: (
        not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))
    ),
    "volumes": lambda pod: all(
        set(volume) - {"name"} <= VOLUMES for volume in pod.get("volumes", [])
    ),
    "not privileged": lambda pod: not any(each.get("privileged") for each in _each(pod)),
    "no escalation": lambda pod: all(
        each["allowPrivilegeEscalation"] is False for each in _each(pod)
    ),
    "capabilities": lambda pod: all(
        each["capabilities"]["drop"] == ["ALL"]
        and set(each["capabilities"].get("add", [])) <= {"NET_BIND_SERVICE"}
        for each in _each(pod)
    ),
    "not root": lambda pod: (
        pod["securityContext"].get("runAsNonRoot") is True
        and pod["securityContext"].get("runAsUser") != 0
    ),
    "seccomp": lambda pod: pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
    "no ports of the node": lambda pod: all(
        "hostPort" not in port
        for container in _containers(pod)
        for port in container.get("ports", [])
    ),
}
# Reads files of its node, which only root may read.
_READS_LOGS: Final = {"volumes", "capabilities", "not root"}
# What the profile forbids and a part needs. docs/monitoring.md says so, "What is needed".
NEEDED: Final = {
    "otel-collector": _READS_LOGS,
    "alloy": _READS_LOGS,
    # The throughput, processes and file systems of the node.
    "node-exporter": {"nothing of the node", "volumes"},
}
# What the profile does not ask for, and all pods have.
OURS: Final[dict[str, Rule]] = {
    "nothing is written but volumes": lambda pod: all(
        each["readOnlyRootFilesystem"] is True for each in _each(pod)
    ),
    "an account of its own": lambda pod: pod["serviceAccountName"].startswith("omero-platform-"),
    "no variables of Services": lambda pod: pod["enableServiceLinks"] is False,
    "memory limited": lambda pod: all(
        container["resources"]["limits"]["memory"] for container in _containers(pod)
    ),
    "files of the node only to read": lambda pod: (
        all(
            mount.get("readOnly") is True or mount["name"] == "positions"
            for container in _containers(pod)
            for mount in container["volumeMounts"]
            if _of_node(pod, mount["name"])
        )
        if any("volumeMounts" in each for each in _containers(pod))
        else True
    ),
}


def _of_node(pod: dict[str, Any], name: str) -> bool:
    return any(each["name"] == name and "hostPath" in each for each in pod.get("volumes", []))


@pytest.fixture
def workloads(rendered: Rendered) -> Callable[..., dict[str, dict[str, Any]]]:
    """The workloads by the names of their parts."""

    def found(stack: str, *values: str) -> dict[str, dict[str, Any]]:
        options = ("--set", ",".join((f"{ALL}{stack}", *values)))
        return {
            each["metadata"]["labels"]["app.kubernetes.io/name"]: each
            for each in rendered(*options, chart=MONITORING_CHART)
            if each["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
        }

    return found


Workloads = Callable[..., dict[str, dict[str, Any]]]


def _pod(workload: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("stack", STACKS)
def test_pods_fit_the_restricted_profile_but_for_those_with_a_reason(
    workloads: Workloads, stack: str
) -> None:
    all_of = workloads(stack)
    assert len(all_of) == 9
    for name, workload in all_of.items():
        broken = {rule for rule, holds in RESTRICTED.items() if not holds(_pod(workload))}
        assert broken == NEEDED.get(name, set()), name
        assert [rule for rule, holds in OURS.items() if not holds(_pod(workload))] == [], name


def test_a_collector_has_one_right_more_and_writes_one_folder(workloads: Workloads) -> None:
    for stack, name in zip(STACKS, ("otel-collector", "alloy"), strict=True):
        pod = _pod(workloads(stack)[name])
        (container,) = pod["containers"]
        assert container["securityContext"]["capabilities"]["add"] == ["DAC_READ_SEARCH"]
        writable = {m["name"] for m in container["volumeMounts"] if not m.get("readOnly")}
        assert writable == {"positions"}
        assert not pod.get("hostNetwork")


@pytest.mark.parametrize("stack", STACKS)
def test_ids_can_be_left_to_the_cluster(workloads: Workloads, stack: str) -> None:
    """OpenShift refuses a pod with ids that it did not give."""
    ids = ("runAsUser", "runAsGroup", "fsGroup")
    none = [f"pod.securityContext.{name}=null" for name in ids]
    for name, workload in workloads(stack, *none).items():
        if name not in NEEDED:
            assert not set(ids) & set(_pod(workload)["securityContext"]), name


# The part → the value with its volume, and the option or file that says where its data is.
KEPT: Final = {
    "prometheus": ("prometheus", "--storage.tsdb.path=/prometheus"),
    "alertmanager": ("alertmanager", "--storage.path=/alertmanager"),
    "victorialogs": ("logs", "-storageDataPath=/data"),
    "loki": ("logs", "/loki"),
    "grafana": ("grafana", "/var/lib/grafana"),
    "portainer": ("portainer", "/data"),
}


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_kept_is_in_a_claim(workloads: Workloads, stack: str) -> None:
    values = [
        f"{value}.storage.{key}"
        for value, _ in KEPT.values()
        for key in ("size=7Gi", "className=fast")
    ]
    all_of = workloads(stack, *values)
    with_claim = {name for name, each in all_of.items() if each["kind"] == "StatefulSet"}
    assert with_claim == KEPT.keys() - {"loki", "victorialogs"} | {stack}
    for name in with_claim:
        (claim,) = all_of[name]["spec"]["volumeClaimTemplates"]
        assert claim["spec"]["resources"]["requests"]["storage"] == "7Gi", name
        assert claim["spec"]["storageClassName"] == "fast", name
        (container,) = _pod(all_of[name])["containers"]
        (mount,) = [each for each in container["volumeMounts"] if each["name"] == "data"]
        where = KEPT[name][1]
        assert where.rpartition("=")[2] == mount["mountPath"]
        assert "=" not in where or where in container["args"]
    for name in all_of.keys() - with_claim:
        assert "volumeClaimTemplates" not in all_of[name]["spec"], name


def test_data_is_deleted_in_time(workloads: Workloads, rendered: Rendered) -> None:
    values = (
        *("prometheus.retention.time=9d", "prometheus.retention.size=3GB"),
        *("logs.retention.time=96h", "logs.retention.size=2GB"),
    )
    all_of = workloads("victorialogs", *values)
    (prometheus,), (store,) = (
        _pod(all_of[name])["containers"] for name in ("prometheus", "victorialogs")
    )
    assert {
        "--storage.tsdb.retention.time=9d",
        "--storage.tsdb.retention.size=3GB",
    } <= set(prometheus["args"])
    assert {"-retentionPeriod=96h", "-retention.maxDiskSpaceUsageBytes=2GB"} <= set(store["args"])
    options = ("--set", ",".join((f"{ALL}loki", *values)))
    (text,) = [
        each["data"]["loki.yaml"]
        for each in rendered(*options, chart=MONITORING_CHART)
        if each["kind"] == "ConfigMap" and "loki.yaml" in each["data"]
    ]
    loki = yaml.safe_load(text)
    assert loki["limits_config"]["retention_period"] == "96h"
    # Without these Loki deletes nothing.
    assert loki["compactor"]["retention_enabled"] is True
    assert loki["compactor"]["delete_request_store"] == "filesystem"
