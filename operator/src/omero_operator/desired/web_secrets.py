"""Properties of OMERO.web whose values stand in Secrets: `spec.web.configSecretRefs`.

The pods get each value as a file that is named like its property, straight from the Secret.
"""

from collections.abc import Iterator

from omero_operator.desired import parts
from omero_operator.desired.component import SecretReference
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

_VOLUME = "config-secrets"
_FOLDER = f"{parts.SECRETS_ROOT}/{_VOLUME}"


def references(ctx: Context, user: str) -> Iterator[SecretReference]:
    """The keys of Secrets, without which a component that runs OMERO.web is left as it is."""
    for each in ctx.spec.web.config_secret_refs:
        path, key = f"spec.web.configSecretRefs[{each.property}]", each.secret_key_ref
        yield SecretReference(user, path, key.name, (key.key,), ("property",))


def environment(ctx: Context) -> list[Manifest]:
    """The variable that names the folder; unset without any."""
    given = ctx.spec.web.config_secret_refs
    return parts.env(OMERO_WEB_SECRET_CONFIG_FOLDER=_FOLDER) if given else []


def mounts(ctx: Context) -> list[Manifest]:
    """The folder."""
    mounted = {**parts.mount(_VOLUME, _FOLDER), "readOnly": True}
    return [mounted] if ctx.spec.web.config_secret_refs else []


def volumes(ctx: Context) -> list[Manifest]:
    """One volume with all the files, readable by the pod's group alone."""
    sources = [
        {
            "secret": {
                "name": each.secret_key_ref.name,
                "items": [{"key": each.secret_key_ref.key, "path": each.property}],
            }
        }
        for each in ctx.spec.web.config_secret_refs
    ]
    projected = {"defaultMode": 0o440, "sources": sources}
    return [{"name": _VOLUME, "projected": projected}] if sources else []


def checksums(ctx: Context) -> dict[str, str]:
    """What restarts the pods when a value changes."""
    names = sorted({each.secret_key_ref.name for each in ctx.spec.web.config_secret_refs})
    digests = "-".join(ctx.checksums.get(name, "") for name in names)
    return {_VOLUME: digests} if names else {}
