"""VACUUM and REINDEX of both databases: CronJobs `<name>-vacuum` and `<name>-reindex`."""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import connections, parts
from omero_operator.desired.component import Component, Profile
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.identity.labels import pod_labels

# A reindex waits for every transaction that is older than itself, so one that is left open would
# keep it, and with it all later runs, for ever. Half a day is enough for terabytes, and ends before
# the next night.
_DEADLINE_SECONDS = 12 * 3600


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the maintenance."""
    settings = ctx.spec.maintenance
    guard = ["--first-week-only"] if settings.reindex.first_week_only else []
    return [
        parts.account(ctx, MAINTENANCE),
        _cron_job(ctx, ctx.names.vacuum, settings.vacuum.schedule, ["vacuum"]),
        _cron_job(ctx, ctx.names.reindex, settings.reindex.schedule, ["reindex", *guard]),
    ]


def _cron_job(ctx: Context, name: str, schedule: str, args: Sequence[str]) -> Manifest:
    return ctx.manifest(
        CRON_JOB,
        name,
        "maintenance",
        spec={
            "schedule": schedule,
            "timeZone": ctx.spec.time_zone,
            "suspend": ctx.spec.maintenance.suspend
            or ctx.spec.hibernated
            or MAINTENANCE.name in ctx.stopped,
            # Two maintenance runs at once would only wait for each other's locks.
            "concurrencyPolicy": "Forbid",
            # A start missed by more than an hour would fall into working time.
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {"labels": pod_labels(ctx.name, "maintenance")},
                "spec": {
                    "backoffLimit": 1,
                    "activeDeadlineSeconds": _DEADLINE_SECONDS,
                    "template": _template(ctx, args),
                },
            },
        },
    )


def _template(ctx: Context, args: Sequence[str]) -> Manifest:
    env: list[Manifest] = parts.env(TZ=ctx.spec.time_zone)
    volumes: list[Manifest] = [parts.empty_dir("tmp")]
    mounts: list[Manifest] = [parts.mount("tmp", parts.TMP)]
    for prefix, purpose, access in (
        ("OMERO_DB", "omero-db", connections.omero_database(ctx)),
        ("PLUGIN_DB", "plugin-db", connections.plugin_database(ctx)),
    ):
        variables, volume, volume_mount = connections.client(prefix, purpose, access)
        env += variables
        volumes.append(volume)
        mounts.append(volume_mount)
    maintain = parts.container(
        ctx,
        "maintenance",
        ctx.images.maintenance,
        args=list(args),
        env=env,
        resources=MAINTENANCE.resources(ctx.spec),
        volumeMounts=mounts,
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    return parts.pod_template(
        ctx,
        MAINTENANCE,
        containers=[maintain],
        volumes=volumes,
        restartPolicy="Never",
    )


MAINTENANCE = Component(
    name="maintenance",
    title="maintenance",
    condition=ConditionType.MAINTENANCE,
    build=build,
    block="maintenance",
    image="maintenance",
    sizes={
        "small": Profile("50m", "64Mi", "256Mi"),
        "medium": Profile("100m", "128Mi", "512Mi"),
        "large": Profile("250m", "256Mi", "1Gi"),
    },
)
