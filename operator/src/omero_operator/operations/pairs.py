"""What does not go together: OMERO.server and OMERO.web, and a PostgreSQL with files of another."""

import re
from collections.abc import Iterator

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.desired.context import Context
from omero_operator.desired.plan import COMPONENTS
from omero_operator.identity.kinds import STATEFUL_SET
from omero_operator.operations.catalogue import Release
from omero_operator.state.observed import Observed

# Only an upgrade has the steps for it.
_WAY = (
    ", or remove this field and, unless the site's release has PostgreSQL {0}, set spec.version to "
    "a release with PostgreSQL {0}"
)
_BACK = (
    " in spec.images.postgres. When the site runs with it, remove the field, and an upgrade moves "
    "the files"
)


def version_of(reference: str) -> str:
    """The version in the tag of an image, such as 5.6.18; empty where the tag has none.

    Args:
        reference: An image reference. A digest says nothing.
    """
    name = reference.partition("@")[0].rpartition("/")[2]
    found = re.match(r"v?(\d+(\.\d+)*)(?![\w.])", name.partition(":")[2])
    return found[1] if found else ""


def major_of(reference: str) -> str:
    """The major version in the tag of an image; empty where the tag has none."""
    return version_of(reference).partition(".")[0]


def refused(
    ctx: Context, release: Release | None, observed: Observed, *, moves: bool = False
) -> list[FieldError]:
    """Images that cannot be used together, or with the data that is there.

    Args:
        ctx: Build context with the images that the specification asks for.
        release: The release that it asks for; None for one that is in no catalogue any more.
        observed: What the cluster shows.
        moves: Whether the databases move to new volumes, if PostgreSQL's major version changes.

    Returns:
        One error for each, with the field that asks for it.
    """
    return [*_series(ctx, release), *(() if moves else _majors(ctx, observed))]


def _series(ctx: Context, release: Release | None) -> Iterator[FieldError]:
    version = version_of(ctx.images.server)
    own = ctx.spec.images
    # Of an image of OMERO.web that the site names, nobody knows what it works with.
    if release is None or own.web or version.count(".") < 1:
        return
    series = ".".join(version.split(".")[:2])
    if series != release.omero_series:
        yield FieldError(
            "spec.images.server" if own.server else "spec.version",
            f"OMERO.server {version} cannot work with the OMERO.web of release {release.version}, "
            f"which needs a server of the series {release.omero_series}",
        )


def _majors(ctx: Context, observed: Observed) -> Iterator[FieldError]:
    """PostgreSQL reads files of its own major version alone."""
    own = bool(ctx.spec.images.postgres)
    wanted = major_of(ctx.images.postgres)
    for component in COMPONENTS:
        if component.image != "postgres" or component.external(ctx.spec):
            continue
        workload = observed.child(STATEFUL_SET, component.workload_of(ctx)[1])
        if workload is None:
            continue
        before = major_of(workload["spec"]["template"]["spec"]["containers"][0]["image"])
        if before and wanted and before != wanted:
            yield FieldError(
                "spec.images.postgres" if own else "spec.version",
                f"{component.title} has files of PostgreSQL {before}, which PostgreSQL "
                f"{wanted} cannot read; nothing was changed. Keep an image of PostgreSQL {before}"
                + _way(int(before), int(wanted), own=own),
            )
            return


def _way(before: int, wanted: int, *, own: bool) -> str:
    if before > wanted:
        return ""
    return _WAY.format(wanted) if own else _BACK
