"""Backups and restores as the cluster gets them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1 import rules
from omero_operator.desired import backup, plan, restore
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CRON_JOB, JOB, Manifest
from operator_builders import NAMES, spec
from operator_builders import context as build_context

CLAIM: Manifest = {"enabled": True, "claim": "backups"}
S3: Manifest = {
    # As it is in many an address bar.
    "endpoint": "http://s3.example.org:9000/",
    "bucket": "omero",
    "prefix": "a/b",
    "credentialsSecretRef": {"name": "s3"},
}
PASSPHRASE: Manifest = {"passphraseSecretRef": {"name": "phrase", "key": "k"}}


def context(**blocks: Any) -> Context:
    """A build context; blocks of the specification, and fields of the context."""
    fields = {key: blocks.pop(key) for key in ("may_start", "backup_now") if key in blocks}
    return build_context(spec(**blocks), **fields)


def of(kind: Any, manifests: Any) -> list[Manifest]:
    return [each for each in manifests if each["kind"] == kind.name]


def pod(manifest: Manifest) -> Manifest:
    spec = manifest["spec"]
    template = (
        spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    )
    return dict(template["spec"])


def env(manifest: Manifest) -> dict[str, Any]:
    variables = pod(manifest)["containers"][0]["env"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in variables}


def test_without_a_place_there_are_no_backups() -> None:
    names = [each.name for each in plan.components(context())]
    assert {"backup", "restore"} & set(names) == set()


def test_a_backup_runs_as_the_server_beside_it_and_only_reads_its_files() -> None:
    (cron,) = of(CRON_JOB, backup.build(context(backup=CLAIM, timeZone="Europe/Zurich")))
    assert (cron["spec"]["schedule"], cron["spec"]["timeZone"]) == ("0 1 * * *", "Europe/Zurich")
    found = pod(cron)
    assert found["securityContext"]["runAsUser"] == 1000
    assert "podAffinity" in found["affinity"]
    mounts = {each["name"]: each for each in found["containers"][0]["volumeMounts"]}
    assert mounts["data"]["readOnly"] is True
    assert found["containers"][0]["args"] == ["run", "--verify"]
    variables = env(cron)
    assert variables["BACKUP_STORE"] == "/backup/images/demo"
    # Without a passphrase no Secret comes near a backup.
    assert "BACKUP_SECRETS_DIR" not in variables
    assert not any(name.startswith("site-") for name in mounts)


def test_a_bucket_is_reached_and_its_keys_are_in_no_argument() -> None:
    ctx = context(backup={"enabled": True, "s3": S3, **PASSPHRASE, "verify": {"enabled": False}})
    (cron,) = of(CRON_JOB, backup.build(ctx))
    variables = env(cron)
    assert variables["BACKUP_STORE"] == "s3:http://s3.example.org:9000/omero/a/b/images/demo"
    assert variables["AWS_SECRET_ACCESS_KEY"] == {
        "secretKeyRef": {"name": "s3", "key": "secretAccessKey"}
    }
    assert pod(cron)["containers"][0]["args"] == ["run"]
    mounted = {each["secret"]["secretName"] for each in pod(cron)["volumes"] if "secret" in each}
    assert {NAMES.plugin_keys, NAMES.root_credentials, "phrase"} <= mounted
    (opening,) = backup.BACKUP.openings(ctx)
    assert (opening.port, opening.hosts) == (9000, ("s3.example.org",))
    wanted = {(each.name, each.keys) for each in backup.BACKUP.secret_references(ctx)}
    assert wanted == {("s3", ("accessKeyId", "secretAccessKey")), ("phrase", ("k",))}


def test_each_value_of_the_annotation_is_one_job() -> None:
    assert of(JOB, backup.build(context(backup=CLAIM))) == []
    names = set()
    for value in ("now", "Mon Nov 30", "now"):
        (job,) = of(JOB, backup.build(context(backup=CLAIM, backup_now=value)))
        assert pod(job)["containers"][0]["args"] == ["run", "--verify"]
        names.add(job["metadata"]["name"])
    assert len(names) == 2


RESTORE: Manifest = {"restoreFrom": {"claim": "backups", "site": "other/old"}}


def test_a_restore_comes_before_the_first_start_of_the_server_and_never_after() -> None:
    ctx = context(bootstrap=RESTORE, may_start=frozenset({"restore"}))
    (job,) = of(JOB, restore.build(ctx))
    assert job["spec"]["suspend"] is False
    assert env(job)["BACKUP_STORE"] == "/backup/other/old"
    assert pod(job)["containers"][0]["args"] == ["restore", "latest"]
    assert "affinity" not in pod(job)
    waiting = context(bootstrap=RESTORE, may_start=frozenset())
    assert of(JOB, restore.build(waiting))[0]["spec"]["suspend"] is True
    started = context(bootstrap=RESTORE, may_start=frozenset({"restore", "server"}))
    assert of(JOB, restore.build(started)) == []


def test_a_schedule_that_never_starts_is_named() -> None:
    ctx = context(backup={**CLAIM, "schedule": "0 0 31 2 *"})
    (error,) = rules.check(ctx.spec)
    assert error.path == "spec.backup.schedule"


@pytest.mark.parametrize("hibernated", [True, False])
def test_a_site_that_sleeps_makes_no_backups(hibernated: bool) -> None:
    ctx = context(backup=CLAIM, hibernated=hibernated, backup_now="x")
    manifests = backup.build(ctx)
    assert of(CRON_JOB, manifests)[0]["spec"]["suspend"] is hibernated
    assert of(JOB, manifests)[0]["spec"]["suspend"] is hibernated
