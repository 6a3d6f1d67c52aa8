"""Who reaches the operator and what it reaches: least by default, each opening with its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omero_ci.charts import OPERATOR_CHART
from omero_ci.paths import ROOT

Rendered = Callable[..., list[dict[str, Any]]]


def _policy(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    (policy,) = [one for one in manifests if one["kind"] == "NetworkPolicy"]
    spec: dict[str, Any] = policy["spec"]
    return spec


def _labels(manifests: list[dict[str, Any]], kind: str) -> dict[str, str]:
    (one,) = [one for one in manifests if one["kind"] == kind]
    pod = one["spec"]["template"] if kind == "Deployment" else one
    labels: dict[str, str] = pod["metadata"]["labels"]
    return labels


def _ports(rule: dict[str, Any]) -> set[tuple[Any, str]]:
    return {(port["port"], port["protocol"]) for port in rule["ports"]}


def test_policy_is_of_the_operators_pods_in_both_directions(rendered: Rendered) -> None:
    for chart in (OPERATOR_CHART, ROOT):
        manifests = rendered(chart=chart)
        policy = _policy(manifests)
        selected = policy["podSelector"]["matchLabels"].items()
        assert selected <= _labels(manifests, "Deployment").items()
        assert not selected <= _labels(manifests, "Pod").items()
        assert policy["policyTypes"] == ["Ingress", "Egress"]


def test_only_the_pod_of_helm_test_comes_in_and_only_to_the_health_port(
    rendered: Rendered,
) -> None:
    """`/metrics` tells the names of all sites and of what is wrong there."""
    manifests = rendered()
    (rule,) = _policy(manifests)["ingress"]
    assert _ports(rule) == {("health", "TCP")}
    (peer,) = rule["from"]
    assert set(peer) == {"podSelector"}, "a peer without namespaceSelector is of this namespace"
    selector = peer["podSelector"]["matchLabels"]
    assert selector.items() <= _labels(manifests, "Pod").items()
    assert not selector.items() <= _labels(manifests, "Deployment").items()


def test_metrics_are_open_to_those_who_are_listed_and_to_nobody_else(rendered: Rendered) -> None:
    key = "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team"
    _, rule = _policy(rendered("--set", f"{key}=monitoring"))["ingress"]
    assert _ports(rule) == {("metrics", "TCP")}
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}]


def test_the_operator_reaches_names_and_the_api_server_and_nothing_else(
    rendered: Rendered,
) -> None:
    names, api_server = _policy(rendered())["egress"]
    assert _ports(names) == {(port, kind) for port in (53, 5353) for kind in ("UDP", "TCP")}
    assert _ports(api_server) == {(port, "TCP") for port in (443, 6443, 8443, 16443)}


def test_the_api_server_can_be_named(rendered: Rendered) -> None:
    options = "networkPolicy.apiServerPorts={6443},networkPolicy.apiServerCidrs={192.0.2.7/32}"
    _, api_server = _policy(rendered("--set", options))["egress"]
    assert _ports(api_server) == {(6443, "TCP")}
    assert api_server["to"] == [{"ipBlock": {"cidr": "192.0.2.7/32"}}]


def test_no_rule_is_open_by_an_empty_list(rendered: Rendered, everything: tuple[str, str]) -> None:
    """Kubernetes reads a rule without peers as "anyone": that must not come from an empty value."""
    for manifests in (rendered(), rendered(*everything)):
        policy = _policy(manifests)
        assert all(rule.get("from") for rule in policy["ingress"])
        assert all(rule["ports"] for rule in policy["ingress"] + policy["egress"])


def test_the_policy_can_be_left_out(rendered: Rendered) -> None:
    kinds = {one["kind"] for one in rendered("--set", "networkPolicy.enabled=false")}
    assert "NetworkPolicy" not in kinds
