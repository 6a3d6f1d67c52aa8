"""Another major version of PostgreSQL: the databases are copied to new volumes, the old ones kept.

The copies are part of an upgrade. Their claims are named by it, so no attempt ever sees the files
of another one. `status.release.claims` says which claims are in use since.
"""

import re
from collections.abc import Iterator, Sequence

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1.release import Operation
from omero_operator.desired import parts, plan, run_once, start_order
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context, Images
from omero_operator.desired.maintenance import MAINTENANCE
from omero_operator.identity.kinds import CLAIM, STATEFUL_SET, Manifest
from omero_operator.identity.labels import COMPONENT
from omero_operator.operations import postgres_copy
from omero_operator.operations.pairs import major_of
from omero_operator.state.observed import Observed


def databases(ctx: Context) -> list[Component]:
    """The databases that the operator runs."""
    return [each for each in plan.data_components(ctx) if each.image == "postgres"]


def moved(ctx: Context, record: Operation, names: Sequence[str]) -> Images:
    """The images with some of them from the release to go to."""
    given = {name: record.images[name] for name in names if name in record.images}
    return ctx.images.with_references(given).overridden(ctx.spec)


def copies(ctx: Context, record: Operation) -> dict[str, str]:
    """The claims of an upgrade to another major version, by the claims of before; else nothing.

    Args:
        ctx: Build context with the images of before.
        record: The upgrade.
    """
    before, after = ctx.images.postgres, moved(ctx, record, ["postgres"]).postgres
    if not newer(before, after):
        return {}
    return {parts.claim_name(ctx, each): _new(ctx, each, record) for each in databases(ctx)}


def newer(before: str, after: str) -> bool:
    """Whether the second image has a later major version, by the tags of both."""
    majors = major_of(before), major_of(after)
    return all(majors) and int(majors[0]) < int(majors[1])


def _new(ctx: Context, component: Component, record: Operation) -> str:
    return f"{_own(ctx, component)}-{record.id}"


def _own(ctx: Context, component: Component) -> str:
    return component.volume(ctx.names) if component.volume else ""


def was_switched(ctx: Context, record: Operation) -> bool:
    """Whether the databases of this context are on the claims of an upgrade."""
    return any(parts.claim_name(ctx, each) == _new(ctx, each, record) for each in databases(ctx))


def jobs(ctx: Context, record: Operation) -> Iterator[tuple[str, Manifest]]:
    """Name and manifest of the Job that fills each copy."""
    image = moved(ctx, record, ["postgres"]).postgres
    wanted = copies(ctx, record)
    for each in databases(ctx):
        if claim := wanted.get(parts.claim_name(ctx, each)):
            name = f"{_own(ctx, each)}-copy-{record.id}"
            yield name, postgres_copy.job(ctx, each, name, image, claim)


def too_small(ctx: Context, record: Operation, observed: Observed) -> str:
    """That a new volume would be smaller than the one of before; empty where none is."""
    sizes = {volume.component: volume.size for volume in observed.data_volumes}
    for each in databases(ctx) if copies(ctx, record) else ():
        has, asked = sizes.get(each.name, ""), each.storage(ctx.spec).size
        if has and amount(asked) < amount(has):
            return (
                f"{each.path}.storage.size is {asked}, and the volume of {each.title} has {has}: "
                f"the new volume would be too small. Set the field to {has} or more"
            )
    return ""


def ended(observed: Observed, job: str) -> bool:
    """Whether nothing runs any more in the pods of a Job, PostgreSQL included."""
    return not any(
        "running" in container.get("state", {})
        for pod in run_once.pods(observed, job, MAINTENANCE.name)
        for kind in ("initContainerStatuses", "containerStatuses")
        for container in pod["status"].get(kind, ())
    )


def possible(ctx: Context, later: Context, release_moves: bool, observed: Observed) -> bool:
    """Whether an upgrade takes care of another major version.

    Args:
        ctx: Build context with the images in force.
        later: The same with the images that are asked for.
        release_moves: Whether another release is asked for, or the images that this one has.
        observed: What the cluster shows.
    """
    if ctx.spec.images.postgres:
        # It acts at once, without steps.
        return False
    if (observed.status.get("operation") or {}).get("step"):
        return True
    started = start_order.was_started(ctx, "server", observed)
    return release_moves and started and newer(ctx.images.postgres, later.images.postgres)


def in_use(ctx: Context, observed: Observed) -> dict[str, str]:
    """The moves that the StatefulSets show, for a site whose status was lost."""
    found = {}
    for each in databases(ctx):
        own, asked = _own(ctx, each), parts.claim_name(ctx, each)
        workload = observed.child(STATEFUL_SET, each.workload_of(ctx)[1])
        volumes = workload["spec"]["template"]["spec"].get("volumes", ()) if workload else ()
        for volume in volumes:
            claim = volume.get("persistentVolumeClaim", {}).get("claimName", "")
            if re.fullmatch(rf"{re.escape(own)}-[0-9a-f]{{8}}", claim) and claim != asked:
                found[asked] = claim
    return found


def unused(ctx: Context, observed: Observed) -> list[str]:
    """Claims of databases that nothing uses: those of before, and those of failed attempts."""
    used = {parts.claim_name(ctx, each) for each in databases(ctx)}
    used |= {ctx.copies.get(name, name) for name in used}
    names = {each.name for each in databases(ctx)}
    return sorted(
        name
        for name, claim in observed.named(CLAIM).items()
        if name not in used
        and claim["metadata"].get("labels", {}).get(COMPONENT) in names
        and "deletionTimestamp" not in claim["metadata"]
    )
