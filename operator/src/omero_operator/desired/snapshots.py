"""Snapshots of volumes in place of copies of files: what the pods of a backup need for them.

`omero-backup` makes and deletes the snapshots. They have no owner: they outlive their site.
"""

import json
from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.backup import Backup
from omero_operator.desired import api_access, parts
from omero_operator.desired.component import Component, Opening
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import (
    CLAIM,
    VOLUME_GROUP_SNAPSHOT,
    VOLUME_SNAPSHOT,
    Kind,
    Manifest,
)
from omero_operator.identity.labels import MANAGED_BY, NEVER_PRUNE, SNAPSHOT_GROUP, pod_labels

_METHOD = "spec.backup.files.method"
_PROGRAM = "omero-backup"


def kinds(settings: Backup) -> Sequence[Kind]:
    """The kinds of snapshots that backups are made with; none where they are not."""
    if not settings.snapshots:
        return ()
    return (VOLUME_SNAPSHOT, VOLUME_GROUP_SNAPSHOT) if settings.in_groups else (VOLUME_SNAPSHOT,)


def role(ctx: Context, component: Component) -> Sequence[Manifest]:
    """What the pods may do with snapshots of this namespace; nothing where they make none."""
    used = kinds(ctx.spec.backup)
    if not used:
        return ()
    verbs = ("create", "delete", "get", "list")
    rules = [api_access.rule(kind.group, (kind.plural,), *verbs) for kind in used]
    if ctx.spec.backup.in_groups:
        # A claim without the label would be left out in silence.
        rules.append(api_access.rule(CLAIM.group, (CLAIM.plural,), "list"))
    account = parts.account_name(ctx, component)
    return api_access.role(ctx, ctx.names.backup, component.name, account, rules)


def environment(ctx: Context) -> list[Manifest]:
    """Variables of `omero-backup`."""
    settings = ctx.spec.backup
    if not settings.snapshots:
        return []
    labels = {**pod_labels(ctx.name, "backup"), MANAGED_BY: _PROGRAM}
    given = {
        "BACKUP_FILES_METHOD": settings.files.method,
        "BACKUP_SNAPSHOT_CLAIMS": ",".join(_claims(ctx)),
        "BACKUP_SNAPSHOT_CLASS": settings.files.class_name or "",
        "BACKUP_SNAPSHOT_GROUP": f"{SNAPSHOT_GROUP}={ctx.name}" if settings.in_groups else "",
        "BACKUP_SNAPSHOT_METADATA": json.dumps(
            {"namespace": ctx.namespace, "labels": labels, "annotations": NEVER_PRUNE},
            sort_keys=True,
        ),
        "BACKUP_SNAPSHOT_PREFIX": ctx.names.backup,
        **api_access.environment("BACKUP"),
    }
    return parts.env(**{name: value for name, value in given.items() if value})


def files(ctx: Context) -> Sequence[tuple[Manifest, Manifest]]:
    """The volume with the token, and its mount."""
    return [(api_access.volume(), api_access.mount())] if ctx.spec.backup.snapshots else []


def openings(ctx: Context) -> Iterator[Opening]:
    """The way to the API server."""
    if ctx.spec.backup.snapshots:
        yield from api_access.openings(ctx, _METHOD)


def _claims(ctx: Context) -> Iterator[str]:
    """The claim with the files, then those of databases that are in the same snapshot."""
    spec, names = ctx.spec, ctx.names
    yield parts.moved(ctx, spec.server.storage.existing_claim or names.server)
    if not spec.backup.in_groups:
        return
    for database, name in (
        (spec.database, names.database),
        (spec.plugin_database, names.plugin_database),
    ):
        if not database.elsewhere:
            yield parts.moved(ctx, database.storage.existing_claim or name)
