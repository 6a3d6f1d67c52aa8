"""Writing a platform's status: once per pass, and only if it says something new."""

from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, KIND
from omero_operator.api.v1alpha1.status import PlatformStatus
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import NotFoundError
from omero_operator.identity.kinds import PLATFORM, Manifest


async def write(api: Api, platform: Manifest, status: PlatformStatus) -> bool:
    """Write the status if it differs from the one the platform has.

    Args:
        api: Connection.
        platform: The platform as it was read at the start of the pass.
        status: What was computed.

    Returns:
        Whether anything was written. A platform that went meanwhile needs no status.
    """
    content = status.model_dump(by_alias=True, mode="json")
    if content == platform.get("status"):
        return False
    metadata = platform["metadata"]
    body = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "status": content,
    }
    try:
        await api.apply(PLATFORM, body, subresource="status")
    except NotFoundError:
        return False
    return True
