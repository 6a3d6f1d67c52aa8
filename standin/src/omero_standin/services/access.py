"""What a caller may do with a row that it names by its id."""

from __future__ import annotations

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model import schema
from omero_standin.model.permissions import ALL_GROUPS, SYSTEM_GROUP
from omero_standin.model.store import Row


def readable(call: Call, kind: str, row_id: int) -> Row:
    """The row with this id; a validation error when the caller sees none."""
    row = call.store.find(kind, row_id)
    if row is None or not call.sees(row):
        raise refuse.invalid(f"there is no {kind} with id {row_id} that the caller may see")
    return row


def loaded(call: Call, kind: str, row_id: int) -> Row:
    """The row with this id, as Hibernate loads it.

    A validation error when there is none, a security violation when the caller may not see it.
    """
    row = call.store.find(kind, row_id)
    if row is None:
        raise refuse.invalid(
            f"No row with the given identifier exists: [{schema.java_name(kind)}#{row_id}]"
        )
    need_sight(call, row)
    return row


def need_sight(call: Call, row: Row) -> None:
    """Refuse a row that is named by its id and that the caller may not see."""
    # The server lets everybody load what is in the group `system`, though queries do not find it.
    if row.group != SYSTEM_GROUP and not call.sees(row):
        raise refuse.forbidden(f"Cannot read {row}")


def editable(call: Call, kind: str, row_id: int) -> Row:
    """The row with this id; a security violation when the caller may only look at it."""
    row = readable(call, kind, row_id)
    need_edit(call, row)
    return row


def need_edit(call: Call, row: Row) -> None:
    """Refuse a caller that may not change a row."""
    if not call.rights(row).edit:
        raise refuse.forbidden(
            f"user {call.user.values['omeName']} may not change {row.kind}:{row.id}"
        )


def working_group(call: Call) -> int:
    """The group in which new rows of this call belong: with all groups chosen, the session's."""
    return call.session.group if call.group == ALL_GROUPS else call.group
