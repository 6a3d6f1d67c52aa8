"""FindParents, FindChildren, SkipHead and LegalGraphTargets: moving about in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import omero.cmd

from omero_standin.model import schema, targets
from omero_standin.model.graph import Graph, Option, by_name, kind_of
from omero_standin.model.store import Ref, Row
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Failure, Work


def legal_targets(_work: Work, request: Any) -> Any:
    """The full names of the types that a command of this kind takes."""
    name = type(request.request).__name__
    # SkipHead takes what the command takes that it starts further down.
    inner = type(getattr(request.request, "request", None)).__name__
    legal = targets.legal(inner if name == "SkipHead" else name)
    if legal is None:
        raise Failure("bad-request", f"{name} is no graph request")
    return omero.cmd.LegalGraphTargetsResponse([schema.java_name(kind) for kind in legal])


def find_parents(work: Work, request: Any) -> Any:
    """The rows of some types above the targets."""
    walk = Graph(work.store, (), lambda _row: True)
    found = _search(work, request, walk.parents, request.typesOfParents)
    return omero.cmd.FoundParents(by_name(found))


def find_children(work: Work, request: Any) -> Any:
    """The rows of some types below the targets."""
    walk = Graph(work.store, (), lambda _row: True)
    found = _search(work, request, walk.children, request.typesOfChildren)
    return omero.cmd.FoundChildren(by_name(found))


def skip_head(work: Work, request: Any) -> Any:
    """Carry out a request on rows of some types below the targets."""
    inner = request.request
    walk = Graph(work.store, (), lambda _row: True)
    kinds = tuple(kind_of(name) for name in request.startFrom)
    found = _below(plans.named(work, request), walk.children, kinds, (), plans.options(request))
    inner.targetObjects = by_name(row for row in found if work.sees(row))
    inner.dryRun = inner.dryRun or request.dryRun
    return work.carry_out(inner)


def _search(
    work: Work, request: Any, step: Callable[[Row], Iterable[Row]], names: Iterable[str]
) -> list[Row]:
    kinds = tuple(kind_of(name) for name in names)
    stop = tuple(kind_of(name) for name in request.stopBefore or ())
    # What lies beyond a row that is sought is sought as well.
    found = _below(plans.named(work, request), step, kinds, stop, (), beyond=True)
    return [row for row in found if work.sees(row)]


def _below(
    rows: list[Row],
    step: Callable[[Row], Iterable[Row]],
    kinds: tuple[str, ...],
    stop: tuple[str, ...],
    options: Iterable[Option],
    *,
    beyond: bool = False,
) -> Iterator[Row]:
    seen: set[Ref] = {row.ref for row in rows}
    waiting = list(rows)
    while waiting:
        for row in step(waiting.pop()):
            left_out = any(schema.is_a(row.kind, kind) for kind in stop) or any(
                option.decides(row) is False for option in options
            )
            if row.ref in seen or left_out:
                continue
            seen.add(row.ref)
            sought = any(schema.is_a(row.kind, kind) for kind in kinds)
            if sought:
                yield row
            if beyond or not sought:
                waiting.append(row)
