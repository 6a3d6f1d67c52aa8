"""NetworkPolicies: one per component, made from a table of who talks to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    return ctx.manifest(NETWORK_POLICY, f"{ctx.name}-{component}", component, spec=spec)


def _rule(ctx: Context, connection: Connection) -> Manifest:
    ports = [{"protocol": "TCP", "port": connection.port}]
    if connection.source is ANYONE:
        return {"ports": ports}
    labels = selector(ctx.name, connection.source)
    return {"from": [{"podSelector": {"matchLabels": labels}}], "ports": ports}
