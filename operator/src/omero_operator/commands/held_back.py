"""What a plan says beside the differences: what waits for `spec.version`, and a move of databases.

Each line begins with `#`, so that programs which read differences skip it.
"""

from collections.abc import Iterator, Mapping

from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.operations import major
from omero_operator.operations.catalogue import Catalogue
from omero_operator.state.observed import Observed


def lines(
    ctx: Context, before: Mapping[str, str], after: Observed, releases: Catalogue
) -> Iterator[str]:
    """The lines, for people.

    Args:
        ctx: Build context of the plan.
        before: Images of the release in force, by name; none of a new site.
        after: What the cluster would show.
        releases: Releases that the operator knows.
    """
    place = f"{ctx.namespace}/{ctx.name}"
    if after.available:
        yield from _waiting(ctx, place, after, releases)
    old = ctx.images.with_references(before).overridden(ctx.spec).postgres
    if major.newer(old, ctx.images.postgres) and major.databases(ctx):
        yield (
            f"# {place}: the databases are copied to new volumes, for another major version of "
            "PostgreSQL; the old volumes stay\n"
        )


def _waiting(ctx: Context, place: str, after: Observed, releases: Catalogue) -> Iterator[str]:
    version, newest = after.release.version, after.available
    yield f"# {place} runs release {version}. For spec.version {newest} these wait:\n"
    later = ctx.images.with_references(releases.current.images).overridden(ctx.spec).references
    images = {name: (now, later[name]) for name, now in ctx.images.references.items()}
    users = {each.image for each in plan.components(ctx)}
    for name, (now, then) in images.items():
        if now != then and name in users:
            yield f"#   image {name}: {now} becomes {then}\n"
    changed = {name for name, (now, then) in images.items() if now != then}
    for each in plan.components(ctx):
        if each.name in after.waiting and each.image not in changed:
            yield f"#   {each.title}: other pods with the same image\n"
