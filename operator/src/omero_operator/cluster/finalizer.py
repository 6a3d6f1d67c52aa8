"""The finalizer of a platform: while it is there, a deletion waits for the operator."""

from collections.abc import Sequence

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import AlreadyExistsError, NotFoundError
from omero_operator.identity.kinds import PLATFORM, Manifest
from omero_operator.identity.labels import FINALIZER

# How often a platform is looked at again that somebody else changed at the same moment.
_ATTEMPTS = 5


def present(platform: Manifest) -> bool:
    """Whether a platform has it."""
    return FINALIZER in platform["metadata"].get("finalizers", [])


async def add(api: Api, platform: Manifest) -> Manifest | None:
    """Set it; the platform as it then is, or None where it went meanwhile or is being deleted."""
    return await _write(api, platform, wanted=True)


async def remove(api: Api, platform: Manifest) -> Manifest | None:
    """Take it away; the platform as it then is, or None where it went meanwhile."""
    return await _write(api, platform, wanted=False)


async def _write(api: Api, platform: Manifest, *, wanted: bool) -> Manifest | None:
    live: Manifest | None = platform
    for attempt in range(_ATTEMPTS):
        # A finalizer cannot be added to what is being deleted.
        if live is None or (wanted and "deletionTimestamp" in live["metadata"]):
            return None
        if present(live) == wanted:
            return live
        metadata = live["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        # Others have finalizers, too: with the version, what they wrote meanwhile is not lost.
        patch = {"resourceVersion": metadata["resourceVersion"], "finalizers": _list(live, wanted)}
        try:
            return await api.merge(PLATFORM, namespace, name, {"metadata": patch})
        except NotFoundError:
            return None
        except AlreadyExistsError:
            if attempt == _ATTEMPTS - 1:
                raise
            live = await api.get(PLATFORM, namespace, name)
    return live


def _list(platform: Manifest, wanted: bool) -> Sequence[str]:
    others = [one for one in platform["metadata"].get("finalizers", []) if one != FINALIZER]
    return [*others, FINALIZER] if wanted else others
