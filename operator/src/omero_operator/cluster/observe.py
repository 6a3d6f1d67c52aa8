"""Reading one platform's children. Always from the API server, never from a cache of events."""

import asyncio
from collections.abc import Collection, Sequence

from omero_operator.cluster.client import Api
from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.errors import RefusedError
from omero_operator.identity import labels
from omero_operator.identity.kinds import CHILD_KINDS, JOB, POD, Kind, Manifest
from omero_operator.identity.labels import MANAGED_BY, MANAGER
from omero_operator.state.observed import Observed


class Unreadable(dict[str, RefusedError]):
    """Kinds that the API server does not let the operator list, with the refusal."""


async def observe(
    api: Api,
    namespace: str,
    platform: str,
    wanted: Collection[str] = (),
    discovery: Discovery | None = None,
) -> tuple[Observed, Unreadable]:
    """Read all children and pods of a platform.

    Args:
        api: Connection.
        namespace: Namespace of the platform.
        platform: Its name.
        wanted: Kinds that the plan has. An optional kind that it has not is not asked for if the
            cluster lacked it a short while ago.
        discovery: Remembers which optional kinds the cluster lacks.

    Returns:
        What is there, and which kinds could not be read. The latter must be neither written nor
        pruned: without reading, nobody knows what would be overwritten.
    """
    unreadable = Unreadable()
    absent: set[str] = set()
    discovery = discovery or Discovery()

    async def read(kind: Kind) -> Sequence[Manifest]:
        if kind.optional and kind.name not in wanted and discovery.lacks(kind):
            absent.add(kind.name)
            return ()
        # Jobs of CronJobs are no children of ours, but tell how maintenance went.
        foreign = kind in (POD, JOB)
        selector = labels.pods_of(platform) if foreign else labels.children_of(platform)
        try:
            found = await api.list(kind, namespace, selector)
        except RefusedError as refusal:
            # A role that knows nothing of the kind is a refusal, too; discovery is open to all.
            if kind.optional and not await discovery.served(api, kind):
                absent.add(kind.name)
            else:
                unreadable[kind.name] = refusal
            return ()
        discovery.seen(kind)
        return found

    *children, pods = await asyncio.gather(*(read(kind) for kind in (*CHILD_KINDS, POD)))
    objects = [item for items in children for item in items]
    ours = [item for item in objects if _label(item, MANAGED_BY) == MANAGER]
    runs = [item for item in objects if _label(item, MANAGED_BY) != MANAGER]
    return (
        Observed(
            children={(item["kind"], item["metadata"]["name"]): item for item in ours},
            pods=tuple(pods),
            runs=tuple(runs),
            absent=frozenset(absent),
        ),
        unreadable,
    )


def _label(item: Manifest, label: str) -> str:
    return str(item["metadata"].get("labels", {}).get(label, ""))
