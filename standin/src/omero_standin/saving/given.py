"""What a client's Ice object says, as plain Python."""

from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.model import schema


def kind_of(given: Any) -> str:
    """The model type of an object."""
    return str(given.ice_id().rpartition("::")[2])


def id_of(given: Any) -> int | None:
    """The id; none for an object that was never saved."""
    held = given._id
    return None if held is None else int(held.val)


def is_loaded(given: Any) -> bool:
    """Whether it is more than a reference."""
    return bool(given.loaded)


def plain_value(given: Any, member: schema.Member) -> Any:
    """The value of a member that is neither a reference nor a collection."""
    held = getattr(given, f"_{member.name}")
    if held is None:
        return None
    if member.shape is schema.Shape.SCALAR:
        return _scalar(given, member, held)
    if member.shape is schema.Shape.UNIT:
        return (held.getValue(), str(held.getUnit()))
    if member.shape is schema.Shape.NAMED_VALUES:
        return [(each.name, each.value) for each in held if each is not None]
    return bytes(held)


def _scalar(given: Any, member: schema.Member, held: Any) -> Any:
    value = list(held) if isinstance(held, list) else held.val
    if isinstance(value, str) and "\0" in value:
        raise refuse.invalid(f"{kind_of(given)}.{member.name}: a text cannot hold the character 0")
    return value


def collection(given: Any, name: str) -> list[Any] | None:
    """The elements of a collection; none when it is not loaded."""
    if not getattr(given, f"_{name}Loaded"):
        return None
    return [each for each in getattr(given, f"_{name}Seq") if each is not None]
