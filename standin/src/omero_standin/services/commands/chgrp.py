"""Chgrp2: rows move to another group."""

from __future__ import annotations

from typing import Any, Final

import omero.cmd

from omero_standin.model import schema
from omero_standin.model.graph import Graph, Plan, by_name
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Ref, Row
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work

# What images share must move with all of them.
_TOGETHER: Final = ("fileset", "instrument", "imagingEnvironment", "stageLabel", "experiment")


def chgrp(work: Work, request: Any) -> Any:
    """Move rows with everything that goes with them; links to what stays are deleted.

    Others' comments are deleted with their last link, and in a private group nobody keeps settings,
    thumbnails or ROIs of what others have (`blitz-chgrp-rules.xml`).
    """
    admin = "Chgrp" in work.privileges
    if work.store.find("ExperimenterGroup", request.groupId) is None:
        raise Failure("bad-group", f"there is no group {request.groupId}")
    if request.groupId not in work.viewer.member_of and not admin:
        raise Failure("not-in-group", "not a member of the chgrp destination group")
    walk, plan = plans.made(
        work,
        request,
        lambda _right, row: admin or row.owner == work.user.id,
        "does not own",
        "move",
        ("Roi",),
        together=_TOGETHER,
    )
    to_private = work.accounts.level(request.groupId)[2] != "r"
    doomed = _hidden(work, plan) if to_private else {}
    doomed |= {row.ref: row for row in _comments(work, walk, plan)}
    moved = [
        row
        for row in (*plan.rows.values(), *plan.inner.values())
        if row.group != request.groupId and not is_system(row.kind) and row.ref not in doomed
    ]
    cut = [*plan.cut.values(), *doomed.values()] if moved else []
    if not request.dryRun and moved:
        plans.unlink(work, walk, plan)
        for row in cut:
            work.store.delete(row)
        for row in moved:
            work.store.assign(row, group=request.groupId)
        work.deleted.extend(cut)
    return omero.cmd.Chgrp2Response(by_name(moved), by_name(cut))


def _comments(work: Work, walk: Graph, plan: Plan) -> list[Row]:
    """Basic annotations and comments that lose their last link."""
    found = {link.values["child"] for link in plan.cut.values() if link.values["parent"] in plan}
    rows = [work.store.get(*ref) for ref in found if ref not in plan]
    return [
        row
        for row in rows
        if any(schema.is_a(row.kind, kind) for kind in ("BasicAnnotation", "CommentAnnotation"))
        and walk.is_orphan(row, plan)
    ]


def _hidden(work: Work, plan: Plan) -> dict[Ref, Row]:
    """What others have on the images, with its parts."""
    others = []
    for row in plan.rows.values():
        member = {"RenderingDef": "pixels", "Thumbnail": "pixels", "Roi": "image"}.get(row.kind)
        held = row.values.get(member) if member else None
        if held is not None and work.store.get(*held).owner != row.owner:
            others.append(row)
    parts = Graph(work.store, (), lambda _row: True).plan(others)
    return {ref: row for ref, row in {**parts.rows, **parts.inner}.items() if ref in plan}
