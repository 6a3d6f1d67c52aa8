"""Which rows a new or changed row may refer to, and the group that follows from that.

As in OMERO.server's `OmeroInterceptor`: everything that hangs together is in one group, and
referring to another user's row needs the right to annotate it or to link to it.
"""

from __future__ import annotations

from typing import Final

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model.permissions import ALL_GROUPS, is_critical, is_system
from omero_standin.model.store import Row

_SHARED_GROUPS: Final = (0, 1)


def group_of_linked(call: Call, kind: str, linked: list[Row], owner: int | None) -> int | None:
    """Check the rows that a row of type `kind` refers to; their group when all groups are in use.

    None when the group of the call is to be used. `owner` is whom the given object names as its
    owner.
    """
    group = None if call.group == ALL_GROUPS else call.group
    for row in linked:
        if is_system(row.kind) or row.group in _SHARED_GROUPS:
            continue
        if group is None:
            group = row.group
        elif row.group != group:
            raise refuse.forbidden(
                f"MIXED GROUP: {kind} in group {group} cannot refer to {row.kind}:{row.id} in "
                f"group {row.group}"
            )
        _check_right(call, kind, row, owner)
    return None if call.group != ALL_GROUPS else group


def _check_right(call: Call, kind: str, row: Row, owner: int | None) -> None:
    if _needs_reading_only(kind, row.kind):
        if not call.sees(row):
            raise refuse.forbidden(f"Cannot read {row}")
        return
    rights, level = call.rights(row), call.accounts.level(row.group)
    if is_critical(call.viewer, row, level):
        # What has the same owner stays visible to that owner.
        if owner != row.owner:
            raise refuse.hidden_link(
                f"Cannot link to {row}\nCurrent user ({call.user.values['omeName']}) is an admin "
                f"or the owner of\nthe private group ({row.group}={level}). It is not allowed to\n"
                "link to users' data."
            )
        allowed = rights.edit
    elif kind.endswith("AnnotationLink") or (kind, row.kind) == ("Roi", "Image"):
        allowed = rights.annotate
    else:
        allowed = rights.link
    if not allowed:
        raise refuse.forbidden(f"Group is {level}. Cannot link to object: {row}")


def _needs_reading_only(kind: str, linked: str) -> bool:
    """Everyone may have rendering settings and thumbnails of what they see."""
    return "RenderingDef" in (kind, linked) or (kind, linked) == ("Thumbnail", "Pixels")
