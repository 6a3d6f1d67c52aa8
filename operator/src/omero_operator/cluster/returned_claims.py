"""Claims that a person made by hand in place of a lost one: they are the site's again."""

import logging
from collections.abc import Mapping

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import refused
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CLAIM, Manifest
from omero_operator.identity.labels import RETAINED
from omero_operator.state.observed import Failure, Observed

logger = logging.getLogger(__name__)


async def take(
    api: Api, ctx: Context, observed: Observed, claims: Mapping[str, Manifest]
) -> list[Failure]:
    """Mark returned claims as data of this platform, so that applying finds no stranger.

    Args:
        api: Connection.
        ctx: Build context.
        observed: What the cluster shows; a claim in its record of data volumes is not lost.
        claims: Claims without the platform's labels, by name.

    Returns:
        The failures of components whose claim the API server does not let be marked.
    """
    managed = {c.name for c in plan.data_components(ctx) if not c.storage(ctx.spec).existing_claim}
    failures = []
    for volume in observed.data_volumes:
        claim = claims.get(volume.claim)
        if claim is None or volume.component not in managed:
            continue
        if claim["metadata"]["uid"] != volume.uid:
            continue
        patch = {"metadata": {"annotations": {RETAINED: ctx.name}}}
        try:
            await api.merge(CLAIM, ctx.namespace, volume.claim, patch)
        except RefusedError as error:
            failures.append(refused(volume.component, error, holds=True))
            continue
        logger.info("claim %s/%s belongs to the platform again", ctx.namespace, volume.claim)
    return failures
