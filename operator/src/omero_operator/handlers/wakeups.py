"""Which events wake which platform. Nothing is decided here; a pass reads the cluster anew."""

import contextlib
import logging
from typing import Any

import kopf

from omero_operator.cluster import events
from omero_operator.cluster.errors import LeadershipLostError
from omero_operator.desired.digest import digest
from omero_operator.handlers.process import Parts
from omero_operator.identity.kinds import (
    AUTOSCALER,
    CHILD_KINDS,
    PLATFORM,
    POD,
    SCALED_OBJECT,
    Manifest,
)
from omero_operator.identity.labels import platform_of
from omero_operator.reconcile import Key

logger = logging.getLogger(__name__)

# Their controllers write a status every few seconds, which no condition needs at once.
_TALKATIVE = (AUTOSCALER.name, SCALED_OBJECT.name)


def registry() -> kopf.OperatorRegistry:
    """All handlers of this operator: the process's own and one per watched kind."""
    result = kopf.get_default_registry()
    kopf.on.event(PLATFORM.group, PLATFORM.version, PLATFORM.plural)(_platform_changed)
    for kind in (*CHILD_KINDS, POD):
        kopf.on.event(kind.group, kind.version, kind.plural)(_child_changed)
    return result


async def _platform_changed(**event: Any) -> None:
    """A platform came, changed or went."""
    parts: Parts = event["memo"].parts
    item, deleted = dict(event["body"]), event["type"] == "DELETED"
    key = Key(event["namespace"], event["name"])
    parts.audit.reported(PLATFORM.name, item, deleted=deleted)
    if not deleted:
        parts.queue.add(key)
        return
    parts.queue.forget(key)
    parts.audit.forget(str(key))
    if parts.lease.held():
        await _say_where_data_lies(parts, item)


async def _child_changed(**event: Any) -> None:
    """A child or a pod came, changed or went."""
    parts: Parts = event["memo"].parts
    item = dict(event["body"])
    deleted = event["type"] == "DELETED"
    parts.audit.reported(item["kind"], item, deleted=deleted)
    if item["kind"] in _TALKATIVE and not _news(parts, item, deleted=deleted):
        return
    if platform := platform_of(item):
        parts.queue.wake(Key(event["namespace"], platform))


def _news(parts: Parts, item: Manifest, *, deleted: bool) -> bool:
    """Whether more than the status of a child has changed."""
    uid = item["metadata"]["uid"]
    if deleted:
        parts.specs.pop(uid, None)
        return True
    kept = ("labels", "annotations", "ownerReferences", "deletionTimestamp")
    seen = digest([item.get("spec"), [item["metadata"].get(key) for key in kept]])
    before, parts.specs[uid] = parts.specs.get(uid), seen
    return before != seen


async def _say_where_data_lies(parts: Parts, platform: Manifest) -> None:
    """Tell after a deletion which volumes are still there, and how to get rid of them."""
    if platform.get("spec", {}).get("deletionPolicy") == "Delete":
        return
    volumes = platform.get("status", {}).get("dataVolumes", [])
    claims = ", ".join(volume["claim"] for volume in volumes)
    if not claims:
        return
    # Held when it was asked, and lost since: the event is lost with it.
    with contextlib.suppress(LeadershipLostError):
        await events.post(
            parts.api,
            platform,
            "Normal",
            "DataRetained",
            f"the platform is deleted; its data stays in the claims {claims}; a platform of the "
            "same name uses it again; `kubectl delete pvc` deletes it permanently",
        )
