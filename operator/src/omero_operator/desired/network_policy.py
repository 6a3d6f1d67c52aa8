"""NetworkPolicies: one per component, made from a table of who talks to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from omero_operator.desired import connections, omp
from omero_operator.desired.context import Context, Manifest
from omero_operator.identity.kinds import NETWORK_POLICY
from omero_operator.identity.labels import Component, selector

# In place of a component: pods of any namespace and clients outside the cluster.
ANYONE = None


@dataclass(frozen=True)
class Connection:
    """A connection that the platform needs.

    Attributes:
        source: Component that opens it, or `ANYONE` (None).
        target: Component that accepts it.
        port: Container port.
    """

    source: Component | None
    target: Component
    port: int


CONNECTIONS: tuple[Connection, ...] = (
    Connection("server", "database", 5432),
    Connection("maintenance", "database", 5432),
    Connection("web", "plugin-database", 5432),
    Connection("worker", "plugin-database", 5432),
    Connection("maintenance", "plugin-database", 5432),
    Connection("web", "redis", 6379),
    Connection("worker", "redis", 6379),
    # Desktop clients come from anywhere; who may reach the Service is the site's decision.
    Connection(ANYONE, "server", 4063),
    Connection(ANYONE, "server", 4064),
    # The Ingress controller runs in a namespace that the operator cannot know.
    Connection(ANYONE, "web", 4080),
)

# Parts that talk to nobody: what is stolen there cannot leave.
_SILENT: tuple[Component, ...] = ("database", "plugin-database", "redis")

# Parts that run plugins and act for users: they reach what they need and nothing else. Policies add
# up, so a site lets its own plugins reach more by a policy of its own.
_GUARDED: tuple[Component, ...] = ("web", "worker")
# Pods of a cluster's DNS listen on 53, on OpenShift on 5353.
_DNS = (53, 5353)
_HTTPS = 443

_ALL: tuple[Component, ...] = (*_SILENT, "server", "web", "worker", "maintenance", "bootstrap")


def build(ctx: Context) -> Sequence[Manifest]:
    """One policy per component that runs here; none when switched off."""
    if not ctx.spec.network_policy.enabled:
        return []
    external: dict[Component, bool] = {
        "database": ctx.spec.database.mode == "external",
        "plugin-database": ctx.spec.plugin_database.mode == "external",
        "redis": ctx.spec.redis.mode == "external",
    }
    return [_policy(ctx, name) for name in _ALL if not external.get(name)]


def _policy(ctx: Context, component: Component) -> Manifest:
    spec: Manifest = {
        "podSelector": {"matchLabels": selector(ctx.name, component)},
        "policyTypes": ["Ingress"],
        "ingress": [_rule(ctx, c) for c in CONNECTIONS if c.target == component],
    }
    if component in _SILENT:
        spec["policyTypes"].append("Egress")
        spec["egress"] = []
    if component in _GUARDED:
        spec["policyTypes"].append("Egress")
        spec["egress"] = _egress(ctx, component)
    return ctx.manifest(NETWORK_POLICY, f"{ctx.name}-{component}", component, spec=spec)


def _rule(ctx: Context, connection: Connection) -> Manifest:
    if connection.source is ANYONE:
        return {"ports": _tcp(connection.port)}
    return {"from": [_pods(ctx, connection.source)], "ports": _tcp(connection.port)}


def _egress(ctx: Context, component: Component) -> list[Manifest]:
    """Where pods may go: names, the parts they need, and what the site has listed outside."""
    outside = _outside(ctx, component)
    names = [{"protocol": kind, "port": port} for port in _DNS for kind in ("UDP", "TCP")]
    rules: list[Manifest] = [{"ports": names}]
    for connection in CONNECTIONS:
        of_anyone = connection.source is ANYONE and connection.target == "server"
        if connection.source != component and not of_anyone:
            continue
        if port := _external_port(ctx, connection.target):
            outside.add(port)
        else:
            to = [_pods(ctx, connection.target)]
            rules.append({"to": to, "ports": _tcp(connection.port)})
    return [*rules, *({"ports": _tcp(port)} for port in sorted(outside))]


def _outside(ctx: Context, component: Component) -> set[int]:
    """Ports of any address that a component may go to."""
    ports = omp.ports(ctx)
    # Its views fetch Vizarr and the validator from GitHub's pages.
    return ports | {_HTTPS} if component == "web" and "zarr" in ctx.spec.web.apps else ports


def _external_port(ctx: Context, target: Component) -> int | None:
    """Port of a service that the operator does not run; a policy cannot name its host."""
    if target == "plugin-database" and ctx.spec.plugin_database.mode == "external":
        return connections.plugin_database(ctx).port
    if target == "redis" and ctx.spec.redis.mode == "external":
        return connections.redis(ctx).port
    return None


def _pods(ctx: Context, component: Component) -> Manifest:
    return {"podSelector": {"matchLabels": selector(ctx.name, component)}}


def _tcp(port: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": port}]
