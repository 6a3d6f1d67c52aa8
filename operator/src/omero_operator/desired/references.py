"""What the specification names and does not own: Secrets, claims, classes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from omero_operator.desired import connections
from omero_operator.desired.context import Context
from omero_operator.desired.secret_rules import Purpose
from omero_operator.identity.labels import Component


@dataclass(frozen=True)
class SecretReference:
    """Keys of a Secret that the user brings.

    Attributes:
        component: Component that cannot do without.
        path: Field of the specification.
        name: Name of the Secret.
        keys: Keys it must have.
        purposes: What the value of each key is for; none where no rule is checked.
        holds: Whether the component is left as it is while the Secret is missing.
    """

    component: Component
    path: str
    name: str
    keys: tuple[str, ...]
    purposes: tuple[Purpose, ...] = ()
    holds: bool = True


@dataclass(frozen=True)
class ConfigMapReference:
    """A key of a ConfigMap that the user brings; the component waits for it.

    Attributes:
        component: Component that cannot do without.
        path: Field of the specification.
        name: Name of the ConfigMap.
        key: Key it must have.
    """

    component: Component
    path: str
    name: str
    key: str


def config_map_references(ctx: Context) -> Sequence[ConfigMapReference]:
    """ConfigMaps that the specification refers to."""
    omp = ctx.spec.web.plugins.omp
    if not omp.enabled or omp.rules is None:
        return []
    path = "spec.web.plugins.omp.rules"
    users: tuple[Component, ...] = ("web", "worker")
    return [ConfigMapReference(user, path, omp.rules.name, omp.rules.key) for user in users]


def secret_references(ctx: Context) -> Sequence[SecretReference]:
    """Secrets that the specification refers to."""
    return list(_secrets(ctx))


def _secrets(ctx: Context) -> Iterator[SecretReference]:
    spec = ctx.spec
    if root := spec.server.root_password_secret_ref:
        path = "spec.server.rootPasswordSecretRef"
        yield SecretReference("server", path, root.name, (root.key,), ("root-password",))
        yield SecretReference("bootstrap", path, root.name, (root.key,), ("root-password",))
    for reference in spec.server.config_secret_refs:
        key = reference.secret_key_ref
        path = f"spec.server.configSecretRefs[{reference.property}]"
        yield SecretReference("server", path, key.name, (key.key,), ("property",))
    omp = spec.web.plugins.omp
    if omp.enabled and (secret := omp.hash_secret_ref):
        path = "spec.web.plugins.omp.hashSecretRef"
        yield SecretReference("web", path, secret.name, (secret.key,), ("list",))
        yield SecretReference("worker", path, secret.name, (secret.key,), ("list",))
    yield from _external(ctx)
    ingress = spec.web.ingress
    if ingress and ingress.tls and ingress.tls.secret_name:
        # Most controllers serve their own certificate meanwhile; the route may well exist.
        path = "spec.web.ingress.tls.secretName"
        yield SecretReference(
            "ingress", path, ingress.tls.secret_name, ("tls.crt", "tls.key"), holds=False
        )


def _external(ctx: Context) -> Iterator[SecretReference]:
    """Credentials of databases and Redis that the operator does not run."""
    spec = ctx.spec
    omero, plugin = connections.omero_database(ctx), connections.plugin_database(ctx)
    redis = connections.redis(ctx)
    rows: tuple[
        tuple[bool, str, str, tuple[str, ...], tuple[Purpose, ...], tuple[Component, ...]], ...
    ] = (
        (
            spec.database.mode == "external",
            "spec.database.external.credentialsSecretRef",
            omero.secret,
            (omero.user_key, omero.password_key),
            ("database-user", "database-password"),
            ("database", "server", "maintenance"),
        ),
        (
            spec.plugin_database.mode == "external",
            "spec.pluginDatabase.external.credentialsSecretRef",
            plugin.secret,
            (plugin.user_key, plugin.password_key),
            ("database-user", "password"),
            ("plugin-database", "web", "worker", "maintenance"),
        ),
        (
            spec.redis.mode == "external",
            "spec.redis.external.passwordSecretRef",
            redis.secret,
            (redis.password_key,),
            ("password",),
            ("redis", "web", "worker"),
        ),
    )
    for external, path, secret, keys, purposes, components in rows:
        if external:
            for component in components:
                yield SecretReference(component, path, secret, keys, purposes)
