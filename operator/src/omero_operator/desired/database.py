"""PostgreSQL of OMERO.server: StatefulSet `<name>-db`, role and database `omero`."""

from collections.abc import Sequence

from omero_operator.desired import postgres
from omero_operator.desired.context import Context, Manifest


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of OMERO's database."""
    return postgres.build(
        ctx,
        component="database",
        part="database",
        name=ctx.names.database,
        database=ctx.spec.database,
        owner="omero",
        credentials=ctx.names.database_credentials,
        service_port=5432,
    )
