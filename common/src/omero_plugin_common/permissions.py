"""What a user may do with objects, asked of OMERO in batches.

OMERO decides: the answer counts group permissions, ownership, group ownership and the privileges of
administrators. Source: https://docs.openmicroscopy.org/omero/5.6/sysadmins/server-permissions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import omero.sys
from omero.rtypes import rlong, unwrap

from omero_plugin_common.errors import BadRequest, Forbidden, NotFound

# Lists in a query stay well below the 32 767 parameters of the server's database driver.
BATCH: Final = 5000
_NAMED_IDS: Final = 5

Action = Literal["read", "annotate", "edit", "delete", "link"]
_FLAGS: Final = {
    "annotate": "canAnnotate",
    "edit": "canEdit",
    "delete": "canDelete",
    "link": "canLink",
}
KINDS: Final = frozenset(
    {
        "Annotation", "Dataset", "Fileset", "Image", "OriginalFile", "Plate", "PlateAcquisition",
        "Project", "Roi", "Screen", "Well",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Access:
    """An object that the user may read.

    Args:
        id: its id.
        owner_id: of the experimenter who owns it.
        group_id: of its group; the one to set for writes.
        can: what else the user may do with it.
    """

    id: int
    owner_id: int
    group_id: int
    can: frozenset[str]

    def allows(self, action: Action) -> bool:
        """Whether the user may do this."""
        return action == "read" or action in self.can


def access(conn: Any, kind: str, ids: Iterable[int]) -> dict[int, Access]:
    """What a user may do with objects, over all groups.

    Args:
        conn: a gateway of the user.
        kind: `Image`, `Dataset`, … one of `KINDS`.
        ids: which; repeated ones count once.

    Returns:
        One entry per object that exists and that the user may read. One call of OMERO per 5000 ids.

    Raises:
        BadRequest: another kind.
    """
    if kind not in KINDS:
        raise BadRequest(f"{str(kind)[:50]!r} is not a kind of object")
    wanted = sorted(set(ids))
    options = conn.createServiceOptsDict() if hasattr(conn, "createServiceOptsDict") else {}
    options["omero.group"] = "-1"
    by_id: dict[int, Access] = {}
    for start in range(0, len(wanted), BATCH):
        parameters = omero.sys.ParametersI()
        parameters.addIds([rlong(each) for each in wanted[start : start + BATCH]])
        rows = conn.getQueryService().projection(_query(kind), parameters, options)
        for row in rows:
            values = unwrap(row[0])
            by_id[values["id"]] = Access(
                id=values["id"],
                owner_id=values["owner"],
                group_id=values["grp"],
                can=_can(values["obj_details_permissions"]),
            )
    return by_id


def require(conn: Any, kind: str, ids: Sequence[int], action: Action) -> dict[int, Access]:
    """What a user may do with objects, provided that all of them allow an action.

    Raises:
        NotFound: one does not exist, or the user may not know of it.
        Forbidden: one may be read, but not this.
        BadRequest: another kind.
    """
    by_id = access(conn, kind, ids)
    missing = [each for each in dict.fromkeys(ids) if each not in by_id]
    if missing:
        raise NotFound(f"There is no {kind} {_named(missing)} that you may see")
    refused = [each.id for each in by_id.values() if not each.allows(action)]
    if refused:
        raise Forbidden(f"You may not {action} {kind} {_named(refused)}")
    return by_id


def permitted(conn: Any, kind: str, ids: Iterable[int], action: Action) -> frozenset[int]:
    """The ids of those objects that allow an action.

    Raises:
        BadRequest: another kind.
    """
    return frozenset(each.id for each in access(conn, kind, ids).values() if each.allows(action))


def owned(conn: Any, kind: str, ids: Iterable[int]) -> frozenset[int]:
    """The ids of those objects that the user owns.

    Raises:
        BadRequest: another kind.
    """
    user = conn.getUserId()
    return frozenset(each.id for each in access(conn, kind, ids).values() if each.owner_id == user)


def by_group(objects: Iterable[Access]) -> dict[int, list[int]]:
    """Ids per group: each write goes to one group, set in the call's context."""
    groups: dict[int, list[int]] = {}
    for each in objects:
        groups.setdefault(each.group_id, []).append(each.id)
    return groups


def _query(kind: str) -> str:
    columns = (
        "obj.id as id, obj.details.owner.id as owner, obj.details.group.id as grp, "
        "obj as obj_details_permissions"
    )
    return f"select new map({columns}) from {kind} obj where obj.id in (:ids)"  # noqa: S608


def _can(flags: dict[str, Any]) -> frozenset[str]:
    return frozenset(action for action, flag in _FLAGS.items() if flags.get(flag))


def _named(ids: Sequence[int]) -> str:
    more = f" and {len(ids) - _NAMED_IDS} more" if len(ids) > _NAMED_IDS else ""
    return ", ".join(str(each) for each in ids[:_NAMED_IDS]) + more
