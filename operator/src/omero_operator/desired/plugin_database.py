"""PostgreSQL of the plugins: StatefulSet `<name>-plugin-db`, role and database `omero-plugin`."""

from collections.abc import Sequence

from omero_operator.desired import postgres
from omero_operator.desired.context import Context, Manifest


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the plugins' database, whose Service listens on 5433."""
    return postgres.build(
        ctx,
        component="plugin-database",
        part="plugin-database",
        name=ctx.names.plugin_database,
        database=ctx.spec.plugin_database,
        owner="omero-plugin",
        credentials=ctx.names.plugin_database_credentials,
        service_port=5433,
    )
