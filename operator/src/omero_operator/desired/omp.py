"""What the OMP plugin needs in the pods of OMERO.web and of the workers.

The plugin itself is in the image; these are its settings.
"""

import json
from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.ai import AiProvider
from omero_operator.desired import parts
from omero_operator.desired.component import (
    RANDOM,
    ConfigMapReference,
    Credential,
    Opening,
    SecretReference,
)
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# Its name in the web image's catalogue.
APP = "omp"
_VOLUME = "omp-rules"
_FOLDER = "/etc/omero-platform/omp"
_FILE = "nomenclature.toml"


def hash_secret(ctx: Context) -> tuple[str, str]:
    """Secret and key with the secrets that sign what the plugin writes, the newest first."""
    reference = ctx.spec.web.plugins.omp.hash_secret_ref
    if reference is None:
        return ctx.names.omp_hash_secret, "secret"
    return reference.name, reference.key


def secrets(ctx: Context) -> Sequence[Credential]:
    """The generated secret; none where the site brings its own, or has the plugin off."""
    settings = ctx.spec.web.plugins.omp
    if not settings.enabled or settings.hash_secret_ref:
        return []
    return [
        Credential(
            ctx.names.omp_hash_secret,
            "web",
            (("secret", RANDOM),),
            lives_in="the pairs that the OMP plugin has written to images are signed with it",
            purpose="list",
        )
    ]


def secret_references(ctx: Context, user: str) -> Iterator[SecretReference]:
    """The secret that the site brings, for a component that uses the plugin."""
    settings = ctx.spec.web.plugins.omp
    if settings.enabled and (secret := settings.hash_secret_ref):
        yield SecretReference(
            user, "spec.web.plugins.omp.hashSecretRef", secret.name, (secret.key,), ("list",)
        )


def config_map_references(ctx: Context, user: str) -> Iterator[ConfigMapReference]:
    """The site's own nomenclature, for a component that uses the plugin."""
    settings = ctx.spec.web.plugins.omp
    if settings.enabled and (rules := settings.rules):
        yield ConfigMapReference(user, "spec.web.plugins.omp.rules", rules.name, rules.key)


def environment(ctx: Context) -> list[Manifest]:
    """Its variables; what a site does not use is unset."""
    env: list[Manifest] = []
    if providers := ctx.spec.ai.providers:
        env += parts.env(OMP_AI_PROVIDERS=json.dumps([_described(each) for each in providers]))
    if ctx.spec.web.plugins.omp.signature != "pair":
        env += parts.env(OMP_SIGNATURE=ctx.spec.web.plugins.omp.signature)
    if ctx.spec.web.plugins.omp.rules:
        env += parts.env(OMP_RULES_FILE=f"{_FOLDER}/{_FILE}")
    return env


def volumes(ctx: Context) -> list[Manifest]:
    """The site's own nomenclature."""
    rules = ctx.spec.web.plugins.omp.rules
    if rules is None:
        return []
    items = [{"key": rules.key, "path": _FILE}]
    return [{"name": _VOLUME, "configMap": {"name": rules.name, "items": items}}]


def mounts(ctx: Context) -> list[Manifest]:
    """Where it is found."""
    return [
        {"name": volume["name"], "mountPath": _FOLDER, "readOnly": True} for volume in volumes(ctx)
    ]


def checksums(ctx: Context) -> dict[str, str]:
    """What the nomenclature holds; it is read at the start of a pod."""
    rules = ctx.spec.web.plugins.omp.rules
    return {} if rules is None else {_VOLUME: ctx.config_checksums.get(rules.name, "")}


def openings(ctx: Context) -> Iterator[Opening]:
    """Where the listed language models are asked."""
    if not ctx.spec.web.plugins.omp.enabled:
        return
    for provider in ctx.spec.ai.providers:
        reason = f"spec.ai.providers[{provider.name}]"
        # A server of one's own may be anywhere; the others are on the internet.
        public = provider.base_url is None
        yield Opening(provider.port, reason, (provider.host,), public)


def _described(provider: AiProvider) -> dict[str, object]:
    """A provider as the plugin reads it."""
    kind = "openai_compatible" if provider.kind == "openaiCompatible" else provider.kind
    described: dict[str, object] = {"name": provider.name, "kind": kind}
    if provider.base_url:
        described["baseUrl"] = provider.base_url
    if provider.models:
        described["models"] = list(provider.models)
    return described
