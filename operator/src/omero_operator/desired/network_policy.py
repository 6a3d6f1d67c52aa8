"""NetworkPolicies: one per component, from who listens and who connects."""

from collections.abc import Sequence

from omero_operator.desired.component import ANYONE, Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import NETWORK_POLICY, Manifest
from omero_operator.identity.labels import selector

# Pods of a cluster's DNS listen on 53, on OpenShift on 5353.
_DNS = (53, 5353)


def build(ctx: Context, components: Sequence[Component]) -> Sequence[Manifest]:
    """One policy per component whose pods run here; none when switched off."""
    if not ctx.spec.network_policy.enabled:
        return []
    return [
        _policy(ctx, component, components)
        for component in components
        if component.image and not component.external(ctx.spec)
    ]


def _policy(ctx: Context, component: Component, components: Sequence[Component]) -> Manifest:
    spec: Manifest = {
        "podSelector": {"matchLabels": selector(ctx.name, component.name)},
        "policyTypes": ["Ingress"],
        "ingress": _ingress(ctx, component),
    }
    if component.egress != "Anything":
        spec["policyTypes"].append("Egress")
        # Policies add up: a site lets its own plugins reach more by a policy of its own.
        spec["egress"] = (
            [] if component.egress == "Nothing" else _egress(ctx, component, components)
        )
    name = f"{ctx.name}-{component.name}"
    return ctx.manifest(NETWORK_POLICY, name, component.name, spec=spec)


def _ingress(ctx: Context, component: Component) -> list[Manifest]:
    rules = []
    for port in component.ports:
        if ANYONE in port.clients:
            rules.append({"ports": _tcp(port.number)})
        else:
            clients = [client for client in port.clients if client]
            rules += [{"from": [_pods(ctx, c)], "ports": _tcp(port.number)} for c in clients]
    return rules


def _egress(ctx: Context, component: Component, components: Sequence[Component]) -> list[Manifest]:
    """Where pods may go: names, the parts they need, and what the site has listed outside."""
    names = [{"protocol": kind, "port": port} for port in _DNS for kind in ("UDP", "TCP")]
    rules: list[Manifest] = [{"ports": names}]
    outside = set(component.outside(ctx))
    for target in components:
        for port in target.ports:
            if component.name not in port.clients:
                continue
            if external := target.external(ctx.spec):
                # A policy cannot name the host of a service that others run.
                outside.add(external.port)
            else:
                rules.append({"to": [_pods(ctx, target.name)], "ports": _tcp(port.number)})
    return [*rules, *({"ports": _tcp(port)} for port in sorted(outside))]


def _pods(ctx: Context, component: str) -> Manifest:
    return {"podSelector": {"matchLabels": selector(ctx.name, component)}}


def _tcp(port: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": port}]
