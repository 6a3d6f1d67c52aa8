"""The owner and the group that a new row gets, and what a change of them needs."""

from __future__ import annotations

from typing import Any, Final

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model.permissions import ALL_GROUPS, is_system, needed_privileges
from omero_standin.model.store import Row
from omero_standin.saving.given import id_of, kind_of

_GUEST: Final = 1
_CREATION_PRIVILEGE: Final = {
    "Experimenter": "ModifyUser",
    "ExperimenterGroup": "ModifyGroup",
    "GroupExperimenterMap": "ModifyGroupMembership",
}
# Of the types that belong to nobody, what everyone may make.
_FREE: Final = ("ExternalInfo", "Namespace")


def for_new(call: Call, given: Any, values: dict[str, Any], linked: int | None) -> tuple[int, int]:
    """Owner and group of a new row; `linked` is the group of what it refers to."""
    kind = kind_of(given)
    if is_system(kind):
        _check_system(call, kind)
        return 0, 0
    if call.user.id == _GUEST:
        raise refuse.forbidden(f"not permitted to create {kind}")
    probe = Row(kind, -1, values, call.user.id, 0, 0)
    privileged = needed_privileges(probe)[0] in call.viewer.privileges
    owner = named(given, "_owner")
    if owner not in (None, call.user.id) and not privileged:
        raise refuse.forbidden(
            f"You are not authorized to set the Experimenter for {kind} to {owner}"
        )
    group = _group(call, given, linked, privileged=privileged)
    return (call.user.id if owner is None else owner), group


def _group(call: Call, given: Any, linked: int | None, *, privileged: bool) -> int:
    kind, wanted = kind_of(given), named(given, "_group")
    member = call.viewer.member_of
    if wanted is not None:
        everywhere = call.group == ALL_GROUPS and (privileged or wanted in member)
        if wanted != call.group and not everywhere:
            raise refuse.forbidden(
                f"You are not authorized to set the ExperimenterGroup for {kind} to {wanted}"
            )
        return wanted
    group = call.group if linked is None else linked
    if group == ALL_GROUPS:
        raise refuse.forbidden(
            f"You are not authorized to create {kind}: the call's group is -1 (all groups); set "
            "omero.group to one"
        )
    if not privileged and group not in member:
        raise refuse.forbidden(f"You are not authorized to create {kind} in group {group}")
    return group


def check_change(call: Call, row: Row) -> None:
    """Refuse a change of a row that the caller may not make, or not in the group of the call."""
    if is_system(row.kind):
        if not call.rights(row).edit:
            raise refuse.forbidden(f"Updating {row} not allowed.")
        return
    if row.group not in (call.group, 1):
        raise refuse.forbidden(
            f"Currently logged into group {call.group}. Cannot alter object in group {row.group}"
        )
    if not call.rights(row).edit:
        raise refuse.forbidden(f"Updating {row} not allowed.")


def hand_over(call: Call, given: Any, row: Row) -> None:
    """Change owner and group of a row when its given details ask for it and the caller may."""
    if is_system(row.kind):
        return
    owner, group = named(given, "_owner"), named(given, "_group")
    if owner not in (None, row.owner):
        if "Chown" not in call.viewer.privileges:
            raise refuse.forbidden(
                f"You are not authorized to change the owner for {row.kind}:{row.id} from "
                f"{row.owner} to {owner}"
            )
        check_change(call, row)
        call.store.assign(row, owner=owner)
    if group not in (None, row.group):
        if group not in call.viewer.member_of and "Chgrp" not in call.viewer.privileges:
            raise refuse.forbidden(
                f"You are not authorized to change the group for {row.kind}:{row.id} from "
                f"{row.group} to {group}"
            )
        check_change(call, row)
        call.store.assign(row, group=group)


def _check_system(call: Call, kind: str) -> None:
    wanted = _CREATION_PRIVILEGE.get(kind)
    allowed = wanted in call.viewer.privileges if wanted else call.viewer.admin
    if kind not in _FREE and not allowed:
        raise refuse.forbidden(
            f"{kind} is a System-type, and may be created only through privileged APIs."
        )


def named(given: Any, part: str) -> int | None:
    """The id of the owner or the group that an object's details name."""
    held = getattr(given._details, part, None) if given._details is not None else None
    return None if held is None else id_of(held)
