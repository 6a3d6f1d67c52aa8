"""Who may see a row and what they may do with it.

The rules follow OMERO's four group levels: private (rw----), read-only (rwr---), read-annotate
(rwra--), read-write (rwrw--).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omero_standin.model.store import Row

# Types that everyone sees whatever group they work in: the accounts, and what belongs to nobody.
SYSTEM_TYPES: Final = frozenset({
    "Experimenter", "ExperimenterGroup", "GroupExperimenterMap", "AdminPrivilege", "Event", "Node",
})  # fmt: skip
ALL_GROUPS: Final = -1


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user of a call and the group it works in (`ALL_GROUPS` for all that it may see)."""

    user: int
    group: int
    admin: bool
    member_of: frozenset[int]
    leader_of: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rights:
    """The six rights that OMERO reports for an object."""

    annotate: bool
    delete: bool
    edit: bool
    link: bool
    chgrp: bool
    chown: bool


def may_read(viewer: Viewer, row: Row, level: str) -> bool:
    """Whether a query of this viewer finds the row.

    `level` is the permissions text of the row's group.
    """
    if row.kind in SYSTEM_TYPES:
        return True
    if viewer.group not in (ALL_GROUPS, row.group):
        return False
    if viewer.admin or row.owner == viewer.user or row.group in viewer.leader_of:
        return True
    return row.group in viewer.member_of and level[2] == "r"


def rights(viewer: Viewer, row: Row, level: str) -> Rights:
    """What the viewer may do with a row that it can read."""
    if row.kind in SYSTEM_TYPES:
        own = viewer.admin or (row.kind == "Experimenter" and row.id == viewer.user)
        return Rights(own, viewer.admin, own, own, False, False)
    strong = viewer.admin or row.owner == viewer.user or row.group in viewer.leader_of
    member = row.group in viewer.member_of
    write = strong or (member and level[3] == "w")
    annotate = write or (member and level[3] == "a")
    return Rights(
        annotate=annotate,
        delete=write,
        edit=write,
        link=write,
        chgrp=viewer.admin or row.owner == viewer.user,
        chown=viewer.admin or row.group in viewer.leader_of,
    )
