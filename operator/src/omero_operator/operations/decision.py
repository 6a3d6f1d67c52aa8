"""What a pass makes of `spec.version`: which release is in force, and which step an upgrade is at.

Pure: the same specification, status and cluster give the same decision. Where it differs from the
status, the status is written before anything else, so that no write of a step comes before the
record of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from omero_operator.api.v1alpha1.release import Operation, Release
from omero_operator.desired import start_order
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import Manifest
from omero_operator.operations import major, memo_files, operation, upgrade
from omero_operator.operations.catalogue import Catalogue
from omero_operator.operations.operation import Step
from omero_operator.state.observed import Observed

_RETREAT = tuple(step.name for step in upgrade.RETREAT)


@dataclass(frozen=True)
class Decision:
    """What is so from this pass on.

    Attributes:
        release: The release in force.
        operation: What goes on, or was done last.
    """

    release: Release
    operation: Operation

    def shape(self, ctx: Context) -> Context:
        """The context of this pass; its images are those of the release before."""
        record = self.operation
        return _steps(record)[_at(record)].overlay(ctx, record) if record.active else ctx

    @property
    def returns(self) -> bool:
        """Whether what was changed goes back to what it was."""
        return self.operation.active and self.operation.step in _RETREAT

    def jobs(self, ctx: Context) -> Sequence[Manifest]:
        """Jobs of the present step and of those before it, or after the end.

        The context has no overlay.
        """
        found = _jobs if self.operation.active else memo_files.jobs
        return list(found(ctx, self.operation))


def recorded(status: Manifest) -> Operation:
    """The operation that the status of the last pass names."""
    found = status.get("operation") or {}
    known = {info.alias or name: name for name, info in Operation.model_fields.items()}
    return Operation(**{known[key]: value for key, value in found.items() if key in known})


def decide(
    ctx: Context,
    observed: Observed,
    catalogue: Catalogue,
    generation: int,
    restarts: Callable[[], Sequence[str]] = tuple,
) -> Decision:
    """Decide.

    Args:
        ctx: Build context with the images of the release in force.
        observed: What the cluster shows, with that release.
        catalogue: Known releases.
        generation: That of the specification, by which two attempts differ.
        restarts: Says which components have other pods in the new release, beside their images.
    """
    record, now = recorded(observed.status), observed.release
    if record.active:
        return _go_on(ctx, record, now, observed)
    asked, target = ctx.spec.version or now.version, _wish(ctx, now, catalogue)
    if asked == now.version and target is None:
        # What was refused or rolled back is forgotten: the next wish is a new attempt.
        return Decision(now, record if record.outcome in ("", "Done") else Operation())
    if target is None or (record.target == asked and record.outcome not in ("", "Done")):
        return Decision(now, record)
    if not start_order.was_started(ctx, "server", observed):
        # A site that never ran has nothing to lose.
        return Decision(target.model_copy(update={"claims": {}}), Operation())
    if ctx.spec.hibernated:
        return Decision(now, record)
    fresh = Operation(
        id=digest([ctx.uid, now.version, asked, generation], 8),
        kind="upgrade",
        origin=now.version,
        target=asked,
        images=dict(target.images),
        restarts=list(restarts()),
        server_before=ctx.images.server,
    )
    first = operation.enter(fresh, upgrade.STEPS[0].name, observed)
    return _go_on(ctx, first, now, observed)


def _go_on(ctx: Context, record: Operation, now: Release, observed: Observed) -> Decision:
    if ctx.spec.hibernated:
        # Its pods sleep, and so does the time of its step.
        return Decision(now, record.model_copy(update={"since": ""}))
    if not record.since:
        record = operation.enter(record, record.step, observed)
    if record.outcome == "Stopped":
        return _of_stopped(ctx, record, now, observed)
    if record.step in _RETREAT:
        return Decision(now, _of_retreat(ctx, record, observed))
    if ctx.spec.version == record.origin != record.target:
        return Decision(now, _halt(ctx, record, "spec.version was set back", observed))
    after, failed = operation.advance(upgrade.STEPS, ctx, record, observed)
    if failed:
        return Decision(now, _halt(ctx, after, failed, observed))
    if not after.step:
        return _finished(ctx, after, now)
    return Decision(now, after)


def _finished(ctx: Context, record: Operation, now: Release) -> Decision:
    done = record.model_copy(update={"outcome": "Done", "failure": "", "failed_step": ""})
    claims = {**now.claims, **major.copies(ctx, record)}
    release = Release(version=record.target, images=dict(record.images), claims=claims)
    return Decision(release, done)


def _halt(ctx: Context, record: Operation, why: str, observed: Observed) -> Operation:
    """The way back from a step that failed."""
    said = {"failure": why[:1024], "failed_step": record.step}
    index = operation.at(upgrade.STEPS, record.step)
    if index < operation.at(upgrade.STEPS, upgrade.FIRST_STOP):
        return record.model_copy(update={**said, "outcome": "Refused", "message": ""})
    # On new volumes the schema is that of the copies; the old volumes are as they were.
    copied = major.copies(ctx, record)
    first = upgrade.SERVER_STARTED if copied else upgrade.SCHEMA_CHANGES
    ran = index >= operation.at(upgrade.STEPS, first)
    return operation.enter(record, "look" if ran else "return", observed, **said)


def _of_retreat(ctx: Context, record: Operation, observed: Observed) -> Operation:
    after, failed = operation.advance(upgrade.RETREAT, ctx, record, observed)
    if failed:
        why = f"{record.failure}; {failed}"[:1024]
        fields = {"outcome": "Stopped", "failure": why}
        return operation.enter(after, record.failed_step, observed, **fields)
    if not after.step:
        return after.model_copy(update={"outcome": "RolledBack", "message": ""})
    return after


def _of_stopped(ctx: Context, record: Operation, now: Release, observed: Observed) -> Decision:
    """Whether a person has cured what the upgrade stopped at; then it goes on."""
    after, failed = operation.advance(upgrade.STEPS, ctx, record, observed)
    if failed or after.step == record.step:
        return Decision(now, record)
    going = after.model_copy(update={"outcome": "", "failure": "", "failed_step": ""})
    return Decision(now, going) if going.step else _finished(ctx, going, now)


def _steps(record: Operation) -> Sequence[Step]:
    return upgrade.RETREAT if record.step in _RETREAT else upgrade.STEPS


def _at(record: Operation) -> int:
    return operation.at(_steps(record), record.step)


def _jobs(ctx: Context, record: Operation) -> Iterator[Manifest]:
    retreats = record.step in _RETREAT
    last = operation.at(upgrade.STEPS, record.failed_step if retreats else record.step)
    done = [*upgrade.STEPS[: last + 1], *(upgrade.RETREAT[: _at(record) + 1] if retreats else ())]
    for step in done:
        if (retreats and step.revocable) or (step.passing and step.name != record.step):
            continue
        yield from step.jobs(step.overlay(ctx, record), record)


def target_release(ctx: Context, now: Release, catalogue: Catalogue) -> Release:
    """The release that the site would have when everything that is asked for is done."""
    return _wish(ctx, now, catalogue) or now


def _wish(ctx: Context, now: Release, catalogue: Catalogue) -> Release | None:
    """What `spec.version` asks for; None where that is unknown, or what the site has.

    A site whose PostgreSQL was of an older major version than its release's, because
    `spec.images.postgres` named it, asks for the release's when the field is gone.
    """
    asked = catalogue.find(ctx.spec.version or now.version)
    if asked is None:
        return None
    if asked.version != now.version:
        return Release(version=asked.version, images=dict(asked.images), claims=now.claims)
    if not now.behind or ctx.spec.images.postgres:
        return None
    images = {**now.images, "postgres": asked.images["postgres"]}
    return now.model_copy(update={"images": images, "behind": False})
