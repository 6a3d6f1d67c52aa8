"""Kubernetes Events on a platform: one per change that a person would want to know of.

A lasting state causes none. The name of an Event is a digest of what it says, so a repeat within
its hour of life raises a counter instead of adding an object.
"""

import datetime
import logging
from typing import Literal

from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, KIND
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import AlreadyExistsError, ApiError
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import EVENT, Manifest
from omero_operator.identity.labels import MANAGER

logger = logging.getLogger(__name__)


Level = Literal["Normal", "Warning"]


async def post(api: Api, platform: Manifest, kind: Level, reason: str, message: str) -> None:
    """Post an Event. A refusal is logged and changes nothing else: Events are no state.

    Args:
        api: Connection.
        platform: The platform it is about.
        kind: Normal or Warning.
        reason: CamelCase word.
        message: One sentence.
    """
    metadata = platform["metadata"]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"{metadata['name']}.{digest([metadata['uid'], kind, reason, message])}"
    event: Manifest = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
        "type": kind,
        "reason": reason,
        "message": message[:1024],
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "reportingInstance": MANAGER,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    try:
        await _raise_or_create(api, event)
    except ApiError as error:
        logger.warning("event %s of %s not posted: %s", reason, metadata["name"], error)


async def _raise_or_create(api: Api, event: Manifest) -> None:
    try:
        await api.create(EVENT, event)
    except AlreadyExistsError:
        metadata = event["metadata"]
        found = await api.get(EVENT, metadata["namespace"], metadata["name"])
        if found is not None:
            patch = {"count": found.get("count", 1) + 1, "lastTimestamp": event["lastTimestamp"]}
            await api.merge(EVENT, metadata["namespace"], metadata["name"], patch)
