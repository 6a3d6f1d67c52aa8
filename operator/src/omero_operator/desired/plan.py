"""What a platform consists of: the table of its components, and all its manifests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg
from omero_operator.desired import (
    backup,
    bootstrap,
    exporter,
    exports,
    generated,
    ingress,
    maintenance,
    network_policy,
    postgres,
    quotas,
    read_only_server,
    redis,
    restore,
    server,
    uploads,
    web,
    worker,
)
from omero_operator.desired.component import (
    RANDOM,
    Component,
    ConfigMapReference,
    Credential,
    SecretReference,
)
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# In the order of a start.
COMPONENTS: tuple[Component, ...] = (
    postgres.DATABASE,
    postgres.PLUGIN_DATABASE,
    redis.REDIS,
    restore.RESTORE,
    server.SERVER,
    bootstrap.BOOTSTRAP,
    read_only_server.READ_ONLY_SERVER,
    web.WEB,
    worker.WORKER,
    uploads.UPLOADS,
    exports.EXPORTS,
    exports.EXPORT_WORKER,
    exporter.EXPORTER,
    ingress.INGRESS,
    maintenance.MAINTENANCE,
    backup.BACKUP,
    quotas.QUOTAS,
)


def components(ctx: Context) -> Sequence[Component]:
    """The components that the site has."""
    return [component for component in COMPONENTS if component.enabled(ctx.spec)]


def with_pods(ctx: Context) -> Sequence[str]:
    """Names of the components with pods, all of which use Secrets."""
    return [component.name for component in components(ctx) if component.image]


def desired(ctx: Context) -> list[Manifest]:
    """Every child of the platform.

    Args:
        ctx: Build context.

    Returns:
        The manifests: Secrets, network policies, then component by component. The same context
        gives the same manifests.
    """
    return [
        *generated.build(ctx, credentials(ctx)),
        *network_policy.build(ctx, components(ctx)),
        *(manifest for component in components(ctx) for manifest in component.build(ctx)),
    ]


def credentials(ctx: Context) -> Sequence[Credential]:
    """The Secrets to generate; what the user brings is not among them."""
    checksum_key = Credential(
        ctx.names.checksum_key,
        "server",
        (("key", RANDOM),),
        lives_in="all pods were started with digests that were made with it, and would restart",
    )
    return [
        checksum_key,
        *(secret for component in components(ctx) for secret in component.secrets(ctx)),
    ]


def users(ctx: Context, secrets: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The components that cannot do without each of some Secrets: their manifests name it."""
    wanted = frozenset(secrets)
    named = [(each.name, wanted & set(texts(each.build(ctx)))) for each in components(ctx)]
    found = {secret: [name for name, of in named if secret in of] for secret in wanted}
    # It keys the digests in all pod templates.
    return {**found, ctx.names.checksum_key: with_pods(ctx)}


def texts(value: Any) -> Iterator[str]:
    """Every text in a manifest, or in a part of one, in no order."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)


def secret_references(ctx: Context) -> Sequence[SecretReference]:
    """Secrets that the specification refers to and does not own, for components that it has."""
    found = components(ctx)
    names = {component.name for component in found}
    references = (each for component in found for each in component.secret_references(ctx))
    return [each for each in references if each.component in names]


def config_map_references(ctx: Context) -> Sequence[ConfigMapReference]:
    """ConfigMaps that the specification refers to and does not own."""
    return [each for component in components(ctx) for each in component.config_map_references(ctx)]


def pg_clusters(ctx: Context) -> Iterator[tuple[Component, CloudNativePg, str]]:
    """The databases that CloudNativePG runs, with their settings and names of their Clusters."""
    for component in components(ctx):
        settings = component.external(ctx.spec)
        if isinstance(settings, CloudNativePg):
            yield component, settings, component.workload_of(ctx)[1]


def data_components(ctx: Context) -> Sequence[Component]:
    """The components whose data lies on a volume of this site."""
    return [component for component in components(ctx) if component.has_volume(ctx.spec)]
