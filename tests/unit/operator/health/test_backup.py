"""BackupHealthy and the record of the last backups; Restored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.desired import restore
from omero_operator.health import backup, backup_runs, conditions
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue
from operator_builders import (
    NAMES,
    component,
    container,
    context,
    job,
    observed,
    pod,
    spec,
)

# The clock of these tests is at 2026-06-01T12:00:00Z.
TODAY, LONG_PAST = "2026-06-01T01:00:00Z", "2026-05-01T01:00:00Z"
GOOD: Manifest = {
    "action": "run",
    "result": "succeeded",
    "message": "backup 20260601T010000Z-beef is complete and verified",
    "backup": "20260601T010000Z-beef",
    "began": TODAY,
    "bytes": 12,
    "files": 3,
    "missing": 0,
    "differing": 0,
    "encrypted": True,
    "verified": True,
    "kept": 4,
    "volumeSnapshot": "of-then",
}


def run(outcome: str, created: str = TODAY, name: str = "one") -> Manifest:
    return job(name, outcome, owner=NAMES.backup, created=created)


def said(message: Manifest | str, name: str = "one") -> Manifest:
    text = message if isinstance(message, str) else json.dumps(message)
    state = {"terminated": {"exitCode": 0, "message": text}}
    found = pod("backup", f"{name}-x", containerStatuses=[container(state=state)])
    found["metadata"]["labels"]["batch.kubernetes.io/job-name"] = name
    return found


def judge(*runs: Manifest, pods: tuple[Manifest, ...] = (), **fields: Any) -> ConditionValue:
    status = fields.pop("status", {})
    ctx = context(spec(backup={"enabled": True, "claim": "backups", **fields}))
    view = observed(runs=runs, pods=pods, status=status)
    return backup.judge(ctx, component("backup"), view)


def record(*runs: Manifest, pods: tuple[Manifest, ...] = (), status: Any = None) -> Manifest:
    ctx = context(spec(backup={"enabled": True, "claim": "backups"}))
    found = backup_runs.record(ctx, observed(runs=runs, pods=pods, status=status or {}))
    return found.model_dump(by_alias=True)


def test_a_verified_backup_is_healthy_and_in_the_status() -> None:
    found = record(run("Complete"), pods=(said(GOOD),))
    assert {**found, "since": ""} == {
        "lastRun": TODAY,
        "lastResult": "Succeeded",
        "lastSuccess": TODAY,
        "lastVerified": TODAY,
        "lastFailure": "",
        "backup": GOOD["backup"],
        "bytes": 12,
        "files": 3,
        "missing": 0,
        "differing": 0,
        "kept": 4,
        "encrypted": True,
        "volumeSnapshot": "of-then",
        "message": GOOD["message"],
        "schedule": "0 1 * * *",
        "since": "",
    }
    value = judge(run("Complete"), pods=(said(GOOD),))
    assert (value.status, value.reason) == ("True", "BackedUp")
    assert value.message == f"the last complete backup is of {TODAY} and was verified"
    # Its Job and its pod are removed later; the status is the memory.
    assert record(status={"backup": found}) == found


def test_a_failed_run_keeps_what_is_known_of_the_last_good_one() -> None:
    before = record(run("Complete", LONG_PAST), pods=(said({**GOOD, "began": LONG_PAST}),))
    failed = {"result": "failed", "message": "no space left on device"}
    found = record(run("Failed"), pods=(said(failed),), status={"backup": before})
    assert (found["lastResult"], found["lastFailure"]) == ("Failed", TODAY)
    assert (found["lastVerified"], found["backup"]) == (LONG_PAST, GOOD["backup"])
    value = judge(run("Failed"), pods=(said(failed),), status={"backup": before})
    assert (value.status, value.reason) == ("False", "LastRunFailed")
    assert "the last backup failed: no space left on device; the last complete" in value.message
    assert "kubectl annotate omeroplatform demo --overwrite" in value.message


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({**GOOD, "began": LONG_PAST}, "Overdue"),
        ({**GOOD, "verified": False}, "BackedUp"),
        ({**GOOD, "missing": 2, "message": "2 missing"}, "FilesDiffer"),
    ],
    ids=["old", "not verified", "missing files"],
)
def test_what_a_good_run_can_still_mean(words: Manifest, reason: str) -> None:
    found = record(run("Complete", str(words["began"])), pods=(said(words),))
    found["since"] = TODAY if reason != "Overdue" else LONG_PAST
    assert judge(status={"backup": found}).reason == reason


def test_a_site_whose_backups_are_never_verified_is_overdue() -> None:
    found = record(run("Complete"), pods=(said({**GOOD, "verified": False}),))
    found["since"] = LONG_PAST
    assert judge(status={"backup": found}).reason == "Overdue"
    unchecked = judge(status={"backup": found}, verify={"enabled": False})
    assert unchecked.reason == "BackedUp"


@pytest.mark.parametrize(
    ("runs", "result"),
    [
        ((), ""),
        ((run(""),), "Running"),
        ((run("Failed", LONG_PAST), run("Complete", TODAY, "two")), "Succeeded"),
        ((job("other", "Failed", owner="other"),), ""),
    ],
)
def test_the_newest_run_decides(runs: tuple[Manifest, ...], result: str) -> None:
    assert record(*runs)["lastResult"] == result


def test_a_run_that_is_gone_is_unknown() -> None:
    before = record(run(""))
    assert record(status={"backup": before})["lastResult"] == "Unknown"


@pytest.mark.parametrize("words", ["not JSON", "[]", '{"bytes": "many", "files": null}', ""])
def test_words_that_are_no_result_break_nothing(words: str) -> None:
    found = record(run("Complete"), pods=(said(words),))
    assert (found["lastResult"], found["lastSuccess"], found["lastVerified"]) == (
        "Succeeded",
        TODAY,
        "",
    )


def test_new_and_suspended_sites_say_so() -> None:
    assert judge().reason == "NoBackupYet"
    assert judge(suspend=True).reason == "Suspended"


RESTORE: Manifest = {"restoreFrom": {"claim": "backups"}}


@pytest.mark.parametrize(
    ("outcome", "suspend", "reason"),
    [
        ("", True, "Waiting"),
        ("", False, "Progressing"),
        ("Failed", False, "RestoreFailed"),
        ("Complete", False, "Restored"),
    ],
)
def test_how_far_a_restore_is(outcome: str, suspend: bool, reason: str) -> None:
    ctx = context(spec(bootstrap=RESTORE), may_start=frozenset({"restore"}))
    name = restore.job_name(ctx)
    made = job(name, outcome, suspend=suspend)
    made["status"]["active"] = 1
    refusal = {"result": "failed", "message": "/OMERO is not empty"}
    told = (said(refusal, name),) if outcome == "Failed" else ()
    for each in told:
        each["metadata"]["labels"]["app.kubernetes.io/component"] = "restore"
    view = observed(made, pods=told)
    value = conditions.judge(ctx, view)[Type.RESTORED]
    assert value.reason == reason, value
    if told:
        assert value.message.startswith("/OMERO is not empty; then `kubectl delete job")
