"""The release in force: which images a site runs, whatever operator looks after it.

It is recorded in the first pass of a site and moves with `spec.version` alone. A site from before
the record has the images that its workloads run; nothing restarts when they are recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.release import Release
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context, Images
from omero_operator.desired.plan import COMPONENTS
from omero_operator.identity.kinds import CRON_JOB, DEPLOYMENT, STATEFUL_SET, Manifest
from omero_operator.identity.labels import COMPONENT, VERSION
from omero_operator.operations import major
from omero_operator.operations.catalogue import Catalogue
from omero_operator.operations.catalogue import Release as CatalogueRelease
from omero_operator.state.observed import Observed


def errors(spec: PlatformSpec, status: Manifest, catalogue: Catalogue) -> list[FieldError]:
    """What is wrong with `spec.version`.

    Args:
        spec: The specification.
        status: The status of the last pass.
        catalogue: Known releases. The one in force may be older than all of them.
    """
    wanted, now = spec.version, recorded(status).version
    if not wanted or wanted == now:
        return []
    found = catalogue.find(wanted)
    if found is not None:
        return list(_order(found, now, catalogue.versions))
    known = ", ".join(catalogue.versions)
    return [
        FieldError(
            "spec.version",
            f"this operator does not know release {wanted}; it knows {known}. Upgrade the "
            "operator first, or write one of these",
        )
    ]


def _order(wanted: CatalogueRelease, now: str, versions: Sequence[str]) -> Iterator[FieldError]:
    """That a release cannot follow the one that is in force."""
    if wanted.may_follow is None and now in versions[versions.index(wanted.version) :]:
        yield FieldError(
            "spec.version",
            f"release {wanted.version} is older than {now}, which runs: the databases may have "
            "changed since. Restore a backup of that time in a new site instead",
        )
    if not now or wanted.may_follow is None or now in wanted.may_follow:
        return
    ways = ", ".join(wanted.may_follow) or "none"
    yield FieldError(
        "spec.version",
        f"release {wanted.version} cannot follow {now}, which runs; it can follow: {ways}. "
        "Upgrade to one of these first",
    )


def recorded(status: Manifest) -> Release:
    """The release that the status of the last pass names; without a version where it names none."""
    found = status.get("release") or {}
    return Release(
        version=found.get("version", ""),
        images=found.get("images", {}),
        claims=found.get("claims", {}),
        behind=found.get("behind", False),
    )


def in_force(ctx: Context, observed: Observed, catalogue: Catalogue) -> Release:
    """The release that the site has.

    Args:
        ctx: Build context.
        observed: What the cluster shows, and the last status.
        catalogue: Known releases.

    Returns:
        The recorded one. Of a site without a record: what its workloads run, or, of a new site,
        the release that it asks for, or else the operator's own.
    """
    current = catalogue.current
    found = recorded(observed.status)
    if found.version:
        # A component that came with a newer operator has no image in the record yet.
        found = found.model_copy(update={"images": {**current.images, **found.images}})
        return _with_pin(ctx, observed, found, catalogue)
    running = dict(_running(ctx, observed))
    if running:
        version = _version(observed) or current.version
        images = {**current.images, **running}
        return Release(version=version, images=images, claims=major.in_use(ctx, observed))
    wanted = catalogue.find(ctx.spec.version or current.version) or current
    return Release(version=wanted.version, images=dict(wanted.images))


def _with_pin(ctx: Context, observed: Observed, found: Release, catalogue: Catalogue) -> Release:
    """The release with the PostgreSQL of `spec.images`, where that is of an older major version.

    So the databases stay with it when the field is removed, until the steps of an upgrade have
    moved their files.
    """
    pin = ctx.spec.images.postgres
    if not pin or (observed.status.get("operation") or {}).get("step"):
        return found
    entry = catalogue.find(found.version)
    # Of a release that is in no catalogue any more, the record alone knows the images.
    own = entry.images["postgres"] if entry and found.behind else found.images["postgres"]
    behind = major.newer(pin, own)
    images = {**found.images, "postgres": pin if behind else own}
    return found.model_copy(update={"images": images, "behind": behind})


def with_images(ctx: Context, own: Images, images: Mapping[str, str]) -> Context:
    """The context with the images of a release, and what the specification says instead.

    Args:
        ctx: Build context.
        own: The operator's settings beside the references, such as the pull policy.
        images: Image reference by name.
    """
    return replace(ctx, images=own.with_references(images).overridden(ctx.spec))


def _running(ctx: Context, observed: Observed) -> Iterator[tuple[str, str]]:
    """Images that workloads run; those that the specification names say nothing of a release."""
    for component in reversed(COMPONENTS):
        if not component.image or getattr(ctx.spec.images, component.image):
            continue
        if component.external(ctx.spec):
            continue
        if reference := _image(component, observed):
            yield component.image, reference


def _image(component: Component, observed: Observed) -> str:
    """The image of a component's main container; empty where it has no workload."""
    for kind in (STATEFUL_SET, DEPLOYMENT, CRON_JOB):
        for workload in observed.named(kind).values():
            if workload["metadata"].get("labels", {}).get(COMPONENT) != component.name:
                continue
            spec = workload["spec"]
            spec = spec["jobTemplate"]["spec"] if kind is CRON_JOB else spec
            return str(spec["template"]["spec"]["containers"][0]["image"])
    return ""


def _version(observed: Observed) -> str:
    """The version of the operator that last wrote the site's workloads."""
    for workload in observed.named(STATEFUL_SET).values():
        if version := workload["metadata"].get("labels", {}).get(VERSION):
            return str(version)
    return ""
