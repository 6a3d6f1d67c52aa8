"""Texts, ids, owners and permissions of OMERO objects, whichever way they were loaded.

They take gateway wrappers (`ImageWrapper`), model objects (`ImageI`) and plain values, and give
nothing instead of raising when something is not loaded. No plugin of ours uses them: they are for
plugins that were written for the Docker edition of this platform.
"""

from __future__ import annotations

from typing import Any


def get_text(value: Any) -> str:
    """The text of a value, of an `rstring` or of nothing (an empty text)."""
    inner = value.getValue() if hasattr(value, "getValue") else value
    return "" if inner is None else str(inner)


def get_id(thing: Any) -> int | None:
    """The id of a wrapper or of a model object; nothing for one that was never saved."""
    model = getattr(thing, "_obj", None) or thing
    if model is None:
        return None
    value: Any = getattr(model, "id", None)
    if value is None or callable(value):
        value = model.getId() if hasattr(model, "getId") else None
    value = getattr(value, "val", value)
    return int(value) if value is not None else None


def get_owner_id(thing: Any) -> int | None:
    """The id of the experimenter who owns an object; nothing when it is not loaded."""
    owner = _owner(thing)
    return None if owner is None else get_id(owner)


def get_owner_username(thing: Any) -> str:
    """The owner's login name; else the first name, else the id, else an empty text."""
    owner = _owner(thing)
    if owner is None:
        return ""
    for getter in ("getOmeName", "getName", "getFirstName"):
        if hasattr(owner, getter):
            text = get_text(getattr(owner, getter)())
            if text:
                return text
    return get_text(get_id(owner))


def is_owned_by_user(thing: Any, user_id: int | None) -> bool:
    """Whether an object belongs to a user; no when either of them is not known."""
    owner = get_owner_id(thing)
    return owner is not None and user_id is not None and owner == user_id


def has_read_write_permissions(thing: Any) -> bool:
    """Whether the connection that loaded an object may edit it.

    Asked of OMERO's own answer (`canEdit`), which counts group, ownership and privileges; the
    group's letters alone cannot tell.
    """
    for getter in ("canEdit", "canWrite"):
        if hasattr(thing, getter):
            return bool(getattr(thing, getter)())
    details = thing.getDetails() if hasattr(thing, "getDetails") else None
    permissions = details.getPermissions() if details is not None else None
    return bool(permissions is not None and permissions.canEdit())


def _owner(thing: Any) -> Any:
    details = thing.getDetails() if hasattr(thing, "getDetails") else None
    return details.getOwner() if details is not None else None
