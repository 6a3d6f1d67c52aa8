"""Chgrp2: rows move to another group."""

from __future__ import annotations

from typing import Any

import omero.cmd

from omero_standin.model.graph import by_name
from omero_standin.model.permissions import is_system
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work


def chgrp(work: Work, request: Any) -> Any:
    """Move rows with everything that goes with them; links to what stays are deleted."""
    groups = work.viewer.member_of
    admin = "Chgrp" in work.privileges
    if work.store.find("ExperimenterGroup", request.groupId) is None:
        raise Failure("bad-group", f"there is no group {request.groupId}")
    if request.groupId not in groups and not admin:
        raise Failure("not-in-group", "not a member of the chgrp destination group")
    walk, plan = plans.made(
        work, request, lambda right, _row: right.chgrp, "does not own", "move", ("Roi",)
    )
    moved = [
        row
        for row in (*plan.rows.values(), *plan.inner.values())
        if row.group != request.groupId and not is_system(row.kind)
    ]
    cut = list(plan.cut.values()) if moved else []
    if not request.dryRun and moved:
        plans.unlink(work, walk, plan)
        for row in cut:
            work.store.delete(row)
        for row in moved:
            work.store.assign(row, group=request.groupId)
    return omero.cmd.Chgrp2Response(by_name(moved), by_name(cut))
