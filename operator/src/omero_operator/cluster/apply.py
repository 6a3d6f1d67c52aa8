"""Making the children what the plan says: server-side apply, then prune.

Every write stands alone: after a crash between any two of them the next pass ends in the same
final set.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from omero_operator.cluster.client import Api
from omero_operator.cluster.differences import differs, stamped
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import name_taken, refused
from omero_operator.cluster.observe import Unreadable
from omero_operator.cluster.parallel import in_parallel
from omero_operator.desired.plan import WITH_PODS
from omero_operator.identity.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    SECRET,
    STATEFUL_SET,
    Manifest,
    kind_of,
)
from omero_operator.identity.labels import COMPONENT, INSTANCE, RETAINED
from omero_operator.state.observed import Failure, Observed

logger = logging.getLogger(__name__)

# A new platform stands within two seconds, and a small API server still answers others meanwhile.
WRITES_AT_ONCE = 6


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
    kept = [manifest for manifest in map(stamped, wanted) if _component(manifest) not in held]
    blind = [
        refused(_component(manifest), unreadable[manifest["kind"]])
        for manifest in kept
        if manifest["kind"] in unreadable
    ]
    due = [m for m in kept if m["kind"] not in unreadable and _due(m, observed)]
    written, not_written = await _write_all(api, uid, due, observed)

    names = set(map(_key, wanted))
    superfluous = [
        live
        for key, live in observed.children.items()
        if key not in names and _component(live) not in held and _may_prune(live, uid)
    ]
    pruned, not_pruned = await _prune(api, superfluous)

    children = {key: live for key, live in observed.children.items() if key not in pruned}
    failures = _once([*observed.failures, *blind, *not_written, *not_pruned])
    return replace(observed, children=children | written, failures=tuple(failures))


def _due(manifest: Manifest, observed: Observed) -> bool:
    """Whether a child has to be written."""
    live = observed.children.get(_key(manifest))
    if live is not None and "deletionTimestamp" in live["metadata"]:
        # Its end is under way and cannot be stopped; the watch says when it is gone.
        return False
    return differs(manifest, live)


async def _write_all(
    api: Api, uid: str, due: Sequence[Manifest], observed: Observed
) -> tuple[dict[tuple[str, str], Manifest], list[Failure]]:
    """Apply children; those that were written, and why others were not."""
    written: dict[tuple[str, str], Manifest] = {}
    failures = []

    async def write(manifest: Manifest) -> Manifest | Failure:
        return await _write(api, uid, manifest, new=_key(manifest) not in observed.children)

    for batch in _in_order(due):
        results = await in_parallel(write, batch, WRITES_AT_ONCE)
        for manifest, result in zip(batch, results, strict=True):
            if isinstance(result, Failure):
                failures.append(result)
            else:
                written[_key(manifest)] = result
    return written, failures


async def _prune(
    api: Api, superfluous: Sequence[Manifest]
) -> tuple[set[tuple[str, str]], list[Failure]]:
    """Delete children; which are gone, and why others are not."""
    gone = set()
    failures = []
    for live in superfluous:
        try:
            await api.delete(kind_of(live), live)
            gone.add(_key(live))
            logger.info("pruned %s", _title(live))
        except RefusedError as error:
            failures.append(refused(_component(live), error))
    return gone, failures


def blinded(unreadable: Unreadable) -> list[Failure]:
    """Failures of the components that cannot be looked after without reading Secrets.

    Pods are rolled when a Secret's content changes; not knowing the content is no change.
    """
    refusal = unreadable.get(SECRET.name)
    if refusal is None:
        return []
    return [refused(name, refusal, holds=True) for name in WITH_PODS]


async def _write(api: Api, uid: str, manifest: Manifest, *, new: bool) -> Manifest | Failure:
    """Apply one child; the child, or why it was not taken."""
    component = _component(manifest)
    try:
        stranger = await _stranger(api, manifest, uid) if new else None
        if stranger is not None:
            return name_taken(component, stranger)
        written = await api.apply(kind_of(manifest), manifest)
    except RefusedError as error:
        return refused(component, error)
    logger.info("applied %s", _title(manifest))
    return written


def _in_order(manifests: Sequence[Manifest]) -> Iterator[Sequence[Manifest]]:
    """What starts pods comes when everything that its pods need is there.

    A pod that waits for its ConfigMap is asked for again by the kubelet only after a while.
    """
    starters = {kind.name for kind in (STATEFUL_SET, DEPLOYMENT, JOB, CRON_JOB)}
    yield [manifest for manifest in manifests if manifest["kind"] not in starters]
    yield [manifest for manifest in manifests if manifest["kind"] in starters]


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


def _component(manifest: Manifest) -> str:
    return str(manifest["metadata"]["labels"][COMPONENT])


def _once(failures: Sequence[Failure]) -> list[Failure]:
    return list(dict.fromkeys(failures))


def _key(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _title(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    return f"{manifest['kind']} {metadata['namespace']}/{metadata['name']}"
