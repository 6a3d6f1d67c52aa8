"""The table of components: what a platform consists of, in one place."""

from collections.abc import Callable, Sequence

from omero_operator.desired import (
    bootstrap,
    database,
    generated,
    ingress,
    maintenance,
    network_policy,
    plugin_database,
    redis,
    server,
    web,
    worker,
)
from omero_operator.desired.context import Context, Manifest
from omero_operator.identity.kinds import CHILD_KINDS

Builder = Callable[[Context], Sequence[Manifest]]

# A builder yields nothing when its component is off; nobody skips it for it.
COMPONENTS: tuple[tuple[str, Builder], ...] = (
    ("generated credentials", generated.build),
    ("network policies", network_policy.build),
    ("database", database.build),
    ("plugin database", plugin_database.build),
    ("redis", redis.build),
    ("server", server.build),
    ("bootstrap", bootstrap.build),
    ("web", web.build),
    ("worker", worker.build),
    ("ingress", ingress.build),
    ("maintenance", maintenance.build),
)

# (apiVersion, kind, plural) of everything the plan may contain; the chart's roles cover them.
KINDS = tuple((kind.api_version, kind.name, kind.plural) for kind in CHILD_KINDS)


def desired(ctx: Context) -> list[Manifest]:
    """Every child of the platform.

    Args:
        ctx: Build context.

    Returns:
        The manifests in the order of the table. The same context gives the same manifests.
    """
    return [manifest for _, build in COMPONENTS for manifest in build(ctx)]
