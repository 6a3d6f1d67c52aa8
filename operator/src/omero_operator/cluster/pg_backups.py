"""CloudNativePG's records of the backups of Clusters: no children of a platform, but they tell."""

from dataclasses import replace

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import refused
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import PG_BACKUP
from omero_operator.state.observed import Observed


async def look_at(api: Api, ctx: Context, observed: Observed) -> Observed:
    """Read the records, where a database of the site has such backups.

    Args:
        api: Connection.
        ctx: Build context.
        observed: What the cluster shows.
    """
    if not any(settings.backup for _, settings, _ in plan.pg_clusters(ctx)):
        return observed
    try:
        found = await api.list(PG_BACKUP, ctx.namespace)
    except RefusedError as error:
        failures = (*observed.failures, refused("backup", error))
        return replace(observed, failures=failures)
    return replace(observed, pg_backups=tuple(found))
