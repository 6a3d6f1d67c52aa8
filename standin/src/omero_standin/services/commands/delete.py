"""Delete2."""

from __future__ import annotations

from typing import Any, Final

import omero.cmd

from omero_standin.model import schema
from omero_standin.model.graph import Plan, by_name
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work

# Orphans that are deleted whoever has them.
_UNASKED: Final = ("BasicAnnotation", "CommentAnnotation", "OriginalFile", "StatsInfo")


def delete(work: Work, request: Any) -> Any:
    """Delete rows with everything that goes with them; with `dryRun` only tell what would go."""
    if request.typesToIgnore:
        raise Failure("graph-fail", "the OMERO stand-in does not support Delete2.typesToIgnore")
    walk, plan = plans.made(
        work,
        request,
        lambda right, _row: right.delete,
        "not permitted to delete",
        "delete",
        _UNASKED,
    )
    _check_tags(work, plan)
    _check_files(work, plan)
    _check_folders(work, plan)
    gone = [*plan.inner.values(), *plan.cut.values(), *plan.rows.values()]
    if not request.dryRun:
        plans.unlink(work, walk, plan)
        for row in gone:
            work.store.delete(row)
        work.deleted.extend(gone)
    return omero.cmd.Delete2Response(by_name(gone))


def _check_tags(work: Work, plan: Plan) -> None:
    """Nobody's tag is taken from objects that the caller may not delete."""
    for link in plan.cut.values():
        tag, owner = link.values["child"], link.values["parent"]
        if tag.kind != "TagAnnotation" or tag not in plan or not schema.is_link(link.kind):
            continue
        tagged = work.store.get(*owner)
        if not work.rights(tagged).delete:
            raise Failure(
                "graph-fail",
                f"may not delete TagAnnotation[{tag.id}] while {tagged.kind}[{tagged.id}] remains",
                graph=True,
            )


def _check_folders(work: Work, plan: Plan) -> None:
    """A folder of a repository stays as long as something is in it."""
    for row in plan.rows.values():
        if row.kind != "OriginalFile" or row.values.get("mimetype") != "Directory":
            continue
        inside = work.store.holding(
            "OriginalFile", "path", f"{row.values['path'].lstrip('/')}{row.values['name']}/"
        )
        if any(
            each.values.get("repo") == row.values.get("repo") and each.ref not in plan
            for each in inside
        ):
            raise Failure("graph-fail", f"Directory not empty: OriginalFile:{row.id}", graph=True)


def _check_files(work: Work, plan: Plan) -> None:
    """Files go with their fileset only."""
    for row in plan.rows.values():
        if row.kind != "OriginalFile":
            continue
        for entry in work.store.referring("FilesetEntry", "originalFile", row.ref):
            if entry.ref not in plan:
                raise Failure(
                    "graph-fail",
                    f"may not delete OriginalFile[{row.id}] while FilesetEntry[{entry.id}] remains",
                    graph=True,
                )
