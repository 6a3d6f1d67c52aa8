"""Making the children what the plan says: server-side apply, then prune.

Every write stands alone: after a crash between any two of them the next pass ends in the same
final set.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from omero_operator.cluster import restarts
from omero_operator.cluster.additions import contested, scaled
from omero_operator.cluster.client import Api
from omero_operator.cluster.differences import (
    changeable,
    differs,
    fitted,
    own_part,
    stamped,
)
from omero_operator.cluster.errors import RefusedError, RejectedError
from omero_operator.cluster.failures import name_taken, refused
from omero_operator.cluster.managed_fields import value_at
from omero_operator.cluster.observe import Unreadable
from omero_operator.cluster.parallel import in_parallel
from omero_operator.cluster.repairs import Repairs
from omero_operator.identity.kinds import JOB, SECRET, Manifest, kind_of
from omero_operator.identity.labels import APPLIED, COMPONENT, INSTANCE, RETAINED
from omero_operator.state.observed import Failure, Observed

logger = logging.getLogger(__name__)

# A new platform stands within two seconds, and a small API server still answers others meanwhile.
WRITES_AT_ONCE = 6


async def converge(
    api: Api,
    uid: str,
    wanted: Sequence[Manifest],
    observed: Observed,
    unreadable: Unreadable,
    repairs: Repairs,
) -> Observed:
    """Write what differs and remove what the plan no longer has.

    An object that cannot be written becomes a failure of its component; the others go on.

    Args:
        api: Connection.
        uid: Unique id of the platform.
        wanted: The plan.
        observed: What is there. Components that a failure holds back are left as they are.
        unreadable: Kinds that could not be listed.
        repairs: Says how often a child that others change is put back.

    Returns:
        What is there afterwards.

    Raises:
        TemporaryError: The API server cannot be reached or is overloaded.
        LeadershipLostError: Another replica may be active.
    """
    held = _held(observed)
    blind = [
        refused(_component(manifest), unreadable[manifest["kind"]])
        for manifest in wanted
        if manifest["kind"] in unreadable and _component(manifest) not in held
    ]
    to_write = due(wanted, observed, unreadable)
    # A dry run changes nothing that others would wait for.
    turns = restarts.at_once if api.dry else restarts.waits_for
    written, not_written, waiting = await _write_all(api, uid, to_write, observed, repairs, turns)

    names = set(map(_key, wanted))
    superfluous = [
        live
        for key, live in observed.children.items()
        if key not in names and _component(live) not in held and _may_prune(live, uid)
    ]
    pruned, not_pruned = await _prune(api, superfluous)

    children = {key: live for key, live in observed.children.items() if key not in pruned}
    failures = _once([*observed.failures, *blind, *not_written, *not_pruned])
    return replace(
        observed,
        children=children | written,
        failures=tuple(failures),
        restarts=restarts.titles(waiting),
    )


def due(
    wanted: Sequence[Manifest], observed: Observed, unreadable: Unreadable
) -> Sequence[Manifest]:
    """The children that have to be written, stamped, as far as they are ours.

    Args:
        wanted: The plan.
        observed: What is there. Components that a failure holds back are left out.
        unreadable: Kinds that could not be listed.
    """
    held = _held(observed)
    result = []
    for manifest in wanted:
        if _component(manifest) in held or manifest["kind"] in unreadable:
            continue
        live = observed.children.get(_key(manifest))
        own = scaled(fitted(stamped(manifest), live), live)
        if _due(own, live):
            result.append(own)
    return result


def _held(observed: Observed) -> set[str]:
    return {failure.component for failure in observed.failures if failure.holds}


def _due(manifest: Manifest, live: Manifest | None) -> bool:
    if live is None:
        return True
    if "deletionTimestamp" in live["metadata"]:
        # Its end is under way and cannot be stopped; the watch says when it is gone.
        return False
    return differs(manifest, live) or bool(contested(manifest, live))


async def _write_all(
    api: Api,
    uid: str,
    due: Sequence[Manifest],
    observed: Observed,
    repairs: Repairs,
    turns: Callable[[Manifest, restarts.Children], str],
) -> tuple[dict[tuple[str, str], Manifest], list[Failure], list[tuple[Manifest, str]]]:
    """Apply children; those that were written, why others were not, and which wait for others."""
    written: dict[tuple[str, str], Manifest] = {}
    failures = []
    waiting = []

    async def write(manifest: Manifest) -> Manifest | Failure:
        live = observed.children.get(_key(manifest))
        return await _write(api, uid, manifest, live, repairs)

    for batch in restarts.batches(due, observed.children):
        now = {**observed.children, **written}
        turn = []
        for manifest in batch:
            if title := turns(manifest, now):
                waiting.append((manifest, title))
            meanwhile = restarts.suspended(manifest) if title else manifest
            if meanwhile is not None and _due(meanwhile, observed.children.get(_key(manifest))):
                turn.append(meanwhile)
        results = await in_parallel(write, turn, WRITES_AT_ONCE)
        for manifest, result in zip(turn, results, strict=True):
            if isinstance(result, Failure):
                failures.append(result)
            else:
                written[_key(manifest)] = result
    return written, failures, waiting


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


def blinded(unreadable: Unreadable, names: Iterable[str]) -> list[Failure]:
    """Failures of the components that cannot be looked after without reading Secrets.

    Args:
        unreadable: Kinds that could not be listed.
        names: Components that use Secrets.

    Pods are rolled when a Secret's content changes; not knowing the content is no change.
    """
    refusal = unreadable.get(SECRET.name)
    if refusal is None:
        return []
    return [refused(name, refusal, holds=True) for name in names]


async def _write(
    api: Api, uid: str, manifest: Manifest, live: Manifest | None, repairs: Repairs
) -> Manifest | Failure:
    """Apply one child; the child, or why it was not taken."""
    component = _component(manifest)
    kind = kind_of(manifest)
    try:
        if live is None:
            live = await found(api, manifest)
            if live is not None and strange(live, manifest, uid):
                return name_taken(component, live)
            manifest = fitted(manifest, live)
        as_before = live is not None and _digest(live) == _digest(manifest)
        # Nothing else is wanted of it than before: others changed it.
        if live and as_before and not await _to_repair(api, manifest, live, repairs):
            return live
        if live is not None and kind == JOB:
            written = await _write_job(api, manifest)
        else:
            written = await api.apply(kind, manifest)
    except RefusedError as error:
        return refused(component, error)
    logger.info("applied %s", _title(manifest))
    return written


async def _write_job(api: Api, manifest: Manifest) -> Manifest:
    """Write what can be changed of a Job. Applying would send its pods again, which cannot be."""
    metadata = manifest["metadata"]
    own = changeable(manifest)
    kept = ("labels", "annotations", "ownerReferences")
    patch = {
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": own["spec"],
    }
    return await api.merge(JOB, metadata["namespace"], metadata["name"], patch)


async def _to_repair(api: Api, manifest: Manifest, live: Manifest, repairs: Repairs) -> bool:
    return not await _settled(api, manifest, live) and repairs.allowed(live)


async def _settled(api: Api, manifest: Manifest, live: Manifest) -> bool:
    """Whether writing would change nothing of ours: the API server is asked.

    A webhook that changes what is written makes the child differ from the plan for ever. A fault
    of the question itself is no answer; the write then tells.
    """
    if manifest["kind"] == JOB.name:
        return False
    try:
        after = await api.apply(kind_of(manifest), manifest, dry_run=True)
    except RejectedError:
        return False
    if own_part(manifest, after) != own_part(manifest, live):
        return False
    return all(value_at(after, p) == value_at(live, p) for p in contested(manifest, live))


async def found(api: Api, manifest: Manifest) -> Manifest | None:
    """What has the name of a child that is not in the list, if anything has."""
    metadata = manifest["metadata"]
    return await api.get(kind_of(manifest), metadata["namespace"], metadata["name"])


def strange(found: Manifest, manifest: Manifest, uid: str) -> bool:
    """Whether an object is somebody else's, which applying would take over.

    An object whose labels somebody removed is not in the list, but still ours by its owner.
    """
    return not _owned(found, uid) and not _retained(found, manifest["metadata"]["labels"][INSTANCE])


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


def _digest(item: Manifest) -> str:
    return str(item["metadata"].get("annotations", {}).get(APPLIED, ""))


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
