"""Every connection that a configuration names is allowed, and those that none needs are not.

The local cluster does not enforce network policies: the rules are applied here as Kubernetes
describes them (`network_policies.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from network_policies import OUTSIDE, Pod, allowed, pods_of
from omero_ci.charts import MONITORING_CHART
from omero_ci.paths import ROOT

Rendered = Callable[..., list[dict[str, Any]]]
RELEASE: Final = "omero-platform"
SYSTEM: Final = "omero-system"
ALL: Final = (
    "enabled=true,namespaces={lab},grafana.enabled=true,grafana.url=https://x.org/grafana/,"
    "grafana.adminSecret=a,portainer.enabled=true,portainer.adminSecret=a"
)
STACKS: Final = {"victorialogs": ("victorialogs", "otel-collector"), "loki": ("loki", "alloy")}
METRICS: Final = {"otel-collector": 8888, "alloy": 12345}
API_SERVER: Final = 6443
# Of a site, in another namespace.
SITE: Final = {
    part: Pod(
        "lab",
        {"app.kubernetes.io/part-of": "omero-platform", "app.kubernetes.io/component": part},
    )
    for part in ("web", "uploads", "exports", "exporter", "worker", "server")
}
STRANGER: Final = Pod("elsewhere", {"app.kubernetes.io/name": "x"})
NEIGHBOUR: Final = Pod(SYSTEM, {"app.kubernetes.io/name": "x"})


class Stack:
    """The chart with all its parts, as pods and policies."""

    def __init__(self, manifests: list[dict[str, Any]]) -> None:
        self.manifests = manifests
        self.pods = {
            name.removeprefix(f"{RELEASE}-"): pod for name, pod in pods_of(manifests).items()
        }

    def may(self, source: str | Pod, target: str | Pod, port: int) -> bool:
        """Whether this connection is allowed; parts by their names."""
        one, other = (
            self.pods[each] if isinstance(each, str) else each for each in (source, target)
        )
        return allowed(self.manifests, one, other, port)

    def named(self) -> Iterator[tuple[str, str, int]]:
        """What ConfigMaps say: whose configuration it is, the part that it names, the port."""
        for each in self.manifests:
            part = each["metadata"].get("labels", {}).get("app.kubernetes.io/name", "")
            if each["kind"] == "ConfigMap" and part in self.pods:
                text = json.dumps(each["data"])
                for name, port in re.findall(rf"{RELEASE}-([a-z-]+)\.{SYSTEM}:(\d+)", text):
                    yield part, name, int(port)


@pytest.fixture
def stack(rendered: Rendered) -> Callable[..., Stack]:
    """The chart with everything, and these values."""

    def made(*values: str) -> Stack:
        options = ("--set", ",".join((ALL, *values)))
        return Stack(rendered(*options, chart=MONITORING_CHART))

    return made


@pytest.fixture
def whole(rendered: Rendered) -> Stack:
    """Both charts in one release."""
    values = [f"omero-monitoring.{each}" for each in ALL.split(",")]
    return Stack(rendered("--set", ",".join(values), chart=ROOT))


EACH: Final = pytest.mark.parametrize("logs", STACKS)


@EACH
def test_what_a_configuration_names_is_reached(stack: Callable[..., Stack], logs: str) -> None:
    all_of = stack(f"logs.stack={logs}")
    named = set(all_of.named())
    store, collector = STACKS[logs]
    assert {(one, other) for one, other, _ in named} == {
        ("prometheus", "alertmanager"),
        ("prometheus", "blackbox"),
        ("grafana", "prometheus"),
        ("grafana", store),
        (collector, store),
    }
    for source, target, port in named:
        assert port in all_of.pods[target].ports.values(), (target, port)
        assert all_of.may(source, target, port), (source, target, port)


@EACH
def test_each_service_leads_to_a_port_of_its_pods(stack: Callable[..., Stack], logs: str) -> None:
    all_of = stack(f"logs.stack={logs}")
    services = [each for each in all_of.manifests if each["kind"] == "Service"]
    assert len(services) == 6
    for each in services:
        found = [
            pod
            for pod in all_of.pods.values()
            if each["spec"]["selector"].items() <= pod.labels.items()
        ]
        assert len(found) == 1, each["metadata"]["name"]
        for port in each["spec"]["ports"]:
            assert port["targetPort"] in found[0].ports.values()


@EACH
def test_prometheus_reaches_every_port_with_metrics(stack: Callable[..., Stack], logs: str) -> None:
    all_of = stack(f"logs.stack={logs}")
    with_metrics = {name: pod for name, pod in all_of.pods.items() if "metrics" in pod.ports}
    assert with_metrics.keys() == all_of.pods.keys() - {"portainer"}
    for name, pod in with_metrics.items():
        assert all_of.may("prometheus", name, pod.ports["metrics"]), name
    for part in SITE.values():
        assert all_of.may("prometheus", part, 9187)


def test_prometheus_reaches_the_operator_of_its_release(whole: Stack) -> None:
    operator = whole.pods["operator"]
    assert whole.may("prometheus", operator, operator.ports["metrics"])
    for other in (STRANGER, NEIGHBOUR, "grafana"):
        assert not whole.may(other, operator, operator.ports["metrics"])
    assert not whole.may("prometheus", operator, operator.ports["health"])


@EACH
def test_who_asks_the_api_server_may(stack: Callable[..., Stack], logs: str) -> None:
    all_of = stack(f"logs.stack={logs}")
    with_account = {
        each["metadata"]["name"].removeprefix(f"{RELEASE}-")
        for each in all_of.manifests
        if each["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
        and each["spec"]["template"]["spec"]["automountServiceAccountToken"]
    }
    expected = {"prometheus", "kube-state-metrics", "portainer", STACKS[logs][1]}
    assert with_account == expected
    for name in all_of.pods.keys() - {"node-exporter"}:
        free = name in expected | {"alertmanager", "blackbox"}
        assert all_of.may(name, OUTSIDE, API_SERVER) is free, name


@EACH
def test_omero_web_and_its_exporter_read_and_nobody_else(
    stack: Callable[..., Stack], logs: str
) -> None:
    all_of = stack(f"logs.stack={logs}", "grafana.ingress.enabled=false")
    store = STACKS[logs][0]
    read = {name: all_of.pods[name].ports["metrics"] for name in ("prometheus", store)}
    for target, port in read.items():
        for reader in ("web", "uploads", "exports", "exporter"):
            assert all_of.may(SITE[reader], target, port), (reader, target)
    asked = read | {
        "alertmanager": 9093,
        "blackbox": 9115,
        "kube-state-metrics": 8080,
        STACKS[logs][1]: METRICS[STACKS[logs][1]],
    }
    for target, port in asked.items():
        for other in (STRANGER, NEIGHBOUR, SITE["worker"], SITE["server"], "portainer"):
            assert not all_of.may(other, target, port), (other, target)


def test_only_parts_that_must_reach_the_outside(stack: Callable[..., Stack]) -> None:
    """Probes, Alertmanager's messages, Prometheus's targets; Grafana while it downloads."""
    all_of = stack("grafana.logsPlugin.download=false")
    free = {"prometheus", "alertmanager", "blackbox", "node-exporter"}
    for name in all_of.pods:
        assert all_of.may(name, OUTSIDE, 8088) is (name in free), name
        assert all_of.may(name, OUTSIDE, 53), name
    assert not all_of.may("grafana", OUTSIDE, 443)
    assert stack().may("grafana", OUTSIDE, 443)


def test_grafana_is_reached_by_the_ingress_or_by_omero_web_alone(
    stack: Callable[..., Stack],
) -> None:
    own = (
        "networkPolicy.ingressFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name"
    )
    open_to, named = stack(), stack(f"{own}=traefik")
    signed = stack("grafana.jwt.enabled=true", "grafana.jwt.keySecret=a", "grafana.jwt.issuer=a/b")
    controller = Pod("traefik", {"app.kubernetes.io/name": "traefik"})
    assert open_to.may(controller, "grafana", 3000)
    assert open_to.may(STRANGER, "grafana", 3000)
    assert named.may(controller, "grafana", 3000)
    assert not named.may(STRANGER, "grafana", 3000)
    assert named.may(controller, "portainer", 9000)
    assert not named.may(STRANGER, "portainer", 9000)
    assert signed.may(SITE["web"], "grafana", 3000)
    for other in (controller, STRANGER, SITE["uploads"]):
        assert not signed.may(other, "grafana", 3000)


def test_more_readers_can_be_named(stack: Callable[..., Stack]) -> None:
    own = (
        "networkPolicy.readersFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name"
    )
    all_of = stack(f"{own}=elsewhere")
    for target, port in (("prometheus", 9090), ("alertmanager", 9093), ("victorialogs", 9428)):
        assert all_of.may(STRANGER, target, port)
        assert not all_of.may(NEIGHBOUR, target, port)
    assert not all_of.may(STRANGER, "blackbox", 9115)


@EACH
@pytest.mark.parametrize("off", ["prometheus", "alertmanager", "grafana", "logs", "blackbox"])
def test_no_rule_is_open_because_its_peers_are_switched_off(
    stack: Callable[..., Stack], logs: str, off: str
) -> None:
    """Kubernetes reads a rule without peers as "anybody"."""
    for each in stack(f"logs.stack={logs}", f"{off}.enabled=false").manifests:
        if each["kind"] == "NetworkPolicy":
            assert all(rule["from"] and rule["ports"] for rule in each["spec"]["ingress"])
