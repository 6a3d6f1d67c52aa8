"""From a graph request to the plan of what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from omero.constants.namespaces import NSCOMPANIONFILE, NSMEASUREMENT

from omero_standin.model import graph, schema, targets
from omero_standin.model.graph import Graph, GraphError, Option, Plan, kind_of
from omero_standin.model.permissions import Rights
from omero_standin.model.store import Row
from omero_standin.services.commands.work import Failure, Work

# Namespaces of annotations that no option concerns unless it says otherwise.
_NOT_BY_DEFAULT: Final = frozenset({NSCOMPANIONFILE, NSMEASUREMENT})
MayTake = Callable[[Rights, Row], bool]


def options(request: Any) -> list[Option]:
    """The child options of a request."""
    return [
        Option(
            tuple(kind_of(each) for each in option.includeType or ()),
            tuple(kind_of(each) for each in option.excludeType or ()),
            *_namespaces(option),
        )
        for option in request.childOptions or ()
    ]


def _namespaces(option: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Namespaces to include and to exclude. Over Ice, a list that was left out arrives empty."""
    only, but = frozenset(option.includeNs or ()), frozenset(option.excludeNs or ())
    if not option.includeType and not option.excludeType:
        raise Failure("graph-fail", "child option must include or exclude some type")
    if only and but:
        raise Failure("graph-fail", "child option may not both include and exclude namespace")
    return only, but if only or but else _NOT_BY_DEFAULT


def named(work: Work, request: Any) -> list[Row]:
    """The rows that a request targets."""
    for name in request.targetObjects or {}:
        kind = schema.named(name)
        command = type(request).__name__
        if kind is not None and targets.legal(command) and not targets.takes(command, kind):
            raise Failure("bad-target", f"cannot target {kind}")
    try:
        return graph.targets(work.store, request.targetObjects or {}, work.sees)
    except GraphError as error:
        raise Failure("graph-fail", str(error), graph=True) from error


def made(
    work: Work,
    request: Any,
    may: MayTake,
    refusal: str,
    verb: str,
    unasked: tuple[str, ...] = (),
    follows: Callable[[Row], bool] = lambda _row: True,
    together: tuple[str, ...] = ("fileset",),
) -> tuple[Graph, Plan]:
    """The plan of a request.

    `may` picks the right that targets need, `refusal` begins the message for those that lack it.
    Orphans of the types in `unasked` need no right, those that do not `follows` stay.
    Images with the same row in a member of `together` go together.
    """

    def allowed(row: Row) -> bool:
        return may(work.rights(row), row)

    found = named(work, request)
    if denied := [row for row in found if not allowed(row)]:
        names = ", ".join(f"{schema.java_name(row.kind)}[{row.id}]" for row in denied)
        raise Failure("graph-fail", f"{refusal} {names}", graph=True)
    walk = Graph(work.store, options(request), allowed, unasked, follows, together)
    try:
        plan = walk.plan(found)
        walk.check_whole(plan, verb)
    except GraphError as error:
        raise Failure("graph-fail", str(error), graph=True) from error
    return walk, plan


def unlink(work: Work, walk: Graph, plan: Plan) -> None:
    """Rows that stay no longer refer to rows that go."""
    for row, member in list(walk.loose_ends(plan)):
        work.store.update(row, **{member: None})
