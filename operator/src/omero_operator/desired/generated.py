"""The metadata of generated Secrets.

Values are made once by `cluster.credentials`; builders only name the Secrets. The manifests here
carry labels, never data, so applying them cannot touch a password.
"""

from collections.abc import Iterable, Sequence

from omero_operator.desired.component import Credential
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import SECRET, Manifest
from omero_operator.identity.labels import ROTATABLE


def build(ctx: Context, credentials: Iterable[Credential]) -> Sequence[Manifest]:
    """A manifest for each generated Secret."""
    return [_secret(ctx, credential) for credential in credentials]


def _secret(ctx: Context, credential: Credential) -> Manifest:
    manifest = ctx.manifest(SECRET, credential.name, credential.component, retained=True)
    if not credential.lives_in:
        manifest["metadata"]["labels"][ROTATABLE] = "true"
    return manifest
