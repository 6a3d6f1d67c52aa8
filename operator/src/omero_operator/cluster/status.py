"""Writing a platform's status: once per pass, and only if it says something new.

What has no value is absent, so a value can also end. Server-side apply takes away what its manager
applied before and does not apply now. What is left then was written by another manager, such as a
tool that restored the status of a backup, or filled in by the API server under an older definition.
The operator would read it as its own memory, so it is taken away by a patch. Values that the
present definition fills in are no difference: they come back at every read.
"""

from collections.abc import Sequence
from typing import Any

from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, KIND
from omero_operator.api.v1alpha1.written_status import NOTHING, as_written
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
    content = as_written(content)
    schema: Manifest | None = {}
    if _lacks(live, content) or _ended(live, content, {}):
        # Something begins or ends, or the definition is of an older version: its server refuses
        # what it does not know, and fills in what is absent.
        whole = await api.schema(PLATFORM)
        schema = None if whole is None else whole["properties"]["status"]
        content = _known(schema or {}, content)
    if not (_differs(live, content) or _ended(live, content, schema)):
        return False
    metadata = platform["metadata"]
    body = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "status": content,
    }
    try:
        answer = await api.apply(PLATFORM, body, subresource="status")
        if rest := _ended(answer.get("status", {}), content, schema):
            where = (metadata["namespace"], metadata["name"])
            await api.merge(PLATFORM, *where, {"status": rest}, subresource="status")
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


def _ended(
    live: Manifest, content: Manifest, schema: Manifest | None, known: Manifest = NOTHING
) -> Manifest:
    """The merge patch that takes away what the content does not have any more.

    Args:
        live: What is there.
        content: What is to be there.
        schema: The API server's, whose defaults do not count; None where it gives none.
        known: The fields that are the operator's; where it is empty, all are. What others have
            added beside them stays.
    """
    patch: Manifest = {}
    for key, value in live.items():
        if key == "conditions" or (known and key not in known):
            continue
        inside = None if schema is None else schema.get("properties", {}).get(key, {})
        now = content.get(key)
        if now is None:
            if not _filled_in(value, inside):
                patch[key] = None
        elif isinstance(value, dict):
            if rest := _ended(value, now, inside, known.get(key) or {}):
                patch[key] = rest
        elif isinstance(value, list) and _items_have_more(value, now, inside):
            patch[key] = now
    return patch


def _items_have_more(live: Sequence[Any], content: Sequence[Any], schema: Manifest | None) -> bool:
    """Whether an item has a field that it is not to have any more."""
    inside = None if schema is None else schema.get("items", {})
    return any(
        isinstance(old, dict) and _ended(old, new, inside, {})
        for old, new in zip(live, content, strict=False)
    )


def _filled_in(value: Any, schema: Manifest | None) -> bool:
    """Whether the API server may have made this value of nothing."""
    if schema is None:
        return _is_blank(value)
    return "default" in schema and bool(schema["default"] == value)


def _is_blank(value: Any) -> bool:
    return all(map(_is_blank, value.values())) if isinstance(value, dict) else not value


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
