"""The metadata of generated Secrets.

Values are made once by `cluster.credentials`; builders only name the Secrets. The manifests here
carry labels, never data, so applying them cannot touch a password.
"""

from collections.abc import Iterable, Sequence

from omero_operator.desired.component import Credential
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import SECRET, Manifest


def build(ctx: Context, credentials: Iterable[Credential]) -> Sequence[Manifest]:
    """A manifest for each generated Secret."""
    return [
        ctx.manifest(SECRET, credential.name, credential.component, retained=True)
        for credential in credentials
    ]
