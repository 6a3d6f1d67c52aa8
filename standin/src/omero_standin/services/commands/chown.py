"""Chown2: rows get another owner."""

from __future__ import annotations

from typing import Any

import omero.cmd

from omero_standin.model.graph import by_name
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Row
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work


def chown(work: Work, request: Any) -> Any:
    """Give rows, with what their owners have in them, to another user of the group.

    Links to what others keep stay as they are.
    """
    receiver = work.store.find("Experimenter", request.userId)
    if receiver is None:
        raise Failure("bad-user", f"there is no user {request.userId}")
    admin = "Chown" in work.privileges
    named = _all_of(work, request.targetUsers or (), receiver)
    walk_from = omero.cmd.Chown2(
        {**(request.targetObjects or {})}, request.childOptions, request.dryRun, request.userId
    )
    for row in named:
        walk_from.targetObjects.setdefault(row.kind, []).append(row.id)
    led = work.viewer.leader_of
    _, plan = plans.made(
        work,
        walk_from,
        lambda _right, row: admin or row.group in led,
        "not permitted to change owner of",
        "give",
        ("Roi",),
    )
    groups = {group.id for group in work.accounts.groups_of(receiver)}
    if not admin and not {row.group for row in plan.rows.values()} <= groups:
        raise Failure("not-in-group", "the new owner is not a member of the objects' group")
    givers = {row.owner for row in plans.named(work, walk_from)}
    given = [
        row
        for row in (*plan.rows.values(), *plan.inner.values())
        if row.owner in givers and row.owner != receiver.id
    ]
    if not request.dryRun:
        for row in given:
            work.store.assign(row, owner=receiver.id)
    return omero.cmd.Chown2Response(by_name(given), {})


def _all_of(work: Work, users: Any, receiver: Row) -> list[Row]:
    """Everything that the users have, as far as the caller sees it."""
    wanted = set(users) - {receiver.id}
    return [
        row
        for row in (work.store.everything() if wanted else ())
        if row.owner in wanted and not is_system(row.kind) and work.sees(row)
    ]
