"""The end of a platform: `deletionPolicy` decides what happens to its data.

Volumes and generated Secrets never have an owner, so Kubernetes never deletes them by itself. Under
`Delete` the platform has a finalizer, and the operator deletes them; under `Retain` it has none,
and nothing waits for the operator. The policy that counts is the one in the platform when its
deletion is asked for, whether or not the rest of the specification is valid, paused or held.
"""

import logging

from omero_operator.cluster import finalizer
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.identity import labels
from omero_operator.identity.kinds import (
    CLAIM,
    OBJECT_STORE,
    PG_CLUSTER,
    SECRET,
    STATEFUL_SET,
    Manifest,
    kind_of,
)
from omero_operator.identity.labels import RETAINED

logger = logging.getLogger(__name__)

_DATABASES = ("database", "pluginDatabase")
_CLOUDNATIVE_PG = (PG_CLUSTER, OBJECT_STORE)


async def follow_policy(
    api: Api, platform: Manifest
) -> tuple[Manifest | None, RefusedError | None]:
    """Let the finalizer be there exactly under `Delete`, and let no data have an owner.

    Args:
        api: Connection.
        platform: A platform that is not being deleted.

    Returns:
        The platform as it then is, None where its deletion began meanwhile; and the refusal of the
        API server, if there was one: the policy could not be prepared for.

    Raises:
        TemporaryError: The API server could not be reached.
    """
    live: Manifest | None = platform
    try:
        live = await (finalizer.add if _deletes(platform) else finalizer.remove)(api, platform)
        for item in await _data(api, platform):
            await _disown(api, item, platform["metadata"]["uid"])
    except RefusedError as error:
        logger.warning("deletionPolicy of %s cannot be applied: %s", _title(platform), error)
        return live, error
    return live, None


async def carry_out(api: Api, platform: Manifest) -> bool:
    """Do what the policy of a platform that is being deleted says, and let it go.

    Args:
        api: Connection.
        platform: The platform.

    Returns:
        Whether data was deleted.

    Raises:
        ApiError: The API server refused it; the platform waits.
    """
    if not finalizer.present(platform):
        return False
    deletes = _deletes(platform) and not await _orphaned(api, platform)
    if deletes:
        for item in await _data(api, platform):
            if "deletionTimestamp" not in item["metadata"]:
                await api.delete(kind_of(item), item)
                logger.info("deleted %s with its platform", _title(item))
    await finalizer.remove(api, platform)
    return deletes


def _deletes(platform: Manifest) -> bool:
    return bool(platform.get("spec", {}).get("deletionPolicy") == "Delete")


async def _data(api: Api, platform: Manifest) -> list[Manifest]:
    """Volumes and generated Secrets of a platform, and what has volumes of its own."""
    namespace, name = platform["metadata"]["namespace"], platform["metadata"]["name"]
    spec = platform.get("spec", {})
    elsewhere = any(spec.get(each, {}).get("cloudNativePG") is not None for each in _DATABASES)
    found = [
        item
        for kind in (CLAIM, SECRET, *(_CLOUDNATIVE_PG if elsewhere else ()))
        if not kind.optional or await api.served(kind)
        for item in await api.list(kind, namespace, labels.children_of(name))
    ]
    return [item for item in found if item["metadata"].get("annotations", {}).get(RETAINED) == name]


async def _disown(api: Api, item: Manifest, uid: str) -> None:
    """Take the reference to its platform from what an earlier version of the operator made."""
    owners = item["metadata"].get("ownerReferences", [])
    others = [owner for owner in owners if owner["uid"] != uid]
    if len(others) == len(owners):
        return
    metadata = {"resourceVersion": item["metadata"]["resourceVersion"], "ownerReferences": others}
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    await api.merge(kind_of(item), namespace, name, {"metadata": metadata})
    logger.info("%s no longer has an owner", _title(item))


async def _orphaned(api: Api, platform: Manifest) -> bool:
    """Whether the workloads stay, by `kubectl delete --cascade=orphan`; then their data does, too.

    Kubernetes' garbage collector has its own finalizer while it takes the owners away.
    """
    metadata = platform["metadata"]
    if "orphan" in metadata.get("finalizers", []):
        return True
    selector = labels.children_of(metadata["name"])
    workloads = await api.list(STATEFUL_SET, metadata["namespace"], selector)
    return any(metadata["uid"] not in _owners(item) for item in workloads)


def _owners(item: Manifest) -> list[str]:
    return [str(owner["uid"]) for owner in item["metadata"].get("ownerReferences", [])]


def _title(item: Manifest) -> str:
    return f"{item['kind']} {item['metadata']['namespace']}/{item['metadata']['name']}"
