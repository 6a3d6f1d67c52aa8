"""NetworkPolicies admit what the platform needs, and nothing between its parts beyond that.

The list of needs stands here a second time, in the words of a reader: what is forgotten in the
operator's own table shows only where a network enforces policies.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import pod_labels
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAME,
    by_title,
    context,
    spec,
    templates,
)

# who: the addresses that it opens connections to, by Service and its port
NEEDS: dict[str, set[str]] = {
    "server": {"demo-db:5432"},
    "web": {"demo-server:4064", "demo-redis:6379", "demo-plugin-db:5433"},
    "worker": {"demo-server:4064", "demo-redis:6379", "demo-plugin-db:5433"},
    "bootstrap": {"demo-server:4064"},
    "maintenance": {"demo-db:5432", "demo-plugin-db:5433"},
    "database": set(),
    "plugin-database": set(),
    "redis": set(),
}
# Anybody in the cluster: the Ingress controller, and desktop clients by way of the Service.
PUBLIC = {"demo-server:4063", "demo-server:4064", "demo-web:80"}
PLAN = by_title(desired(context()))
POLICIES = [manifest for manifest in PLAN.values() if manifest["kind"] == "NetworkPolicy"]
STRANGER = {"app": "stranger"}
EVERYTHING = -1
NAMES = {53, 5353}


def pod_behind(service: str) -> tuple[dict[str, str], dict[str, int]]:
    """Labels and container ports of the pods behind a Service."""
    selector = PLAN[f"Service/{service}"]["spec"]["selector"]
    (found,) = [
        template
        for _, template in templates(PLAN.values())
        if selector.items() <= template["metadata"]["labels"].items()
    ]
    ports = {
        port["name"]: port["containerPort"]
        for container in found["spec"]["containers"]
        for port in container.get("ports", [])
    }
    return found["metadata"]["labels"], ports


def container_port(address: str) -> tuple[dict[str, str], int]:
    """Where a connection to a Service arrives: labels of the pods and their port."""
    service, _, number = address.partition(":")
    pod, ports = pod_behind(service)
    (target,) = [
        port["targetPort"]
        for port in PLAN[f"Service/{service}"]["spec"]["ports"]
        if port["port"] == int(number)
    ]
    return pod, ports[target]


def admitted(source: dict[str, str], target: dict[str, str], port: int) -> bool:
    """Whether the policies let a connection through, as Kubernetes defines it."""
    return _leaves(source, target, port) and _enters(source, target, port)


def _selects(policy: Manifest, direction: str, pod: dict[str, str]) -> bool:
    spec = policy["spec"]
    return (
        direction in spec["policyTypes"]
        and spec["podSelector"]["matchLabels"].items() <= pod.items()
    )


def _leaves(source: dict[str, str], target: dict[str, str], port: int) -> bool:
    own = [policy for policy in POLICIES if _selects(policy, "Egress", source)]
    rules = [rule for policy in own for rule in policy["spec"]["egress"]]
    return not own or any(_admits(rule, "to", target, port) for rule in rules)


def _enters(source: dict[str, str], target: dict[str, str], port: int) -> bool:
    own = [policy for policy in POLICIES if _selects(policy, "Ingress", target)]
    rules = [rule for policy in own for rule in policy["spec"]["ingress"]]
    return not own or any(_admits(rule, "from", source, port) for rule in rules)


def _admits(rule: Manifest, direction: str, peer: dict[str, str], port: int) -> bool:
    return port in [p["port"] for p in rule["ports"] if p["protocol"] == "TCP"] and any(
        each["podSelector"]["matchLabels"].items() <= peer.items()
        for each in rule.get(direction, [{"podSelector": {"matchLabels": {}}}])
    )


def outside(component: str, **blocks: Any) -> set[int]:
    """TCP ports of any address that a component may go to."""
    policy = by_title(desired(context(spec(**blocks))))[f"NetworkPolicy/demo-{component}"]["spec"]
    if "Egress" not in policy["policyTypes"]:
        return {EVERYTHING}
    return {
        port["port"]
        for rule in policy["egress"]
        if "to" not in rule
        for port in rule["ports"]
        if port["protocol"] == "TCP"
    }


def addresses(template: Manifest) -> set[str]:
    """What a pod's variables name: every `…_HOST` with the `…_PORT` beside it."""
    found = set()
    for container in template["spec"]["containers"]:
        env = {v["name"]: v.get("value", "") for v in container.get("env", [])}
        for name, host in env.items():
            if re.search(r"_host$", name, re.IGNORECASE):
                (port,) = [v for k, v in env.items() if k.lower() == name.lower()[:-4] + "port"]
                found.add(f"{host}:{port}")
    return found


def component_of(template: Manifest) -> str:
    return str(template["metadata"]["labels"]["app.kubernetes.io/component"])


def test_every_component_with_pods_is_listed() -> None:
    assert {component_of(t) for _, t in templates(PLAN.values())} == NEEDS.keys()


@pytest.mark.parametrize("component", NEEDS)
def test_pods_are_told_exactly_what_they_need(component: str) -> None:
    for title, template in templates(PLAN.values()):
        if component_of(template) == component:
            assert addresses(template) == NEEDS[component], title


@pytest.mark.parametrize(
    ("source", "address"), [(s, a) for s, needs in NEEDS.items() for a in sorted(needs)], ids=str
)
def test_needed_connection_is_admitted(source: str, address: str) -> None:
    target, port = container_port(address)
    assert admitted(pod_labels(NAME, source), target, port)


@pytest.mark.parametrize("address", sorted(PUBLIC))
def test_stranger_reaches_what_is_public(address: str) -> None:
    assert admitted(STRANGER, *container_port(address))


ALL = sorted(
    f"{title.split('/')[1]}:{port['port']}"
    for title, manifest in PLAN.items()
    if manifest["kind"] == "Service"
    for port in manifest["spec"]["ports"]
)


@pytest.mark.parametrize(
    ("source", "address"),
    [(s, a) for s, a in itertools.product(NEEDS, ALL) if a not in NEEDS[s] | PUBLIC],
    ids=str,
)
def test_other_connection_is_refused(source: str, address: str) -> None:
    """A stolen web pod does not reach OMERO's database."""
    assert not admitted(pod_labels(NAME, source), *container_port(address))


@pytest.mark.parametrize("address", [a for a in ALL if a not in PUBLIC])
def test_stranger_and_other_platforms_are_refused(address: str) -> None:
    target, port = container_port(address)
    assert not admitted(STRANGER, target, port)
    for component in NEEDS:
        assert not admitted(pod_labels("other", component), target, port)


@pytest.mark.parametrize("component", ["database", "plugin-database", "redis"])
def test_stores_talk_to_nobody(component: str) -> None:
    pod = pod_labels(NAME, component)
    assert not any(admitted(pod, *container_port(address)) for address in ALL)


def test_omero_web_is_told_the_port_that_bootstrap_uses() -> None:
    """Its address of the server stands in the configuration, not in a variable."""
    lines = PLAN["ConfigMap/demo-web"]["data"]["platform.omero"].splitlines()
    (line,) = [line for line in lines if "omero.web.server_list" in line]
    assert json.loads(line.split(" ", 4)[4].strip("'")) == [["demo-server", 4064, "demo"]]


@pytest.mark.parametrize(
    ("component", "ports"),
    [
        ("server", {EVERYTHING}),
        ("maintenance", {EVERYTHING}),
        ("web", {*NAMES, 443, 6380, 6432}),
        ("worker", {*NAMES, 6380, 6432}),
    ],
)
def test_clients_of_external_services_may_leave_the_cluster(
    component: str, ports: set[int]
) -> None:
    external = {"database": EXTERNAL_DATABASE, "pluginDatabase": EXTERNAL_DATABASE}
    assert outside(component, **external, redis=EXTERNAL_REDIS) == ports


def provider(kind: str, **more: str) -> dict[str, Any]:
    return {"ai": {"providers": [{"name": "p", "kind": kind, **more}]}}


@pytest.mark.parametrize(
    ("blocks", "ports"),
    [
        ({}, set()),
        (provider("mistral"), {443}),
        (provider("openaiCompatible", baseUrl="http://ollama.lab:11434/v1"), {11434}),
        (provider("openaiCompatible", baseUrl="http://models.lab/v1"), {80}),
        (provider("openaiCompatible", baseUrl="https://models.lab"), {443}),
        (provider("mistral") | {"web": {"plugins": {"omp": {"enabled": False}}}}, set()),
    ],
    ids=["none", "public", "port", "http", "https", "nobody who would ask"],
)
def test_whoever_asks_language_models_may_go_to_those_that_are_listed(
    blocks: dict[str, Any], ports: set[int]
) -> None:
    assert outside("worker", **blocks) == NAMES | ports
    web = {"web": {"apps": ["iviewer"], **blocks.get("web", {})}}
    assert outside("web", **blocks | web) == NAMES | ports


def test_the_viewer_that_loads_its_page_from_the_internet_may() -> None:
    assert outside("web", web={"apps": ["zarr"]}) == NAMES | {443}
    assert outside("web", web={"apps": ["iviewer"]}) == NAMES


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ({"database": EXTERNAL_DATABASE}, {"server", "maintenance"}),
        ({"pluginDatabase": EXTERNAL_DATABASE}, {"web", "worker", "maintenance"}),
        ({"redis": EXTERNAL_REDIS}, {"web", "worker"}),
    ],
    ids=["database", "plugin database", "Redis"],
)
def test_external_service_is_named_to_whom_it_concerns(
    blocks: dict[str, Any], expected: set[str]
) -> None:
    (block,) = blocks.values()
    address = f"{block['external']['host']}:{block['external']['port']}"
    named = {
        component_of(template)
        for _, template in templates(desired(context(spec(**blocks))))
        if address in addresses(template)
    }
    assert named == expected


def test_every_policy_selects_pods_that_exist() -> None:
    pods = [template["metadata"]["labels"] for _, template in templates(PLAN.values())]
    for policy in POLICIES:
        selector = policy["spec"]["podSelector"]["matchLabels"]
        assert any(selector.items() <= pod.items() for pod in pods), policy["metadata"]["name"]
