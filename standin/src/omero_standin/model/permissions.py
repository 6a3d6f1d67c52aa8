"""Who may see a row and what they may do with it.

The rules are those of OMERO.server's `BasicACLVoter` and of its documentation's permissions tables
(https://omero.readthedocs.io/en/stable/sysadmins/server-permissions.html), for the four group
levels: private (rw----), read-only (rwr---), read-annotate (rwra--), read-write (rwrw--).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from omero_standin.binary.folder import REPOSITORIES, SCRIPTS
from omero_standin.model import schema, targets
from omero_standin.model.store import Row

# Beside the enumerations, the types that everyone sees whatever group they work in: the accounts,
# and what belongs to nobody.
SYSTEM_TYPES: Final = frozenset({
    "Experimenter", "ExperimenterGroup", "GroupExperimenterMap", "AdminPrivilege", "Event",
    "EventLog", "ExternalInfo", "Node", "DBPatch", "Session", "Share", "ShareMember", "Namespace",
})  # fmt: skip
ALL_GROUPS: Final = -1
# The groups `system` and `user`, whose rows everyone may read and link to, and the user `guest`.
SYSTEM_GROUP: Final = 0
_USER_GROUP: Final = 1
_GUEST: Final = 1
PRIVILEGES: Final = (
    "Chgrp", "Chown", "DeleteFile", "DeleteManagedRepo", "DeleteOwned", "DeleteScriptRepo",
    "ModifyGroup", "ModifyGroupMembership", "ModifyUser", "ReadSession", "Sudo", "WriteFile",
    "WriteManagedRepo", "WriteOwned", "WriteScriptRepo",
)  # fmt: skip
_SYSTEM_PRIVILEGE: Final = {
    "Experimenter": "ModifyUser",
    "ExperimenterGroup": "ModifyGroup",
    "GroupExperimenterMap": "ModifyGroupMembership",
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user of a call and the group it works in (`ALL_GROUPS` for all that it may see)."""

    user: int
    group: int
    admin: bool
    member_of: frozenset[int]
    leader_of: frozenset[int]
    privileges: frozenset[str] = frozenset()
    # Whom a sudo session really belongs to, else the user.
    real_user: int = -1


@dataclass(frozen=True, slots=True)
class Rights:
    """The six rights that OMERO reports for an object."""

    annotate: bool
    delete: bool
    edit: bool
    link: bool
    chgrp: bool
    chown: bool


@cache
def is_system(kind: str) -> bool:
    """Whether rows of a type belong to nobody and are seen by everyone."""
    return kind in SYSTEM_TYPES or schema.is_enumeration(kind)


def may_read(viewer: Viewer, row: Row, level: str) -> bool:
    """Whether a query of this viewer finds the row.

    `level` is the permissions text of the row's group.
    """
    if is_system(row.kind):
        return row.kind != "Session" or _may_read_session(viewer, row)
    if row.group == _USER_GROUP:
        return True
    if viewer.group not in (ALL_GROUPS, row.group):
        return False
    if viewer.admin or row.owner == viewer.user or row.group in viewer.leader_of:
        return True
    return row.group in viewer.member_of and level[2] == "r"


def sight(viewer: Viewer, level: Callable[[int], str]) -> Callable[[Row], bool]:
    """`may_read` for many rows; `level` gives a group's permissions text."""
    # Per group: all rows, none, or the viewer's own.
    seen: dict[int, bool | None] = {}

    def group_seen(row: Row) -> bool | None:
        if viewer.group not in (ALL_GROUPS, row.group):
            return row.group == _USER_GROUP
        all_rows = viewer.admin or row.group in viewer.leader_of or row.group == _USER_GROUP
        member = row.group in viewer.member_of and level(row.group)[2] == "r"
        return True if all_rows or member else None

    def sees(row: Row) -> bool:
        if is_system(row.kind):
            return row.kind != "Session" or _may_read_session(viewer, row)
        if row.group not in seen:
            seen[row.group] = group_seen(row)
        found = seen[row.group]
        return row.owner == viewer.user if found is None else found

    return sees


def _may_read_session(viewer: Viewer, row: Row) -> bool:
    """Of sessions, one sees one's own, also as the one who became another user."""
    held = row.values.get("sudoer") or row.values.get("owner")
    mine = held is not None and held.id in (viewer.user, viewer.real_user)
    return mine or "ReadSession" in viewer.privileges


def rights(viewer: Viewer, row: Row, level: str) -> Rights:
    """What the viewer may do with a row that it can read.

    An administrator or group owner may not hang anything on others' rows in a private group:
    the owner would not see it.
    """
    if is_system(row.kind):
        own = _system_privilege(viewer, row)
        return Rights(True, own, own, True, False, False)
    if viewer.user == _GUEST:
        return Rights(False, False, False, False, False, False)
    owner = row.owner == viewer.user
    leader = row.group in viewer.leader_of
    member = row.group in viewer.member_of
    write_privilege, delete_privilege = needed_privileges(row)
    # In the group `user` nobody but the owner has rights by membership.
    shared = level if row.group != _USER_GROUP else "rw----"
    standard = leader or owner or (member and shared[3] == "w")
    edit = standard or write_privilege in viewer.privileges
    link = edit or row.group in (SYSTEM_GROUP, _USER_GROUP)
    critical = is_critical(viewer, row, level)
    return Rights(
        annotate=(link or (member and shared[3] == "a")) and not critical,
        delete=standard or delete_privilege in viewer.privileges,
        edit=edit,
        link=link and not critical,
        chgrp=(owner or "Chgrp" in viewer.privileges) and targets.takes("Chgrp2", row.kind),
        chown=(leader or "Chown" in viewer.privileges) and targets.takes("Chown2", row.kind),
    )


def is_critical(viewer: Viewer, row: Row, level: str) -> bool:
    """Whether the row is somebody else's in a private group that the viewer is above of."""
    return (
        row.group != _USER_GROUP
        and level[2] != "r"
        and (viewer.admin or row.group in viewer.leader_of)
        and row.owner != viewer.user
    )


def needed_privileges(row: Row) -> tuple[str, str]:
    """The administrator privileges to write and to delete another user's row."""
    if row.kind != "OriginalFile":
        return "WriteOwned", "DeleteOwned"
    if not row.values.get("repo"):
        return "WriteFile", "DeleteFile"
    if row.values["repo"] == REPOSITORIES[SCRIPTS]:
        return "WriteScriptRepo", "DeleteScriptRepo"
    return "WriteManagedRepo", "DeleteManagedRepo"


def _system_privilege(viewer: Viewer, row: Row) -> bool:
    wanted = _SYSTEM_PRIVILEGE.get(row.kind)
    return wanted in viewer.privileges if wanted else viewer.admin
