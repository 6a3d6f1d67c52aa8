"""What a pass reports: conditions in the status, Events and log lines for changed ones, metrics."""

import datetime
import logging
from collections.abc import Callable, Mapping, Sequence

from omero_operator import metrics
from omero_operator.api.v1alpha1.status import Condition, ConditionType
from omero_operator.cluster import events, status
from omero_operator.cluster.client import Api
from omero_operator.health import conditions
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue

logger = logging.getLogger(__name__)

# Reasons of conditions that are False while all goes well.
_ORDINARY = (
    *("Waiting", "Progressing", "NotPaused", "NotStalled", "Hibernated"),
    *("UpToDate", "ReleaseAvailable"),
)
# Conditions that are news when they become True.
_NEWS = (ConditionType.PAUSED, ConditionType.UPGRADING)


async def write(
    api: Api,
    platform: Manifest,
    values: Mapping[ConditionType, ConditionValue],
    status_of: Callable[[Sequence[Condition]], Manifest],
) -> None:
    """Write the status, then tell people about conditions that changed.

    Args:
        api: Connection.
        platform: The platform as it was read.
        values: What was judged.
        status_of: Makes the status of all conditions, those that are not in `values` included.
    """
    metadata = platform["metadata"]
    before = previous(platform)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = conditions.conditions(values, before, metadata["generation"], now)
    _publish(metadata, found)
    if await status.write(api, platform, status_of(found)):
        await _tell(api, platform, before, found)


async def write_some(
    api: Api, platform: Manifest, values: Mapping[ConditionType, ConditionValue], seen: int
) -> None:
    """Write some conditions and leave the rest of the status as it was.

    Args:
        api: Connection.
        platform: The platform as it was read.
        values: What was judged.
        seen: The generation that the status then speaks of.
    """

    def status_of(found: Sequence[Condition]) -> Manifest:
        written = [condition.model_dump(by_alias=True) for condition in found]
        before = _timeless(platform.get("status", {}))
        return {**before, "observedGeneration": seen, "conditions": written}

    await write(api, platform, values, status_of)


def previous(platform: Manifest) -> Sequence[Manifest]:
    """The conditions that the status has."""
    found: Sequence[Manifest] = platform.get("status", {}).get("conditions", [])
    return found


async def _tell(
    api: Api, platform: Manifest, before: Sequence[Manifest], found: Sequence[Condition]
) -> None:
    old_ones = {condition["type"]: condition for condition in before}
    for condition in found:
        old = old_ones.get(condition.type, {})
        if (old.get("status"), old.get("reason")) == (condition.status, condition.reason):
            continue
        logger.info(
            "%s/%s %s=%s %s: %s",
            platform["metadata"]["namespace"],
            platform["metadata"]["name"],
            condition.type,
            condition.status,
            condition.reason,
            condition.message,
        )
        for level, text in worth_telling(condition, old):
            await events.post(api, platform, level, condition.reason, text)


def worth_telling(condition: Condition, old: Manifest) -> list[tuple[events.Level, str]]:
    """Events for a changed condition.

    Faults of components and the two ends of `Ready`: a start in its ordinary order is no news.

    Args:
        condition: As it is now.
        old: As it was in the status; empty for a new one.
    """
    text = f"{condition.type}: {condition.message}"
    if condition.type == ConditionType.READY:
        if condition.status == "True" or condition.reason == "Hibernated":
            return [("Normal", condition.message)]
        return [("Warning", condition.message)] if old.get("status") == "True" else []
    if condition.status == "False" and condition.reason not in _ORDINARY:
        return [("Warning", text)]
    if condition.type in _NEWS and condition.status == "True":
        return [("Normal", text)]
    return []


def _timeless(before: Manifest) -> Manifest:
    """A status of a site that is left alone: the time of its step stands still."""
    if not before.get("operation"):
        return before
    return {**before, "operation": {**before["operation"], "since": ""}}


def _publish(metadata: Manifest, found: Sequence[Condition]) -> None:
    statuses = {condition.type: condition.status for condition in found}
    asleep = any(each.type == ConditionType.READY and each.reason == "Hibernated" for each in found)
    metrics.CONDITIONS.publish(metadata["namespace"], metadata["name"], statuses, asleep=asleep)
