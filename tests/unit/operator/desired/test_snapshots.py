"""Backups with snapshots of volumes, and a volume made from one, as the cluster gets them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.api.v1alpha1 import rules
from omero_operator.desired import backup, parts, postgres, restore, server, uploads
from omero_operator.desired.component import Component
from omero_operator.identity.kinds import CLAIM, CRON_JOB, JOB, ROLE, ROLE_BINDING, Manifest
from operator_builders import CLOUDNATIVE_PG, EXTERNAL_DATABASE, NAMES, context, spec

GROUP = "platform.omero.dev/snapshot-group"


def settings(**files: str) -> Manifest:
    return {"enabled": True, "claim": "backups", "files": files}


def built(**blocks: Any) -> dict[str, Manifest]:
    return {each["kind"]: each for each in backup.build(context(spec(**blocks)))}


def environment(manifest: Manifest) -> dict[str, str]:
    template = manifest["spec"].get("jobTemplate", manifest)["spec"]["template"]
    (container,) = template["spec"]["containers"]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_a_copy_needs_no_rights_and_no_token() -> None:
    made = built(backup=settings())
    assert ROLE.name not in made
    assert "KUBERNETES" not in str(made)
    assert list(backup.BACKUP.openings(context(spec(backup=settings())))) == []


@pytest.mark.parametrize(
    ("method", "resources", "claims"),
    [
        ("snapshot", {"volumesnapshots"}, "demo-server"),
        (
            "groupSnapshot",
            {"volumesnapshots", "volumegroupsnapshots", "persistentvolumeclaims"},
            "demo-server,demo-db,demo-plugin-db",
        ),
    ],
)
def test_pods_may_handle_snapshots_and_nothing_else(
    method: str, resources: set[str], claims: str
) -> None:
    made = built(backup=settings(method=method, className="fast"))
    given = {name: rule["verbs"] for rule in made[ROLE.name]["rules"] for name in rule["resources"]}
    assert set(given) == resources
    assert given.get("persistentvolumeclaims", ["list"]) == ["list"]
    (subject,) = made[ROLE_BINDING.name]["subjects"]
    pod = made[CRON_JOB.name]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert subject["name"] == pod["serviceAccountName"] == "demo-backup"
    variables = environment(made[CRON_JOB.name])
    assert variables["BACKUP_FILES_METHOD"] == method
    assert variables["BACKUP_SNAPSHOT_CLAIMS"] == claims
    assert variables["BACKUP_SNAPSHOT_CLASS"] == "fast"
    metadata = json.loads(variables["BACKUP_SNAPSHOT_METADATA"])
    assert metadata["namespace"] == "images"
    # They are no children of the operator, which would prune them.
    assert metadata["labels"]["app.kubernetes.io/managed-by"] == "omero-backup"
    openings = list(backup.BACKUP.openings(context(spec(backup=settings(method=method)))))
    assert {each.port for each in openings} == {443, 6443, 8443, 16443}


@pytest.mark.parametrize(
    ("component", "labelled"),
    [
        (server.SERVER, True),
        (postgres.DATABASE, True),
        (postgres.PLUGIN_DATABASE, True),
        (uploads.UPLOADS, False),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_claims_of_a_group_have_its_label(component: Component, labelled: bool) -> None:
    for method, expected in (("groupSnapshot", labelled), ("snapshot", False)):
        ctx = context(spec(backup=settings(method=method)))
        (claim,) = parts.claim(ctx, component)
        assert (claim["metadata"]["labels"].get(GROUP) == "demo") is expected


def test_databases_elsewhere_are_in_no_group() -> None:
    given = settings(method="groupSnapshot")
    made = built(backup=given, database=EXTERNAL_DATABASE)
    assert (
        environment(made[CRON_JOB.name])["BACKUP_SNAPSHOT_CLAIMS"] == "demo-server,demo-plugin-db"
    )
    alone = spec(backup=given, database=EXTERNAL_DATABASE, pluginDatabase=CLOUDNATIVE_PG)
    (error,) = rules.check(alone)
    assert error.path == "spec.backup.files.method"


FROM: Manifest = {"claim": "backups", "volumeSnapshotName": "of-then"}


def test_a_new_volume_is_made_from_the_snapshot_until_the_server_has_run() -> None:
    given = spec(bootstrap={"restoreFrom": FROM})
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "of-then"}
    found = []
    for may_start in (frozenset({"restore"}), frozenset({"restore", "server"})):
        ctx = context(given, may_start=may_start)
        (claim,) = [each for each in server.build(ctx) if each["kind"] == CLAIM.name]
        found.append(claim["spec"].get("dataSource"))
        for job in [each for each in restore.build(ctx) if each["kind"] == JOB.name]:
            assert environment(job)["BACKUP_VOLUME_SNAPSHOT"] == "of-then"
    assert found == [source, None]


def test_a_volume_that_exists_is_made_from_nothing() -> None:
    storage = {"storage": {"existingClaim": NAMES.server}}
    (error,) = rules.check(spec(bootstrap={"restoreFrom": FROM}, server=storage))
    assert error.path == "spec.bootstrap.restoreFrom.volumeSnapshotName"
