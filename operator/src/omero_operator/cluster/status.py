"""Writing a platform's status: once per pass, and only if it says something new."""

from typing import Any

from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, KIND
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import NotFoundError
from omero_operator.identity.kinds import PLATFORM, Manifest


async def write(api: Api, platform: Manifest, content: Manifest) -> bool:
    """Write the status if it differs from the one the platform has.

    Args:
        api: Connection.
        platform: The platform as it was read at the start of the pass.
        content: What was computed.

    Returns:
        Whether anything was written. A platform that went meanwhile needs no status.
    """
    live = platform.get("status", {})
    if _lacks(live, content):
        # New, or the definition is of an older version, whose server refuses what it does not know.
        schema = await api.schema(PLATFORM)
        if schema is not None:
            content = _known(schema["properties"]["status"], content)
    if not _differs(live, content):
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


def _lacks(live: Any, content: Any) -> bool:
    """Whether a field of the content is absent from what is there."""
    if isinstance(content, dict) and isinstance(live, dict):
        return any(key not in live or _lacks(live[key], value) for key, value in content.items())
    if isinstance(content, list) and isinstance(live, list):
        return any(_lacks(*pair) for pair in zip(live, content, strict=False))
    return False


def _differs(live: Any, content: Any) -> bool:
    """Whether something of the content is not so; what others have added does not matter."""
    if isinstance(content, dict) and isinstance(live, dict):
        return any(key not in live or _differs(live[key], value) for key, value in content.items())
    if isinstance(content, list) and isinstance(live, list):
        if content and all(isinstance(item, dict) and "type" in item for item in content):
            by_type = {item.get("type"): item for item in live}
            return any(_differs(by_type.get(item["type"]), item) for item in content)
        return len(live) != len(content) or any(
            _differs(*pair) for pair in zip(live, content, strict=True)
        )
    return bool(live != content)


def _known(schema: Manifest, content: Any) -> Any:
    """The content without fields that the schema does not have."""
    if isinstance(content, dict) and "properties" in schema:
        return {
            key: _known(schema["properties"][key], value)
            for key, value in content.items()
            if key in schema["properties"]
        }
    if isinstance(content, list) and "items" in schema:
        return [_known(schema["items"], item) for item in content]
    return content
