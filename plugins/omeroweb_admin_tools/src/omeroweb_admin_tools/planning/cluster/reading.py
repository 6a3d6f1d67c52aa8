"""Parts of objects that may be missing: an object of the API server is plain data."""

from __future__ import annotations

from typing import Any, Final

Item = dict[str, Any]
COMPONENT: Final = "app.kubernetes.io/component"


def block(item: Any, *path: str) -> Item:
    """What is at a path; an empty one where something is missing."""
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item if isinstance(item, dict) else {}


def items(item: Any, *path: str) -> list[Item]:
    """The objects of a list at a path."""
    found = block(item, *path[:-1]).get(path[-1])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def name_of(item: Item) -> str:
    """The name of an object."""
    return str(block(item, "metadata").get("name") or "")


def component_of(item: Item) -> str:
    """The component of the site that an object belongs to."""
    return str(block(item, "metadata", "labels").get(COMPONENT) or "")


def number(value: Any) -> int:
    """A count; none where it is missing."""
    return value if isinstance(value, int) else 0
