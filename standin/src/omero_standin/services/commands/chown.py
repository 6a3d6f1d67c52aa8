"""Chown2: rows get another owner.

What goes along follows the permissions of the rows' group, as in OMERO.server's rules
(`blitz-chown-rules.xml`): annotations and ROIs only where members cannot add any, settings and
thumbnails only where nobody else sees the pixels.
"""

from __future__ import annotations

from typing import Any, Final

import omero.cmd

from omero_standin.model import schema, targets
from omero_standin.model.graph import Plan, by_name
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Row
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work

_CONTAINER_LINKS: Final = (
    "ProjectDatasetLink", "DatasetImageLink", "FolderImageLink", "FolderRoiLink", "ScreenPlateLink",
)  # fmt: skip


def chown(work: Work, request: Any) -> Any:
    """Give rows, with what their owners have in them, to another user of the group.

    Links between what is given and what stays are deleted where their ends may not differ in owner.
    """
    receiver = work.store.find("Experimenter", request.userId)
    if receiver is None:
        raise Failure("bad-user", f"there is no user {request.userId}")
    admin = "Chown" in work.privileges
    walk_from = omero.cmd.Chown2(
        {**(request.targetObjects or {})}, request.childOptions, request.dryRun, request.userId
    )
    for row in _all_of(work, request.targetUsers or (), receiver):
        walk_from.targetObjects.setdefault(row.kind, []).append(row.id)
    led = work.viewer.leader_of
    named = plans.named(work, walk_from)
    givers = {row.owner for row in named}
    _, plan = plans.made(
        work,
        walk_from,
        lambda _right, row: admin or row.group in led,
        "not permitted to change owner of",
        "give",
        follows=lambda row: row.owner in givers and _goes_along(work, row),
    )
    groups = {group.id for group in work.accounts.groups_of(receiver)}
    if not admin and not {row.group for row in plan.rows.values()} <= groups:
        raise Failure("not-in-group", "the new owner is not a member of the objects' group")
    targeted = {row.ref for row in named}
    given = [
        row
        for row in (*plan.rows.values(), *plan.inner.values())
        if row.owner in givers
        and row.owner != receiver.id
        and not is_system(row.kind)
        and (row.ref in targeted or _goes_along(work, row))
    ]
    cut = _cut(work, plan)
    if not request.dryRun:
        for link in cut:
            work.store.delete(link)
        for row in given:
            work.store.assign(row, owner=receiver.id)
    return omero.cmd.Chown2Response(by_name(given), by_name(cut))


def _goes_along(work: Work, row: Row) -> bool:
    """Whether a row goes with the one that it hangs on, in a group of these permissions."""
    level = work.accounts.level(row.group)
    if schema.is_a(row.kind, "Annotation") or row.kind in ("Roi", "Shape"):
        return level[3] == "-"
    if row.kind in ("RenderingDef", "Thumbnail"):
        return level[2] == "-"
    return True


def _cut(work: Work, plan: Plan) -> list[Row]:
    """Links that lose one end and may not stay."""
    found = []
    for link in plan.cut.values():
        level = work.accounts.level(link.group)
        if link.kind in _CONTAINER_LINKS:
            gone = level[3] != "w"
        else:
            gone = link.kind.endswith("AnnotationLink") and level[2] == "-"
        if gone:
            found.append(link)
    return found


def _all_of(work: Work, users: Any, receiver: Row) -> list[Row]:
    """Everything that the users have, as far as the caller sees it and the command takes it."""
    wanted = set(users) - {receiver.id}
    return [
        row
        for row in (work.store.everything() if wanted else ())
        if row.owner in wanted and targets.takes("Chown2", row.kind) and work.sees(row)
    ]
