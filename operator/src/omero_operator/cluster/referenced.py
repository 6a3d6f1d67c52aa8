"""Looking up what a platform refers to: Secrets, claims, classes, the host of other platforms.

Each missing thing becomes a failure that names it. The operator only reads these objects.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from omero_operator.api.v1alpha1.fields import SecretKeyRef
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import refused
from omero_operator.cluster.secret_values import unusable
from omero_operator.desired import parts, plan
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import host_name, ingress_host
from omero_operator.desired.secret_rules import complaint, without_line_break
from omero_operator.identity.kinds import (
    CLAIM,
    CONFIG_MAP,
    INGRESS_CLASS,
    PLATFORM,
    SECRET,
    STORAGE_CLASS,
    Kind,
    Manifest,
)
from omero_operator.state.observed import Failure, Observed


@dataclass(frozen=True)
class Found:
    """What the look-up gave.

    Attributes:
        secrets: Secrets that the user brings, by name; missing ones are absent.
        config_maps: ConfigMaps that the user brings, likewise.
        claims: Claims that the user brings, likewise; also those that a person made by hand in
            place of the operator's.
        failures: What is missing.
    """

    secrets: Mapping[str, Manifest] = field(default_factory=dict, repr=False)
    config_maps: Mapping[str, Manifest] = field(default_factory=dict)
    claims: Mapping[str, Manifest] = field(default_factory=dict)
    failures: Sequence[Failure] = ()


async def look_up(api: Api, ctx: Context, observed: Observed, namespaces: Sequence[str]) -> Found:
    """Look up everything that the specification refers to.

    Args:
        api: Connection.
        ctx: Build context.
        observed: The platform's children, and the record of its data volumes.
        namespaces: Namespaces that the operator watches; none means all.
    """
    secrets, failures = await _secrets(api, ctx, observed)
    config_maps, missing = await _config_maps(api, ctx)
    failures += missing
    claims, missing = await _storage(api, ctx, observed)
    failures += missing
    failures += await _ingress(api, ctx, namespaces)
    return Found(secrets, config_maps, claims, failures)


def properties(ctx: Context, secrets: Mapping[str, Manifest]) -> dict[str, str]:
    """OMERO properties whose values stand in Secrets, as far as those exist."""
    values = {
        reference.property: _text(secrets, reference.secret_key_ref)
        for reference in ctx.spec.server.config_secret_refs
    }
    return {name: value for name, value in values.items() if value is not None}


def _text(secrets: Mapping[str, Manifest], key: SecretKeyRef) -> str | None:
    """A value that OMERO's configuration file can hold, else None."""
    encoded = secrets.get(key.name, {}).get("data", {}).get(key.key)
    if encoded is None:
        return None
    value = base64.b64decode(encoded)
    return None if complaint("property", value) else without_line_break(value.decode())


def keyed_digest(text: str, key: bytes) -> str:
    """A digest that nobody without the key can compare guesses with."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]


def checksums(objects: Iterable[Manifest], key: bytes) -> dict[str, str]:
    """A keyed digest of the content of each Secret or ConfigMap, by name.

    Without the key (a generated Secret of the platform), nobody can try passwords against it.
    """
    return {
        item["metadata"]["name"]: keyed_digest(
            "\n".join(f"{k}={v}" for k, v in sorted(item.get("data", {}).items())), key
        )
        for item in objects
    }


async def _secrets(
    api: Api, ctx: Context, observed: Observed
) -> tuple[dict[str, Manifest], list[Failure]]:
    found: dict[str, Manifest] = {}
    failures: list[Failure] = []
    references = plan.secret_references(ctx)
    for name in sorted({reference.name for reference in references}):
        try:
            secret = await api.get(SECRET, ctx.namespace, name)
        except RefusedError as error:
            users = [reference.component for reference in references if reference.name == name]
            return {}, [refused(component, error, holds=True) for component in users]
        if secret is not None:
            found[name] = secret
    for reference in references:
        data = found.get(reference.name, {}).get("data", {})
        failures += unusable(
            ctx,
            observed,
            reference.component,
            f"Secret '{reference.name}' of {reference.path}",
            zip(reference.keys, reference.purposes, strict=False),
            data,
            holds=reference.holds,
        )
        missing = [key for key in reference.keys if not data.get(key)]
        if not missing:
            continue
        if reference.made_by:
            message = (
                f"Secret '{reference.name}' is not there yet; {reference.made_by} makes it for "
                f"{reference.path}"
            )
            failures.append(Failure(reference.component, "Waiting", message, reference.holds))
            continue
        keys = ", ".join(f"'{key}'" for key in missing)
        what = f"has no key {keys}" if reference.name in found else f"does not exist (keys: {keys})"
        failures.append(
            Failure(
                reference.component,
                "SecretNotFound",
                f"Secret '{reference.name}' of {reference.path} {what} in namespace "
                f"'{ctx.namespace}'; create it or correct the field",
                holds=reference.holds,
            )
        )
    return found, failures


async def _config_maps(api: Api, ctx: Context) -> tuple[dict[str, Manifest], list[Failure]]:
    found: dict[str, Manifest] = {}
    failures = []
    wanted = plan.config_map_references(ctx)
    for name in sorted({reference.name for reference in wanted}):
        try:
            item = await api.get(CONFIG_MAP, ctx.namespace, name)
        except RefusedError as error:
            return {}, [refused(reference.component, error, holds=True) for reference in wanted]
        if item is not None:
            found[name] = item
    for reference in wanted:
        if found.get(reference.name, {}).get("data", {}).get(reference.key):
            continue
        what = "has no" if reference.name in found else "does not exist; it needs the"
        failures.append(
            Failure(
                reference.component,
                "ConfigMapNotFound",
                f"ConfigMap '{reference.name}' of {reference.path} {what} key '{reference.key}' "
                f"in namespace '{ctx.namespace}'; create it or correct the field",
                holds=True,
            )
        )
    return found, failures


async def _storage(
    api: Api, ctx: Context, observed: Observed
) -> tuple[dict[str, Manifest], list[Failure]]:
    found: dict[str, Manifest] = {}
    failures: list[Failure] = []
    recorded = {volume.claim for volume in observed.data_volumes if volume.uid}
    for component in plan.data_components(ctx):
        storage = component.storage(ctx.spec)
        name = parts.claim_name(ctx, component)
        if observed.child(CLAIM, name):
            continue
        claim = None
        if storage.existing_claim or name in recorded:
            try:
                claim = await api.get(CLAIM, ctx.namespace, name)
            except RefusedError as error:
                failures.append(refused(component.name, error, holds=True))
                continue
        if claim is not None:
            found[name] = claim
        elif storage.existing_claim:
            failures.append(_missing_claim(ctx, component, name))
        elif storage.storage_class_name:
            failures += await _missing_storage_class(api, component, storage.storage_class_name)
    return found, failures


def _missing_claim(ctx: Context, component: Component, name: str) -> Failure:
    message = (
        f"PersistentVolumeClaim '{name}' of {component.path}.storage.existingClaim does not exist "
        f"in namespace '{ctx.namespace}'; create it"
    )
    return Failure(component.name, "ClaimNotFound", message, holds=True)


async def _missing_storage_class(api: Api, component: Component, name: str) -> list[Failure]:
    if not await _missing_class(api, STORAGE_CLASS, name):
        return []
    message = (
        f"StorageClass '{name}' of {component.path}.storage.storageClassName does not exist; "
        "create it, or delete this platform and apply it again with an existing class (no volume "
        "was created for it yet)"
    )
    return [Failure(component.name, "StorageClassNotFound", message, holds=True)]


async def _ingress(api: Api, ctx: Context, namespaces: Sequence[str]) -> list[Failure]:
    ingress = ctx.spec.web.ingress
    if ingress is None and ctx.spec.web.gateway is None:
        return []
    failures, host = [], ingress_host(ctx.spec)
    if (
        ingress
        and ingress.class_name
        and await _missing_class(api, INGRESS_CLASS, ingress.class_name)
    ):
        message = (
            f"IngressClass '{ingress.class_name}' of spec.web.ingress.className does not exist; "
            "install its controller or correct the field"
        )
        failures.append(Failure("ingress", "IngressClassNotFound", message))
    try:
        in_the_way = await _host_holder(api, ctx, namespaces) if host else ""
    except RefusedError as error:
        return [*failures, refused("ingress", error)]
    if in_the_way:
        path = f"spec.web.{'ingress.host' if ingress and ingress.host else 'publicUrl'}"
        message = (
            f"host '{host}' of {path} {in_the_way}; choose another host, or give both sites paths "
            "where neither begins with the other"
        )
        failures.append(Failure("ingress", "HostInUse", message, holds=True))
    return failures


async def _missing_class(api: Api, kind: Kind, name: str) -> bool:
    """Whether a cluster-wide class is known to be missing; unknown where reading is forbidden."""
    try:
        return await api.get(kind, None, name) is None
    except RefusedError:
        return False


async def _host_holder(api: Api, ctx: Context, namespaces: Sequence[str]) -> str:
    """Which platform holds this one's host at this one's path, and why; empty: none."""
    platforms: list[Manifest] = []
    for namespace in namespaces or (None,):
        platforms += await api.list(PLATFORM, namespace)
    own = next((each for each in platforms if each["metadata"]["uid"] == ctx.uid), None)
    if own is None:
        return ""
    rivals = [each for each in platforms if each is not own and _in_the_way(each, own)]
    first = min([own, *rivals], key=_seniority)
    if first is own:
        return ""
    metadata, created = first["metadata"], own["metadata"]["creationTimestamp"]
    path = _published(first)[1]
    if metadata["creationTimestamp"] != created:
        why = f"which was created earlier ({metadata['creationTimestamp']})"
    elif _has_its_ingress(first) != _has_its_ingress(own):
        why = f"which was created in the same second ({created}) and has its Ingress already"
    else:
        why = f"which was created in the same second ({created}) and has the lower uid"
    return f"is used with path '{path}' by '{metadata['namespace']}/{metadata['name']}', {why}"


def _published(platform: Manifest) -> tuple[str, str]:
    """Host and path of a platform's Ingress or route; no host where it has none."""
    web = platform.get("spec", {}).get("web", {})
    ingress, url = web.get("ingress"), web.get("publicUrl", "")
    if ingress is None and "gateway" in web:
        ingress = {}
    if ingress is None:
        return "", "/"
    path = urlsplit(url).path or "/" if url else ingress.get("path", "/")
    return ingress.get("host") or host_name(url) or "", path


def _in_the_way(one: Manifest, other: Manifest) -> bool:
    """Whether two platforms have the same host, and one's path is the other's or above it."""
    (host, path), (other_host, other_path) = _published(one), _published(other)
    folders = f"{path.rstrip('/')}/", f"{other_path.rstrip('/')}/"
    return host == other_host and (
        folders[0].startswith(folders[1]) or folders[1].startswith(folders[0])
    )


def _has_its_ingress(platform: Manifest) -> bool:
    conditions = platform.get("status", {}).get("conditions", [])
    return any(c["type"] == ConditionType.INGRESS and c["status"] == "True" for c in conditions)


def _seniority(platform: Manifest) -> tuple[str, bool, str]:
    """The key that sorts the older first.

    Times of creation are whole seconds. Of two in the same one, that which has its Ingress keeps
    it; else the uids decide, so that all who ask get the same answer.
    """
    metadata = platform["metadata"]
    return metadata["creationTimestamp"], not _has_its_ingress(platform), metadata["uid"]
