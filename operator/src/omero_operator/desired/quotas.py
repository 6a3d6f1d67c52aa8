"""The report of quotas: CronJob `<name>-quotas`, which says how near to their quotas groups are.

The operator reads no database, and no pod writes to Kubernetes. So a pod reads what the workers
have counted, and leaves it as its termination message, which ends up in the status.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import parts
from omero_operator.desired.component import BOOTSTRAP_HELPER, Component
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import web_environment
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.identity.labels import pod_labels

_DEADLINE_SECONDS = 300


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the report."""
    environment = web_environment(ctx, ("plugin-database",))
    reader = parts.container(
        ctx,
        "quotas",
        ctx.images.web,
        args=["quotas"],
        env=list(environment.env),
        resources=BOOTSTRAP_HELPER.resources(ctx.spec.helpers.resources),
        volumeMounts=[
            *environment.mounts,
            parts.mount("var", "/opt/omero/web/var"),
            parts.mount("tmp", parts.TMP),
        ],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    template = parts.pod_template(
        ctx,
        QUOTAS,
        containers=[reader],
        volumes=[*environment.volumes, parts.empty_dir("var"), parts.empty_dir("tmp")],
        restartPolicy="Never",
    )
    spec = {
        "schedule": ctx.spec.web.plugins.admin_tools.quotas.schedule,
        "timeZone": ctx.spec.time_zone,
        # While an upgrade stops what reads the databases, nothing is counted either.
        "suspend": ctx.spec.hibernated or "maintenance" in ctx.stopped,
        "concurrencyPolicy": "Forbid",
        # A report that was missed is worth nothing: the next one has all that it would have had.
        "startingDeadlineSeconds": 60,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "metadata": {"labels": pod_labels(ctx.name, QUOTAS.name)},
            "spec": {
                "backoffLimit": 1,
                "activeDeadlineSeconds": _DEADLINE_SECONDS,
                "template": template,
            },
        },
    }
    return [
        parts.account(ctx, QUOTAS),
        ctx.manifest(CRON_JOB, ctx.names.quotas, QUOTAS.name, spec=spec),
    ]


QUOTAS: Component = Component(
    name="quotas",
    title="the report of quotas",
    condition=ConditionType.QUOTAS,
    build=build,
    block="web.plugins.admin_tools",
    image="web",
)
