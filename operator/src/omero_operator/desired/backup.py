"""Backups: CronJob `<name>-backup`, and a Job for each one that a person asks for.

`omero-backup` in the image `postgres-maintenance` does the work; docs/backup.md describes it.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import backup_pods, parts, run_once, snapshots
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CRON_JOB, Manifest
from omero_operator.identity.labels import pod_labels, selector

_SECRETS = "/run/secrets/site"
# The first backup of many terabytes takes its time; one that hangs must not stop all later ones.
_DEADLINE_SECONDS = 3 * 24 * 3600


def now_job(ctx: Context) -> str:
    """Name of the Job that the annotation asks for; empty where it asks for none.

    Each value of the annotation is one backup.
    """
    return run_once.name(f"{ctx.names.backup}-now", ctx.backup_now) if ctx.backup_now else ""


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the backups."""
    settings = ctx.spec.backup
    pod = _template(ctx)
    manifests = [
        parts.account(ctx, BACKUP),
        *snapshots.role(ctx, BACKUP),
        ctx.manifest(
            CRON_JOB,
            ctx.names.backup,
            "backup",
            spec={
                "schedule": settings.schedule,
                "timeZone": ctx.spec.time_zone,
                # An upgrade stops what reads the databases, and has had its backup.
                "suspend": settings.suspend or ctx.spec.hibernated or "maintenance" in ctx.stopped,
                # Two would wait for each other's lock.
                "concurrencyPolicy": "Forbid",
                # One that was missed is made later: late is better than none.
                "startingDeadlineSeconds": 6 * 3600,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": {
                    "metadata": {"labels": pod_labels(ctx.name, "backup")},
                    "spec": {
                        "backoffLimit": 2,
                        "activeDeadlineSeconds": _DEADLINE_SECONDS,
                        "template": pod,
                    },
                },
            },
        ),
    ]
    if job := now_job(ctx):
        runs = not ctx.spec.hibernated
        manifests.append(
            run_once.job(ctx, job, "backup", pod, run=runs, retries=2, seconds=_DEADLINE_SECONDS)
        )
    return manifests


def _template(ctx: Context) -> Manifest:
    settings = ctx.spec.backup
    env = parts.env(
        BACKUP_KEEP_COUNT=str(settings.retention.count),
        BACKUP_KEEP_DAYS=str(settings.retention.days),
        BACKUP_READ_PERCENT=str(settings.verify.read_percent),
    )
    secrets = []
    if settings.passphrase_secret_ref:
        env += parts.env(BACKUP_SECRETS_DIR=_SECRETS)
        secrets = [_secret(name) for name in _needed(ctx)]
    env += snapshots.environment(ctx)
    secrets += snapshots.files(ctx)
    return backup_pods.template(
        ctx,
        BACKUP,
        settings,
        ["run", "--verify"] if settings.verify.enabled else ["run"],
        env=env,
        secrets=secrets,
        reads_only=True,
        affinity=_beside_the_server(ctx),
    )


def _needed(ctx: Context) -> Sequence[str]:
    """Generated Secrets without which the data cannot be used in another site."""
    names = ctx.names
    found = [names.plugin_keys, names.omp_hash_secret, names.job_service_credentials]
    if ctx.spec.server.root_password_secret_ref is None:
        found.append(names.root_credentials)
    return found


def _secret(name: str) -> tuple[Manifest, Manifest]:
    # Not every site has all of them.
    source = {"secretName": name, "defaultMode": 0o440, "optional": True}
    volume = {"name": f"site-{name}"[:63].rstrip("-"), "secret": source}
    mount = {"name": volume["name"], "mountPath": f"{_SECRETS}/{name}", "readOnly": True}
    return volume, mount


def _beside_the_server(ctx: Context) -> Manifest:
    """On the node of OMERO.server, whose volume most storage gives to one node alone."""
    term = {
        "labelSelector": {"matchLabels": selector(ctx.name, "server")},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


BACKUP: Component = Component(
    name="backup",
    title="the backup",
    condition=ConditionType.BACKUP,
    build=build,
    block="backup",
    image="maintenance",
    sizes=backup_pods.SIZES,
    openings=lambda ctx: (
        *backup_pods.openings(ctx.spec.backup, "spec.backup"),
        *snapshots.openings(ctx),
    ),
    secret_references=lambda ctx: backup_pods.references(ctx.spec.backup, "backup", "spec.backup"),
)
