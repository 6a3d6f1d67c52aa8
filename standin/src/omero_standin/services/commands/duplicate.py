"""Duplicate: copies of rows with what is below them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import omero.cmd

from omero_standin.model import schema
from omero_standin.model.graph import Graph, by_name, kind_of
from omero_standin.model.store import Ref, Row
from omero_standin.services.access import working_group
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Work


def duplicate(work: Work, request: Any) -> Any:
    """Copy the targets and everything below, except what is to be ignored or only referred to.

    The copies belong to the caller, in the group of the call. Pixels and files are copied as well.
    """
    walk = Graph(work.store, plans.options(request), lambda _row: True)
    plan = walk.plan(plans.named(work, request), orphans_only=False)
    wanted = [
        row
        for row in (*plan.rows.values(), *plan.inner.values(), *plan.cut.values())
        if _is_copied(row, request)
    ]
    # A link that only ends in the copied part belongs to another whole.
    wanted = [row for row in wanted if row.ref not in plan.cut or row.values["parent"] in plan]
    if request.dryRun:
        return omero.cmd.DuplicateResponse(by_name(wanted))
    ignored = {
        row.ref for row in plan.rows.values() if _named(row.kind, request.typesToIgnore or ())
    }
    copies = _copies(work, wanted, ignored)
    return omero.cmd.DuplicateResponse(by_name(copies))


def _copies(work: Work, originals: list[Row], ignored: set[Ref]) -> list[Row]:
    group = working_group(work)
    made: dict[Ref, Row] = {}
    for row in originals:
        plain = {k: v for k, v in row.values.items() if not isinstance(v, Ref)}
        made[row.ref] = work.store.insert(row.kind, plain, owner=work.user.id, group=group)
    copies = []
    for row in originals:
        refs = {
            name: made[value].ref if value in made else value
            for name, value in row.values.items()
            if isinstance(value, Ref) and value not in ignored
        }
        copy = made[row.ref]
        if schema.is_link(row.kind) and len(refs) < 2:
            work.store.delete(copy)
            continue
        work.store.update(copy, **refs)
        work.kernel.data.copy(row, copy)
        copies.append(copy)
    return copies


def _is_copied(row: Row, request: Any) -> bool:
    if _named(row.kind, (*(request.typesToIgnore or ()), *(request.typesToReference or ()))):
        return _named(row.kind, request.typesToDuplicate or ())
    return True


def _named(kind: str, names: Iterable[str]) -> bool:
    """Whether a type is one of the named ones; `IAnnotationLink` stands for all such links."""
    return any(
        kind.endswith("AnnotationLink")
        if name.endswith("IAnnotationLink")
        else schema.is_a(kind, kind_of(name))
        for name in names
    )
