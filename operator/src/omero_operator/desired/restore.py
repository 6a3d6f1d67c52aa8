"""A site made from a backup: a Job before OMERO.server starts for the first time.

The program refuses databases and a repository that hold data, so the Job may run again.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.backup import RestoreFrom
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import backup_pods, connections, parts, run_once
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import JOB, Manifest


def job_name(ctx: Context) -> str:
    """Name of the Job for the present input."""
    return run_once.name(ctx.names.restore, _template(ctx))


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the restore; the Job is there until OMERO.server was started."""
    manifests = [parts.account(ctx, RESTORE)]
    if "server" not in ctx.may_start:
        run = bool(ctx.replicas(1, "restore"))
        manifests.append(
            run_once.job(ctx, job_name(ctx), "restore", _template(ctx), run=run, retries=2)
        )
    return manifests


def _place(ctx: Context) -> RestoreFrom | None:
    return ctx.spec.bootstrap.restore_from


def _template(ctx: Context) -> Manifest:
    place = _place(ctx)
    if place is None:
        return {}
    secret, key = connections.root_password(ctx)
    volume, mount, path = parts.secret_file("root", secret, key)
    return backup_pods.template(
        ctx,
        RESTORE,
        place,
        ["restore", place.backup],
        env=parts.env(OMERO_ROOT_PASSWORD_FILE=path, **_files(place)),
        site=place.site,
        secrets=[(volume, mount)],
    )


def _files(place: RestoreFrom) -> dict[str, str]:
    """What the volume was made from, where it was not made empty."""
    name = place.volume_snapshot_name
    return {"BACKUP_VOLUME_SNAPSHOT": name} if name else {}


RESTORE: Component = Component(
    name="restore",
    title="the restore",
    condition=ConditionType.RESTORED,
    build=build,
    block="backup",
    switches=("bootstrap.restore_from",),
    image="maintenance",
    workload=lambda ctx: (JOB, job_name(ctx)),
    requires=("database", "plugin-database"),
    sizes=backup_pods.SIZES,
    openings=lambda ctx: backup_pods.openings(_place(ctx), "spec.bootstrap.restoreFrom"),
    secret_references=lambda ctx: backup_pods.references(
        _place(ctx), "restore", "spec.bootstrap.restoreFrom"
    ),
)
