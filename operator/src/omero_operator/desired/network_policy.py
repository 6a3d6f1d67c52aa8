"""NetworkPolicies: one per component, from who listens and who connects."""

import functools
import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence

from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.desired import cloudnative_pg
from omero_operator.desired.component import ANYONE, KEDA, PROMETHEUS, Component, Opening
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import NETWORK_POLICY, Manifest
from omero_operator.identity.labels import EGRESS, selector

# Pods of a cluster's DNS listen on 53, on OpenShift on 5353.
_DNS = (53, 5353)

_ANYWHERE = ("0.0.0.0/0", "::/0")
# Where clouds tell a machine its credentials. 169.254.169.254 is most clouds' (RFC 3927), and
# fd00:ec2::254 Amazon's; then Alibaba's and Azure's.
_METADATA = (
    "169.254.169.254/32",
    "fd00:ec2::254/128",
    "100.100.100.200/32",
    "168.63.129.16/32",
)
# RFC 1918, 6598 (carriers, some clouds' pods), 3927, 4193, 4291.
_PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)


def build(ctx: Context, components: Sequence[Component]) -> Sequence[Manifest]:
    """One policy per component with pods; none when switched off."""
    if not ctx.spec.network_policy.enabled:
        return []
    policies = [_policy(ctx, component, components) for component in components if component.image]
    return [*policies, *_clusters(ctx, components)]


def _clusters(ctx: Context, components: Sequence[Component]) -> Iterator[Manifest]:
    """One more for each database that CloudNativePG runs."""
    for component in components:
        settings = component.external(ctx.spec)
        if isinstance(settings, CloudNativePg):
            _, cluster = component.workload_of(ctx)
            who = [
                _pods(ctx, component.name),
                *(_pods(ctx, each) for each in _users(ctx, component)),
            ]
            yield cloudnative_pg.policy(ctx, component, settings, cluster, who)


def _users(ctx: Context, component: Component) -> list[str]:
    """Who connects to a database; its exporter is not in pods of CloudNativePG."""
    first, *_ = component.ports(ctx)
    return [client for client in first.clients if client]


def _policy(ctx: Context, component: Component, components: Sequence[Component]) -> Manifest:
    # Policies add up: a site lets its own plugins reach more by a policy of its own.
    # What asks a server of others has to reach it.
    closed = component.egress == "Nothing" and not component.external(ctx.spec)
    openings = [] if closed else list(_openings(ctx, component, components))
    spec: Manifest = {
        "podSelector": {"matchLabels": selector(ctx.name, component.name)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress(ctx, component),
        "egress": [] if closed else [*_inside(ctx, component, components), *map(_rule, openings)],
    }
    reasons = dict.fromkeys(f"{opening.port}: {opening.reason}" for opening in openings)
    return ctx.manifest(
        NETWORK_POLICY,
        f"{ctx.name}-{component.name}",
        component.name,
        annotations={EGRESS: "; ".join(reasons)} if reasons else None,
        spec=spec,
    )


def _ingress(ctx: Context, component: Component) -> list[Manifest]:
    rules: list[Manifest] = []
    if component.external(ctx.spec):
        return rules
    for port in component.ports(ctx):
        if ANYONE in port.clients:
            rules.append({"ports": _ports(port.number)})
        else:
            clients = [client for client in port.clients if client]
            rules += [{"from": [_client(ctx, c)], "ports": _ports(port.number)} for c in clients]
    return rules


def _client(ctx: Context, name: str) -> Manifest:
    """Who may connect: the pods of a component, or those anywhere that a field selects."""
    scaling = ctx.spec.worker.autoscaling
    if name == KEDA and scaling:
        scrapers = scaling.scalers
    elif name == PROMETHEUS:
        scrapers = ctx.spec.monitoring.scrapers
    else:
        return _pods(ctx, name)
    return {
        "namespaceSelector": _matching(scrapers.namespace_labels),
        "podSelector": _matching(scrapers.pod_labels),
    }


def _matching(labels: Mapping[str, str]) -> Manifest:
    return {"matchLabels": dict(labels)} if labels else {}


def _inside(ctx: Context, component: Component, components: Sequence[Component]) -> list[Manifest]:
    """Names, and the parts of the site that a component needs."""
    # The cluster's DNS: pods, or what listens for them on nodes. Port 53 of the internet would be a
    # way out for anything.
    names = [{"namespaceSelector": {}}, *(_block(network) for network in _PRIVATE)]
    ports = [port for number in _DNS for port in (*_ports(number, "UDP"), *_ports(number))]
    rules: list[Manifest] = [{"to": names, "ports": ports}]
    for target in components:
        if settings := target.external(ctx.spec):
            needed = component.name in {target.name, *_users(ctx, target)}
            if isinstance(settings, CloudNativePg) and needed:
                _, cluster = target.workload_of(ctx)
                to = cloudnative_pg.peers(cluster)
                rules.append({"to": to, "ports": _ports(cloudnative_pg.PORT)})
            continue
        rules += [
            {"to": [_pods(ctx, target.name)], "ports": _ports(port.number)}
            for port in target.ports(ctx)
            if component.name in port.clients
        ]
    return rules


def _openings(
    ctx: Context, component: Component, components: Sequence[Component]
) -> Iterator[Opening]:
    """What a component may reach outside the site, each with its reason."""
    for target in components:
        external = target.external(ctx.spec)
        clients = {client for port in target.ports(ctx) for client in port.clients}
        if external and component.name in {target.name, *clients}:
            for port, hosts in external.endpoints:
                yield Opening(port, f"{target.path}.external", hosts)
    yield from component.openings(ctx)
    for egress in ctx.spec.network_policy.egress:
        if component.name in egress.components:
            hosts = tuple(egress.cidrs) or ("",)
            for port in egress.ports:
                yield Opening(port, egress.reason, hosts, protocol=egress.protocol)


def _rule(opening: Opening) -> Manifest:
    networks = dict.fromkeys(
        network for host in opening.hosts for network in _networks(host) or _ANYWHERE
    )
    closed = (*_METADATA, *(_PRIVATE if opening.public else ()))
    return {
        "to": [_block(network, closed) for network in networks],
        "ports": _ports(opening.port, opening.protocol),
    }


def _networks(host: str) -> tuple[str, ...]:
    """The network that an address is, in the form of a policy; nothing for a name."""
    try:
        return (str(ipaddress.ip_network(host)),)
    except ValueError:
        return ()


def _block(network: str, closed: Iterable[str] = _METADATA) -> Manifest:
    """A network without those inside it that stay closed; one that is named itself is open."""
    inside = [each for each in closed if each != network and _within(each, network)]
    return {"ipBlock": {"cidr": network, **({"except": inside} if inside else {})}}


# The same few networks in every policy of every pass.
@functools.lru_cache(1024)
def _within(part: str, around: str) -> bool:
    network, whole = ipaddress.ip_network(part), ipaddress.ip_network(around)
    if isinstance(network, ipaddress.IPv4Network) and isinstance(whole, ipaddress.IPv4Network):
        return network.subnet_of(whole)
    if isinstance(network, ipaddress.IPv6Network) and isinstance(whole, ipaddress.IPv6Network):
        return network.subnet_of(whole)
    return False


def _pods(ctx: Context, component: str) -> Manifest:
    return {"podSelector": {"matchLabels": selector(ctx.name, component)}}


def _ports(number: int, protocol: str = "TCP") -> list[Manifest]:
    return [{"protocol": protocol, "port": number}]
