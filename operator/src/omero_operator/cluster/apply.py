"""Making the children what the plan says: server-side apply, then prune.

Every write stands alone: after a crash between any two of them the next pass ends in the same
final set.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from omero_operator.cluster.client import Api
from omero_operator.cluster.differences import differs, stamped
from omero_operator.cluster.errors import ForbiddenError, RejectedError
from omero_operator.cluster.failures import refused
from omero_operator.cluster.observe import Unreadable
from omero_operator.desired.generated import Credential
from omero_operator.identity.kinds import SECRET, kind_of
from omero_operator.identity.labels import COMPONENT, INSTANCE, RETAINED, Component
from omero_operator.state.observed import Failure, Manifest, Observed

logger = logging.getLogger(__name__)

COMPONENTS_WITH_SECRETS: tuple[Component, ...] = (
    "database",
    "plugin-database",
    "redis",
    "server",
    "bootstrap",
    "web",
    "worker",
    "maintenance",
)


class NameTakenError(Exception):
    """An object of a child's name exists and belongs to somebody else."""


async def converge(
    api: Api, uid: str, wanted: Sequence[Manifest], observed: Observed, unreadable: Unreadable
) -> Observed:
    """Write what differs and remove what the plan no longer has.

    An object that cannot be written becomes a failure of its component; the others go on.

    Args:
        api: Connection.
        uid: Unique id of the platform.
        wanted: The plan.
        observed: What is there. Components that a failure holds back are left as they are.
        unreadable: Kinds that could not be listed.

    Returns:
        What is there afterwards.

    Raises:
        TemporaryError: The API server cannot be reached or is overloaded.
        LeadershipLostError: Another replica may be active.
    """
    held = {failure.component for failure in observed.failures if failure.holds}
    children = dict(observed.children)
    failures = list(observed.failures)
    plan = [manifest for manifest in wanted if _component(manifest) not in held]
    for manifest in map(stamped, plan):
        component = _component(manifest)
        kind = kind_of(manifest)
        key = (kind.name, manifest["metadata"]["name"])
        live = children.get(key)
        if kind.name in unreadable:
            failures.append(refused(component, unreadable[kind.name]))
            continue
        if live is not None and "deletionTimestamp" in live["metadata"]:
            # Its end is under way and cannot be stopped; the watch says when it is gone.
            continue
        if not differs(manifest, live):
            continue
        try:
            if live is None:
                await _refuse_foreign(api, manifest, uid)
            children[key] = await api.apply(kind, manifest)
            logger.info("applied %s %s", kind.name, _title(manifest))
        except (ForbiddenError, RejectedError) as error:
            failures.append(refused(component, error))
        except NameTakenError as error:
            failures.append(Failure(component, "NameTaken", str(error)))

    names = {(m["kind"], m["metadata"]["name"]) for m in wanted}
    for key, live in observed.children.items():
        if key in names or _component(live) in held or not _may_prune(live, uid):
            continue
        kind = kind_of(live)
        try:
            await api.delete(kind, live)
            del children[key]
            logger.info("pruned %s %s", kind.name, _title(live))
        except (ForbiddenError, RejectedError) as error:
            failures.append(refused(_component(live), error))
    return replace(observed, children=children, failures=tuple(_once(failures)))


def blinded(unreadable: Unreadable) -> list[Failure]:
    """Failures of the components that cannot be looked after without reading Secrets.

    Pods are rolled when a Secret's content changes; not knowing the content is no change.
    """
    refusal = unreadable.get(SECRET.name)
    if refusal is None:
        return []
    return [refused(name, refusal, holds=True) for name in COMPONENTS_WITH_SECRETS]


def taken(
    wanted: Sequence[Credential], made: Mapping[str, Manifest], checksum_key: str
) -> list[Failure]:
    """Failures of the components whose generated Secret has a name that somebody else uses."""
    failures = []
    for credential in wanted:
        if credential.name in made:
            continue
        # Without the key of the checksums, no pod template can be made at all.
        everybody = credential.name == checksum_key
        components = COMPONENTS_WITH_SECRETS if everybody else (credential.component,)
        message = (
            f"Secret '{credential.name}' exists and belongs to somebody else; the operator leaves "
            "it alone. Rename or delete it, or give this platform another name."
        )
        failures += [Failure(name, "NameTaken", message, holds=True) for name in components]
    return failures


async def _refuse_foreign(api: Api, manifest: Manifest, uid: str) -> None:
    """Make sure that a new child's name is free: applying would take a foreign object over.

    An object whose labels somebody removed is not in the list, but still ours by its owner.
    """
    metadata = manifest["metadata"]
    kind = kind_of(manifest)
    found = await api.get(kind, metadata["namespace"], metadata["name"])
    if found is None or _owned(found, uid) or _retained(found, metadata["labels"][INSTANCE]):
        return
    instance = found["metadata"].get("labels", {}).get(INSTANCE, "")
    owner = f"platform '{instance}'" if instance else "somebody else"
    raise NameTakenError(
        f"{kind.name} '{metadata['name']}' exists and belongs to {owner}; the operator leaves it "
        "alone. Rename or delete it, or give this platform another name."
    )


def _may_prune(live: Manifest, uid: str) -> bool:
    """Whether an object may go: owned by this very platform, and no data.

    Volumes and generated Secrets are never pruned; they go with the platform, if it says so.
    """
    metadata = live["metadata"]
    if RETAINED in metadata.get("annotations", {}) or "deletionTimestamp" in metadata:
        return False
    return _owned(live, uid)


def _retained(live: Manifest, platform: str) -> bool:
    """Whether this is data of a platform of this name, perhaps of one that was deleted."""
    return bool(live["metadata"].get("annotations", {}).get(RETAINED) == platform)


def _owned(live: Manifest, uid: str) -> bool:
    return any(owner["uid"] == uid for owner in live["metadata"].get("ownerReferences", []))


def _component(manifest: Manifest) -> Component:
    component: Component = manifest["metadata"]["labels"][COMPONENT]
    return component


def _once(failures: Sequence[Failure]) -> list[Failure]:
    return list(dict.fromkeys(failures))


def _title(manifest: Manifest) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"
