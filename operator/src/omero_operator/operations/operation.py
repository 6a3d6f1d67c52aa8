"""What an operation is: ordered steps, each of which shapes the site until it is done.

A step never acts. Its overlay says what the site looks like meanwhile, its Jobs what runs once
beside it, and the ordinary pass makes both so. The status names the step, and is written before
what the step does; everything else is read from the cluster again. So an operator that is killed
anywhere goes on where it was.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omero_operator.api.v1alpha1.release import Operation
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Observed


@dataclass(frozen=True)
class Progress:
    """What a step has to say of itself.

    Attributes:
        done: Whether the next step may begin.
        failed: Why it will never be done; empty otherwise.
        waits_for: What it waits for, for people.
        schema: Version of the database schema that it found, if it looked.
    """

    done: bool = False
    failed: str = ""
    waits_for: str = ""
    schema: str = ""


def _no_jobs(_: Context, __: Operation) -> Sequence[Manifest]:
    return ()


def _as_it_is(ctx: Context, _: Operation) -> Context:
    return ctx


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: Its name in the status.
        title: What it does, as the end of "the upgrade is ...".
        look: How far it is. Its context is the one that `overlay` made.
        overlay: The site while this step is the present one. A pure function.
        jobs: Jobs that it needs; those of the steps before stay until the operation ends.
        revocable: Whether its Jobs end when the operation goes back.
        passing: Whether its Jobs end with it; what they did must not be done twice.
        patient: Whether it may wait for ever, because the site runs and a person has to act.
    """

    name: str
    title: str
    look: Callable[[Context, Operation, Observed], Progress]
    overlay: Callable[[Context, Operation], Context] = _as_it_is
    jobs: Callable[[Context, Operation], Sequence[Manifest]] = _no_jobs
    revocable: bool = False
    passing: bool = False
    patient: bool = False


def at(steps: Sequence[Step], name: str) -> int:
    """Position of a step; that of the first where another version of the operator named it."""
    return next((index for index, step in enumerate(steps) if step.name == name), 0)


def advance(
    steps: Sequence[Step], ctx: Context, record: Operation, observed: Observed
) -> tuple[Operation, str]:
    """Go on from the present step as far as the cluster allows.

    Args:
        steps: The steps, in their order.
        ctx: Build context before any overlay.
        record: How far it was.
        observed: What the cluster shows.

    Returns:
        How far it is, with an empty `step` behind the last one; and why the present step failed,
        or nothing.
    """
    index = at(steps, record.step)
    while index < len(steps):
        step = steps[index]
        progress = step.look(step.overlay(ctx, record), record, observed)
        if progress.schema:
            record = _changed(record, schema_before=progress.schema)
        if progress.failed:
            return record, progress.failed
        if not progress.done:
            late = "" if step.patient else _late(ctx, record, observed)
            return _changed(record, message=progress.waits_for[:1024]), late
        index += 1
        record = enter(record, steps[index].name if index < len(steps) else "", observed)
    return record, ""


def enter(record: Operation, step: str, observed: Observed, **fields: str) -> Operation:
    """The record at the beginning of a step; further fields as in the record."""
    now = observed.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _changed(record, step=step, since=now, message="", **fields)


def _changed(record: Operation, **fields: str) -> Operation:
    return record.model_copy(update=fields)


def _late(ctx: Context, record: Operation, observed: Observed) -> str:
    """That a step has taken too long; nothing while it may go on."""
    minutes = ctx.spec.upgrade.step_timeout_minutes
    begun = max(datetime.datetime.fromisoformat(record.since), observed.watched_since)
    if observed.now - begun <= datetime.timedelta(minutes=minutes):
        return ""
    what = f", it waits for {record.message}" if record.message else ""
    return f"step {record.step} is not done after {minutes} min{what}"
