"""Which connections the NetworkPolicies of manifests allow, by Kubernetes' rules.

A pod that no policy of a direction selects may do everything in that direction. Others may do what
one of their policies allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod, or a place outside the cluster.

    Attributes:
        namespace: empty outside the cluster.
        labels: its own.
        ports: its ports' numbers by their names.
        of_node: whether it has the network of its node, which policies do not know.
    """

    namespace: str
    labels: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    of_node: bool = False


OUTSIDE: Final = Pod("")


def pods_of(manifests: list[Manifest]) -> dict[str, Pod]:
    """The pods of all workloads, by the names of the workloads."""
    found = {}
    for each in manifests:
        if each["kind"] in ("Deployment", "StatefulSet", "DaemonSet"):
            template = each["spec"]["template"]
            found[each["metadata"]["name"]] = Pod(
                each["metadata"]["namespace"],
                template["metadata"]["labels"],
                {
                    port["name"]: port["containerPort"]
                    for container in template["spec"]["containers"]
                    for port in container.get("ports", [])
                },
                template["spec"].get("hostNetwork", False),
            )
    return found


def allowed(manifests: list[Manifest], source: Pod, target: Pod, port: int) -> bool:
    """Whether a connection over TCP is allowed, in both directions."""
    policies = [each for each in manifests if each["kind"] == "NetworkPolicy"]
    return _allows(policies, "Egress", source, target, target, port) and _allows(
        policies, "Ingress", target, source, target, port
    )


def _allows(
    policies: list[Manifest], direction: str, one: Pod, other: Pod, target: Pod, port: int
) -> bool:
    if one is OUTSIDE or one.of_node:
        return True
    mine = [
        each["spec"]
        for each in policies
        if direction in each["spec"]["policyTypes"]
        and each["metadata"]["namespace"] == one.namespace
        and _selects(each["spec"]["podSelector"], one.labels)
    ]
    if not mine:
        return True
    key, peers = direction.lower(), "to" if direction == "Egress" else "from"
    for rule in (rule for spec in mine for rule in spec.get(key) or []):
        numbers = {target.ports.get(each["port"], each["port"]) for each in rule.get("ports") or []}
        if numbers and port not in numbers:
            continue
        if not rule.get(peers) or any(_is(each, one, other) for each in rule[peers]):
            return True
    return False


def _is(peer: dict[str, Any], of: Pod, pod: Pod) -> bool:
    """Whether a peer in a policy of the first pod is the second."""
    if pod is OUTSIDE or pod.of_node or "ipBlock" in peer:
        return "ipBlock" in peer and (pod is OUTSIDE or pod.of_node)
    if "namespaceSelector" in peer:
        if not _selects(peer["namespaceSelector"], {NAMESPACE_NAME: pod.namespace}):
            return False
    elif of.namespace != pod.namespace:
        return False
    return _selects(peer.get("podSelector", {}), pod.labels)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    if not (selector.get("matchLabels") or {}).items() <= labels.items():
        return False
    for each in selector.get("matchExpressions") or []:
        if each["operator"] != "In":
            raise ValueError(f"{each['operator']} is not used here yet")
        if labels.get(each["key"]) not in each["values"]:
            return False
    return True
