"""Whether the API server has the policy that refuses to delete protected platforms.

Kubernetes has such policies since 1.30, and the chart installs this one together with the
definition of platforms. Only sites that want to be protected ask for it.
"""

import asyncio
from dataclasses import replace

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import RefusedError
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import ADMISSION_BINDING, ADMISSION_POLICY, Manifest
from omero_operator.identity.names import DELETION_POLICY
from omero_operator.state.observed import Observed, Protection


async def look_at(api: Api, ctx: Context, observed: Observed) -> Observed:
    """Read the policy and what puts it into effect, where the site wants it.

    Args:
        api: Connection.
        ctx: Build context.
        observed: What the cluster shows.

    Raises:
        TemporaryError: The API server could not be reached.
    """
    if not ctx.spec.deletion_protection:
        return observed
    return replace(observed, protection=await _protection(api))


async def _protection(api: Api) -> Protection:
    try:
        policy, binding = await asyncio.gather(
            api.get(ADMISSION_POLICY, None, DELETION_POLICY),
            api.get(ADMISSION_BINDING, None, DELETION_POLICY),
        )
    except RefusedError as refusal:
        if not await api.served(ADMISSION_POLICY):
            return Protection("not served")
        return Protection("unknown", str(refusal))
    if policy is not None and binding is not None:
        return Protection("in effect" if _denies(binding) else "no effect")
    return Protection("missing" if await api.served(ADMISSION_POLICY) else "not served")


def _denies(binding: Manifest) -> bool:
    spec = binding["spec"]
    return spec.get("policyName") == DELETION_POLICY and "Deny" in spec.get("validationActions", [])
