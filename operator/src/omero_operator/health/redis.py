"""RedisReady."""

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import workload
from omero_operator.health.verdict import Verdict, failed
from omero_operator.identity.kinds import STATEFUL_SET
from omero_operator.identity.names import Names
from omero_operator.state.observed import Observed


def redis(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """Sessions, cache and job queue."""
    external = spec.redis.external
    if external is None:
        return workload.verdict(observed, "redis", STATEFUL_SET, names.redis)
    if failure := observed.failure_of("redis"):
        return failed(failure)
    return Verdict(
        "True", "External", f"Redis at {external.host}:{external.port} is looked after by others"
    )
