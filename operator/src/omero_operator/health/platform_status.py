"""The whole status: conditions, addresses, where the data lies, what was maintained."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import Condition, Endpoints, PlatformStatus
from omero_operator.desired import connections
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import public_url
from omero_operator.health import backup_runs, maintenance_runs, quota_runs
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Observed

# Foreign fields in the status: enough to see who is at work.
_MOST = 32


def status(ctx: Context, observed: Observed, conditions: Sequence[Condition]) -> Manifest:
    """Compose the status of a platform.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
        conditions: All conditions.

    Returns:
        The status as it is written.
    """
    root_secret, _ = connections.root_password(ctx)
    suffix = f"{ctx.namespace}.svc"
    result = PlatformStatus(
        observed_generation=max(condition.observed_generation for condition in conditions),
        conditions=list(conditions),
        version=short_image(ctx.images.server),
        release=observed.release,
        operation=observed.operation,
        url=public_url(ctx.spec),
        endpoints=Endpoints(
            web=f"{ctx.names.web}.{suffix}:80", omero=f"{ctx.names.server}.{suffix}:4064"
        ),
        root_credentials_secret=root_secret,
        data_volumes=list(observed.data_volumes),
        generated_secrets=list(observed.generated_secrets),
        maintenance=list(maintenance_runs.record(ctx, observed)),
        backup=backup_runs.record(ctx, observed),
        quotas=quota_runs.record(ctx, observed),
        foreign_fields=list(observed.foreign_fields[:_MOST]),
    )
    return result.model_dump(by_alias=True, mode="json")


def short_image(reference: str) -> str:
    """Name and tag of an image, without registry, folders and digest."""
    return reference.partition("@")[0].rpartition("/")[2]
