"""NetworkPolicies admit what the platform needs, and nothing between its parts beyond that.

The list of needs stands here a second time, in the words of a reader: what is forgotten in the
operator's own table shows only where a network enforces policies.
"""

from __future__ import annotations

import copy
import ipaddress
import itertools
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
    REDIS_BEHIND_SENTINELS,
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
    "uploads": {"demo-server:4064", "demo-redis:6379", "demo-plugin-db:5433"},
    "exports": {"demo-server:4064", "demo-redis:6379", "demo-plugin-db:5433"},
    "bootstrap": {"demo-server:4064"},
    "maintenance": {"demo-db:5432", "demo-plugin-db:5433"},
    "database": set(),
    "plugin-database": set(),
    "redis": set(),
}
# Anybody in the cluster: the Ingress controller, and desktop clients by way of the Service.
PUBLIC = {"demo-server:4064", "demo-web:80", "demo-uploads:80", "demo-exports:80"}
PLAN = by_title(desired(context()))
POLICIES = [manifest for manifest in PLAN.values() if manifest["kind"] == "NetworkPolicy"]
STRANGER = {"app": "stranger"}
# Addresses outside the site, by what they are.
POD_ADDRESS = "10.244.0.9"
INTERNET = ("203.0.113.9", "2001:db8::9")
CLOSED = {
    "metadata": ("169.254.169.254", 80),
    "metadata of Amazon": ("fd00:ec2::254", 80),
    "metadata of Alibaba": ("100.100.100.200", 80),
    "metadata of Azure": ("168.63.129.16", 80),
    "API server, by its Service": ("10.96.0.1", 443),
    "API server, by its node": ("192.168.1.5", 6443),
    "API server of a cloud": ("172.20.0.5", 443),
    "kubelet": ("192.168.1.5", 10250),
    "metrics of the operator": ("10.244.0.7", 8081),
    "the internet": ("203.0.113.9", 443),
    "the internet, by IPv6": ("2001:db8::9", 443),
    "the internet, by the port of names": ("203.0.113.9", 53),
    "a neighbour": ("10.244.3.3", 5432),
}


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
        _holds(each["ipBlock"], POD_ADDRESS)
        if "ipBlock" in each
        else each.get("podSelector", {}).get("matchLabels", {}).items() <= peer.items()
        for each in rule.get(direction, [{}])
    )


def _holds(block: Manifest, address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip in ipaddress.ip_network(block["cidr"]) and not any(
        ip in ipaddress.ip_network(each) for each in block.get("except", [])
    )


def reaches(policy: Manifest, address: str, port: int, protocol: str = "TCP") -> bool:
    """Whether pods may open a connection to an address outside the site."""
    assert "Egress" in policy["spec"]["policyTypes"]
    return any(
        {"protocol": protocol, "port": port} in rule["ports"]
        and any("ipBlock" in each and _holds(each["ipBlock"], address) for each in rule["to"])
        for rule in policy["spec"]["egress"]
    )


def policy(component: str, **blocks: Any) -> Manifest:
    plan = desired(context(spec(**blocks)))
    return by_title(plan)[f"NetworkPolicy/demo-{component}"]


def open_ports(component: str, address: str = INTERNET[0], **blocks: Any) -> set[int]:
    """Ports of an address outside, by default one on the internet, that a component may go to."""
    found = policy(component, **blocks)
    ports = {
        port["port"]
        for rule in found["spec"]["egress"]
        for port in rule["ports"]
        if port["protocol"] == "TCP"
    }
    return {port for port in ports if reaches(found, address, port)}


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


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED.keys())
@pytest.mark.parametrize("component", NEEDS)
def test_nothing_outside_is_open_by_itself(component: str, closed: tuple[str, int]) -> None:
    assert not reaches(policy(component), *closed)


@pytest.mark.parametrize(
    "component", ["server", "web", "worker", "uploads", "exports", "bootstrap", "maintenance"]
)
@pytest.mark.parametrize("address", ["10.96.0.10", "169.254.20.10", "fd00::a"])
def test_names_are_asked_of_pods_and_private_addresses(component: str, address: str) -> None:
    """A DNS server on the node, such as NodeLocal DNSCache, is no pod for a policy."""
    found = policy(component)
    assert {"namespaceSelector": {}} in found["spec"]["egress"][0]["to"]
    for port, protocol in itertools.product((53, 5353), ("UDP", "TCP")):
        assert reaches(found, address, port, protocol)


def test_scripts_come_back_to_their_own_server() -> None:
    server = pod_labels(NAME, "server")
    assert admitted(server, server, 4064) and admitted(server, server, 4063)


@pytest.mark.parametrize(("insecure", "open_"), [(False, False), (True, True)])
def test_the_port_without_tls_is_published_on_request_alone(insecure: bool, open_: bool) -> None:
    service = {"service": {"insecurePort": insecure}}
    plan = by_title(desired(context(spec(server=service))))
    ports = [port["port"] for port in plan["Service/demo-server"]["spec"]["ports"]]
    assert ports == ([4063, 4064] if open_ else [4064])
    anyone = [
        rule["ports"][0]["port"]
        for rule in plan["NetworkPolicy/demo-server"]["spec"]["ingress"]
        if "from" not in rule
    ]
    assert sorted(anyone) == ports


EXTERNAL = {
    "database": EXTERNAL_DATABASE,
    "pluginDatabase": EXTERNAL_DATABASE,
    "redis": EXTERNAL_REDIS,
}
LDAP = {
    "server": {
        "config": {
            "omero.ldap.config": "true",
            "omero.ldap.urls": "ldaps://ldap.example.org,ldap://192.0.2.4:3890,ldap://[2001:db8::4]",
            "omero.mail.config": "true",
            "omero.mail.host": "mail.example.org",
            "omero.mail.port": "587",
        }
    }
}


@pytest.mark.parametrize(
    ("component", "blocks", "ports"),
    [
        ("server", EXTERNAL, {6432}),
        ("maintenance", EXTERNAL, {6432}),
        ("web", EXTERNAL, {6432, 6380}),
        ("worker", EXTERNAL, {6432, 6380}),
        ("uploads", EXTERNAL, {6432, 6380}),
        ("exports", EXTERNAL, {6432, 6380}),
        ("bootstrap", EXTERNAL, set()),
        ("server", LDAP, {636, 587}),
        ("web", LDAP, set()),
        ("web", {"web": {"apps": ["zarr"]}}, set()),
    ],
)
def test_fields_that_name_somebody_outside_open_the_way_there(
    component: str, blocks: dict[str, Any], ports: set[int]
) -> None:
    """A policy knows no names: what one stands for may be anywhere but where clouds tell keys."""
    found = policy(component, **blocks)
    for address in (*INTERNET, "10.1.2.3"):
        assert open_ports(component, address, **blocks) - {53, 5353} == ports
    for address, _ in (CLOSED[name] for name in CLOSED if name.startswith("metadata")):
        assert not any(reaches(found, address, port) for port in (*ports, 53, 80, 443))


@pytest.mark.parametrize(
    "config",
    [
        {"omero.ldap.urls": "ldaps://ldap.example.org"},
        {"omero.ldap.config": "false", "omero.ldap.urls": "ldaps://ldap.example.org"},
        {"omero.ldap.config": "true"},
        {"omero.ldap.config": "true", "omero.ldap.urls": "ldap://a:99999,ldap://[x,ldap.org"},
        {"omero.mail.config": "true", "omero.mail.host": "m.org", "omero.mail.port": "70000"},
        {"omero.mail.config": "true", "omero.mail.host": "m.org", "omero.mail.port": "smtp"},
        {"omero.mail.host": "m.org"},
    ],
)
def test_what_omero_does_not_use_or_cannot_read_opens_nothing(config: dict[str, str]) -> None:
    assert open_ports("server", server={"config": config}) == set()


def test_omero_reads_true_in_any_case() -> None:
    config = {"omero.ldap.config": "True", "omero.ldap.urls": "ldap://ldap.example.org"}
    assert open_ports("server", server={"config": config}) == {389}


def test_an_address_is_open_alone() -> None:
    assert open_ports("server", "192.0.2.4", **LDAP) == {636, 587, 3890}
    assert open_ports("server", "192.0.2.5", **LDAP) == {636, 587}
    assert open_ports("server", "2001:db8::4", **LDAP) == {636, 587, 389}


def provider(kind: str, **more: str) -> dict[str, Any]:
    return {"ai": {"providers": [{"name": "p", "kind": kind, **more}]}}


@pytest.mark.parametrize(
    ("blocks", "public", "private"),
    [
        ({}, set(), set()),
        (provider("mistral"), {443}, set()),
        (provider("openaiCompatible", baseUrl="http://ollama.lab:11434/v1"), {11434}, {11434}),
        (provider("openaiCompatible", baseUrl="http://models.lab/v1"), {80}, {80}),
        (provider("openaiCompatible", baseUrl="https://models.lab"), {443}, {443}),
        (provider("openaiCompatible", baseUrl="https://10.1.2.3"), set(), {443}),
        (provider("mistral") | {"web": {"plugins": {"omp": {"enabled": False}}}}, set(), set()),
    ],
    ids=["none", "public", "port", "http", "https", "address", "nobody who would ask"],
)
@pytest.mark.parametrize("component", ["web", "worker"])
def test_whoever_asks_language_models_may_go_to_those_that_are_listed(
    component: str, blocks: dict[str, Any], public: set[int], private: set[int]
) -> None:
    """Those on the internet open no way to the API server."""
    assert open_ports(component, **blocks) == public
    assert open_ports(component, "10.1.2.3", **blocks) - {53, 5353} == private
    assert not any(reaches(policy(component, **blocks), "169.254.169.254", p) for p in (80, 443))


def opening(**fields: Any) -> dict[str, Any]:
    line = {"reason": "why", "components": ["server"], "ports": [443], **fields}
    return {"networkPolicy": {"egress": [line]}}


def test_a_line_of_the_site_opens_what_it_says_and_keeps_its_reason() -> None:
    blocks = opening(cidrs=["192.0.2.0/24", "2001:db8::/32"], ports=[443, 8443])
    assert open_ports("server", "192.0.2.9", **blocks) == {443, 8443}
    assert open_ports("server", "2001:db8::9", **blocks) == {443, 8443}
    assert open_ports("server", **blocks) == open_ports("web", "192.0.2.9", **blocks) == set()
    annotations = policy("server", **blocks)["metadata"]["annotations"]
    assert annotations["platform.omero.dev/egress"] == "443: why; 8443: why"
    assert "annotations" not in policy("web", **blocks)["metadata"]


@pytest.mark.parametrize("cidrs", [[], ["0.0.0.0/0", "::/0"], ["168.0.0.0/6", "fd00::/8"]])
def test_metadata_stays_closed_in_what_is_larger(cidrs: list[str]) -> None:
    found = policy("server", **opening(cidrs=cidrs, ports=[80]))
    for name, (address, port) in CLOSED.items():
        if name.startswith("metadata"):
            assert not reaches(found, address, port), name


def test_what_is_named_itself_is_open() -> None:
    """DNS of some clouds answers at the address of their metadata, on another port."""
    found = policy("server", **opening(cidrs=["169.254.169.254/32"], ports=[53], protocol="UDP"))
    assert reaches(found, "169.254.169.254", 53, "UDP")
    assert not reaches(found, "169.254.169.254", 80)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ({"database": EXTERNAL_DATABASE}, {"server", "maintenance"}),
        (
            {"pluginDatabase": EXTERNAL_DATABASE},
            {"web", "worker", "uploads", "exports", "maintenance"},
        ),
        ({"redis": EXTERNAL_REDIS}, {"web", "worker", "uploads", "exports", "redis"}),
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


@pytest.mark.parametrize(
    ("component", "blocks"),
    [
        ("database", {"database": EXTERNAL_DATABASE}),
        ("plugin-database", {"pluginDatabase": EXTERNAL_DATABASE}),
        ("redis", {"redis": EXTERNAL_REDIS}),
    ],
)
def test_what_asks_a_server_of_others_reaches_it_and_nobody_reaches_that(
    component: str, blocks: dict[str, Any]
) -> None:
    (block,) = blocks.values()
    plan = by_title(desired(context(spec(**blocks))))
    found = plan[f"NetworkPolicy/demo-{component}"]
    assert found["spec"]["ingress"] == []
    assert reaches(found, "192.0.2.1", block["external"]["port"])
    assert not reaches(found, "192.0.2.1", 443)


@pytest.mark.parametrize("component", ["web", "worker", "redis"])
def test_sentinels_and_the_servers_that_they_name_are_reached(component: str) -> None:
    block = copy.deepcopy(REDIS_BEHIND_SENTINELS)
    block["external"]["sentinel"]["hosts"] = ["192.0.2.1"]
    plan = by_title(desired(context(spec(redis=block))))
    found = plan[f"NetworkPolicy/demo-{component}"]
    assert reaches(found, "192.0.2.1", 26379) and not reaches(found, "192.0.2.2", 26379)
    assert reaches(found, "192.0.2.2", 6379)
    assert not reaches(found, "169.254.169.254", 6379)


def test_every_policy_selects_pods_that_exist() -> None:
    pods = [template["metadata"]["labels"] for _, template in templates(PLAN.values())]
    for each in POLICIES:
        selector = each["spec"]["podSelector"]["matchLabels"]
        assert any(selector.items() <= pod.items() for pod in pods), each["metadata"]["name"]
