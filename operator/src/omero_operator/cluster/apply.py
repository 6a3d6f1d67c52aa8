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
from omero_operator.cluster.failures import name_taken, refused
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
            stranger = await _stranger(api, manifest, uid) if live is None else None
            if stranger is not None:
                failures.append(name_taken(component, stranger))
                continue
            children[key] = await api.apply(kind, manifest)
            logger.info("applied %s %s", kind.name, _title(manifest))
        except (ForbiddenError, RejectedError) as error:
            failures.append(refused(component, error))

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
    wanted: Sequence[Credential], strangers: Mapping[str, Manifest], checksum_key: str
) -> list[Failure]:
    """Failures of the components whose generated Secret has a name that somebody else uses."""
    failures = []
    for credential in wanted:
        if credential.name not in strangers:
            continue
        # Without the key of the checksums, no pod template can be made at all.
        everybody = credential.name == checksum_key
        components = COMPONENTS_WITH_SECRETS if everybody else (credential.component,)
        live = strangers[credential.name]
        failures += [name_taken(name, live, holds=True) for name in components]
    return failures


async def _stranger(api: Api, manifest: Manifest, uid: str) -> Manifest | None:
    """The foreign object of a new child's name, which applying would take over, if there is one.

    An object whose labels somebody removed is not in the list, but still ours by its owner.
    """
    metadata = manifest["metadata"]
    found = await api.get(kind_of(manifest), metadata["namespace"], metadata["name"])
    if found is None or _owned(found, uid) or _retained(found, metadata["labels"][INSTANCE]):
        return None
    return found


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
