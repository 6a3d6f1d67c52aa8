"""Which credentials the operator generates, and the metadata that keeps them in line.

Values are made once by `cluster.credentials`; builders only name the Secrets. The manifests here
carry labels and owner, never data, so applying them cannot touch a password.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from omero_operator.desired.context import Context, Manifest
from omero_operator.identity.kinds import SECRET
from omero_operator.identity.labels import Component

# Stand for values to be made: a password, and a key for Fernet.
RANDOM = "random"
FERNET_KEY = "fernet key"


@dataclass(frozen=True)
class Credential:
    """A Secret to generate.

    Attributes:
        name: Name of the Secret.
        component: The component whose credential it is.
        keys: Key to value; `RANDOM` and `FERNET_KEY` stand for one to be made.
    """

    name: str
    component: Component
    keys: tuple[tuple[str, str], ...]


def credentials(ctx: Context) -> Sequence[Credential]:
    """The Secrets that this specification needs; what the user brings is not among them."""
    names, spec = ctx.names, ctx.spec
    wanted = [
        Credential(names.checksum_key, "server", (("key", RANDOM),)),
        Credential(names.web_secret_key, "web", (("secret-key", RANDOM),)),
        Credential(names.plugin_keys, "web", (("keys", FERNET_KEY),)),
        Credential(
            names.job_service_credentials,
            "bootstrap",
            (("username", "job-service"), ("password", RANDOM)),
        ),
    ]
    if spec.database.mode == "managed":
        keys = (("username", "omero"), ("password", RANDOM))
        wanted.append(Credential(names.database_credentials, "database", keys))
    if spec.plugin_database.mode == "managed":
        keys = (("username", "omero-plugin"), ("password", RANDOM))
        wanted.append(Credential(names.plugin_database_credentials, "plugin-database", keys))
    if spec.redis.mode == "managed":
        wanted.append(Credential(names.redis_credentials, "redis", (("password", RANDOM),)))
    omp = spec.web.plugins.omp
    if omp.enabled and omp.hash_secret_ref is None:
        wanted.append(Credential(names.omp_hash_secret, "web", (("secret", RANDOM),)))
    if spec.server.root_password_secret_ref is None:
        keys = (("username", "root"), ("password", RANDOM))
        wanted.append(Credential(names.root_credentials, "server", keys))
    return wanted


def build(ctx: Context) -> Sequence[Manifest]:
    """Labels and owners of the generated Secrets."""
    return [
        ctx.manifest(SECRET, credential.name, credential.component, retained=True)
        for credential in credentials(ctx)
    ]
