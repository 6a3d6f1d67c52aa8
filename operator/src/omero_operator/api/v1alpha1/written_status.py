"""A status as it is written: what has no value is absent.

Whoever reads a resource looks for what is there. The models give what is absent its empty value
again.
"""

from typing import Any

from omero_operator.api.v1alpha1.status import PlatformStatus

# What says nothing. Numbers and booleans do, also 0 and false.
_EMPTY: tuple[Any, ...] = ("", [], {}, None)


def as_written(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has no value.

    Conditions stay whole, because programs read them. A block in which everything is as if it had
    never been, such as that of backups on a site without any, is absent, too.

    Args:
        content: A status by the names of the resource. It may be one that another version of the
            operator wrote.

    Returns:
        The same without empty texts, lists and blocks.
    """
    told = {key: _told(value) for key, value in content.items() if key != "conditions"}
    told = {key: value for key, value in told.items() if value not in (*_EMPTY, _UNTOLD.get(key))}
    return told | ({"conditions": content["conditions"]} if content.get("conditions") else {})


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return [_told(item) for item in value]
    if not isinstance(value, dict):
        return value
    inside = {key: _told(item) for key, item in value.items()}
    return {key: item for key, item in inside.items() if item not in _EMPTY}


# A status that nobody wrote, and what its blocks tell.
NOTHING = PlatformStatus().model_dump(by_alias=True)
_UNTOLD = {key: _told(value) for key, value in NOTHING.items() if isinstance(value, dict)}
