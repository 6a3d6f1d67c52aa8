"""The record of the last runs: what is seen now, else what was recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.health.maintenance_runs import record
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Observed
from operator_builders import LONG_AGO, NAMES, NOW, container, context, job, observed, pod, spec

VACUUM, REINDEX = NAMES.vacuum, NAMES.reindex
DAILY = {"maintenance": {"vacuum": {"schedule": "0 3 * * *"}}}


def run(owner: str, outcome: str, day: int = 1) -> Manifest:
    created = f"2026-01-{day:02}T03:00:00Z"
    found = job(f"{owner}-{day}", outcome, owner=owner, created=created)
    if outcome == "Complete":
        found["status"]["completionTime"] = f"2026-01-{day:02}T03:07:00Z"
    return found


def said(owner: str, day: int = 1, **words: Any) -> Manifest:
    """The pod of a run, with its termination message."""
    message = {"action": "vacuum", "result": "succeeded", "message": "done", "databases": []}
    state = {"terminated": {"exitCode": 0, "message": json.dumps(message | words)}}
    found = pod("maintenance", f"{owner}-{day}-x", containerStatuses=[container(state=state)])
    found["metadata"]["labels"]["batch.kubernetes.io/job-name"] = f"{owner}-{day}"
    return found


def recorded(name: str = "vacuum", **fields: Any) -> Manifest:
    """The status of the last pass."""
    made = MaintenanceRun(name=name, since=LONG_AGO, **fields)
    return {"maintenance": [made.model_dump(by_alias=True)]}


def seen(view: Observed, name: str = "vacuum", **blocks: Any) -> MaintenanceRun:
    (found,) = [each for each in record(context(spec(**blocks)), view) if each.name == name]
    return found


RESULTS: dict[str, tuple[list[Manifest], str]] = {
    "never": ([], ""),
    "succeeded": ([run(VACUUM, "Complete")], "Succeeded"),
    "failed": ([run(VACUUM, "Failed")], "Failed"),
    "running": ([run(VACUUM, "")], "Running"),
    "better now": ([run(VACUUM, "Failed", 1), run(VACUUM, "Complete", 2)], "Succeeded"),
    "worse now": ([run(VACUUM, "Failed", 2), run(VACUUM, "Complete", 1)], "Failed"),
    "of another": ([run(REINDEX, "Failed")], ""),
    "of nobody": ([job("by-hand", "Failed")], ""),
}


@pytest.mark.parametrize(("runs", "result"), RESULTS.values(), ids=RESULTS.keys())
def test_last_run(runs: list[Manifest], result: str) -> None:
    assert seen(observed(runs=runs)).last_result == result


def test_success_has_its_time_and_what_was_done() -> None:
    words = {
        "message": "vacuum done for all databases",
        "databases": [
            {"name": "omero", "result": "succeeded", "warnings": ["a", "b", "and 3 more"]},
            {"name": "omero-plugin", "result": "succeeded"},
        ],
    }
    found = seen(observed(runs=[run(VACUUM, "Complete")], pods=[said(VACUUM, **words)]))
    assert found.last_success == "2026-01-01T03:07:00Z"
    assert found.last_run == "2026-01-01T03:00:00Z"
    assert found.message == (
        "vacuum done for all databases; database omero: warnings: a, b, and 3 more"
    )


def test_what_a_reindex_found_and_did_is_told() -> None:
    words = {
        "message": "reindex done for all databases",
        "databases": [
            {
                "name": "omero",
                "dropped": ["public.image_name_ccnew"],
                "refreshed": ["database omero: version 2.31, now 2.36"],
                "skipped": ["public.event"],
            }
        ],
    }
    view = observed(runs=[run(REINDEX, "Complete")], pods=[said(REINDEX, **words)])
    assert seen(view, "reindex").message == (
        "reindex done for all databases; database omero: removed what an interrupted reindex "
        "left: public.image_name_ccnew, all its indexes were rebuilt, refreshed: database omero: "
        "version 2.31, now 2.36, skipped: public.event"
    )


def test_failure_names_database_and_cause() -> None:
    words = {
        "result": "failed",
        "message": "vacuum failed for: OMERO_DB",
        "databases": [{"name": "omero", "result": "failed", "error": "not ready after 120 s"}],
    }
    found = seen(observed(runs=[run(VACUUM, "Failed")], pods=[said(VACUUM, **words)]))
    assert found.message == "vacuum failed for: OMERO_DB; database omero: not ready after 120 s"
    assert (found.last_failure, found.last_success) == ("2026-01-01T03:00:00Z", "")


def test_failure_without_words_has_those_of_the_job() -> None:
    """A pod that was killed, or ended by the deadline with its node, leaves none."""
    late = run(VACUUM, "Failed")
    late["status"]["conditions"][0]["message"] = "Job was active longer than specified deadline"
    found = seen(observed(runs=[late]))
    assert found.message == "Job was active longer than specified deadline"


def test_skipped_run_is_no_success() -> None:
    words = {"result": "skipped", "message": "2026-01-11 is not in the first week"}
    before = recorded(
        "reindex", schedule="0 4 * * 0", last_success=LONG_AGO, last_result="Succeeded"
    )
    view = observed(
        runs=[run(REINDEX, "Complete", 11)], pods=[said(REINDEX, 11, **words)], status=before
    )
    found = seen(view, "reindex")
    assert (found.last_result, found.last_success) == ("Skipped", LONG_AGO)
    assert found.message == "2026-01-11 is not in the first week"


@pytest.mark.parametrize(
    ("day", "zone", "guarded", "result"),
    [
        (7, "UTC", True, "Succeeded"),
        (8, "UTC", True, "Skipped"),
        (8, "UTC", False, "Succeeded"),
        (8, "America/Los_Angeles", True, "Succeeded"),
    ],
    ids=["seventh", "eighth", "eighth, unguarded", "still the seventh there"],
)
def test_run_whose_pod_is_gone_is_judged_by_its_day(
    day: int, zone: str, guarded: bool, result: str
) -> None:
    blocks = {"timeZone": zone, "maintenance": {"reindex": {"firstWeekOnly": guarded}}}
    view = observed(runs=[run(REINDEX, "Complete", day)])
    assert seen(view, "reindex", **blocks).last_result == result


def test_record_outlives_pod_and_job() -> None:
    words = {"databases": [{"name": "omero", "collations": ["version 2.31, now 2.36"]}]}
    jobs = [run(VACUUM, "Complete")]
    first = seen(observed(runs=jobs, pods=[said(VACUUM, **words)]))
    assert first.collations == ["database omero: version 2.31, now 2.36"]
    status = {"maintenance": [first.model_dump(by_alias=True)]}
    assert seen(observed(runs=jobs, status=status)) == first, "the pod is gone"
    assert seen(observed(status=status)) == first, "the Job is gone"


def test_run_that_is_older_than_the_record_says_nothing_new() -> None:
    before = recorded(
        schedule="0 3 * * 0", last_run="2026-01-04T03:00:00Z", last_result="Succeeded"
    )
    found = seen(observed(runs=[run(VACUUM, "Failed", 1)], status=before))
    assert (found.last_result, found.last_failure) == ("Succeeded", "")


def test_run_whose_pod_is_gone_changes_no_record_of_it() -> None:
    before = recorded(
        schedule="0 3 * * 0",
        last_run="2026-01-01T03:00:00Z",
        last_result="Failed",
        message="out of space",
    )
    found = seen(observed(runs=[run(VACUUM, "Failed", 1)], status=before))
    assert (found.last_result, found.message) == ("Failed", "out of space")


@pytest.mark.parametrize("known", ["Running", "Unknown"])
def test_end_of_a_run_is_recorded_also_when_its_pod_is_gone(known: str) -> None:
    before = recorded(schedule="0 3 * * 0", last_run="2026-01-01T03:00:00Z", last_result=known)
    found = seen(observed(runs=[run(VACUUM, "Complete", 1)], status=before))
    assert (found.last_result, found.last_success) == ("Succeeded", "2026-01-01T03:07:00Z")


def test_run_without_a_time_of_its_end_counts_from_its_begin() -> None:
    done = run(VACUUM, "Complete")
    del done["status"]["completionTime"]
    assert seen(observed(runs=[done])).last_success == "2026-01-01T03:00:00Z"


def test_last_pod_of_a_run_has_the_last_word() -> None:
    pods = [said(VACUUM, message="first"), said(VACUUM, message="third"), said(VACUUM)]
    for number, each in enumerate(pods, 1):
        each["metadata"]["creationTimestamp"] = f"2026-01-01T03:0{number}:00Z"
    # It was killed and left none.
    pods[2]["status"]["containerStatuses"] = [container()]
    other = said(VACUUM, 2, message="another run's")
    found = seen(observed(runs=[run(VACUUM, "Failed")], pods=[pods[1], pods[0], pods[2], other]))
    assert found.message == "third"


def test_what_a_run_says_is_kept_within_the_bounds_of_the_status() -> None:
    lines = [f"collation {number}" for number in range(20)]
    words = {"message": "x" * 3000, "databases": [{"name": "omero", "collations": lines}]}
    found = seen(observed(runs=[run(VACUUM, "Complete")], pods=[said(VACUUM, **words)]))
    assert found.message == "x" * 2048
    assert found.collations == [f"database omero: {line}" for line in lines[:16]]


def test_run_that_is_gone_before_its_end_was_seen_is_unknown() -> None:
    before = recorded(schedule="0 3 * * 0", last_result="Running", last_run=LONG_AGO)
    found = seen(observed(status=before))
    assert (found.last_result, found.last_success) == ("Unknown", "")
    assert found.message == (
        f"the run that began at {LONG_AGO} is gone, so its result is not known"
    )
    again = {"maintenance": [found.model_dump(by_alias=True)]}
    assert seen(observed(status=again)) == found


def test_failure_is_told_until_a_success() -> None:
    """Neither a run that goes on nor one that had nothing to do has mended anything."""
    failed = run(REINDEX, "Failed", 4)
    skipped, words = run(REINDEX, "Complete", 11), {"result": "skipped", "message": "not now"}
    found = seen(
        observed(
            runs=[failed, skipped],
            pods=[said(REINDEX, 4, message="no"), said(REINDEX, 11, **words)],
        ),
        "reindex",
    )
    assert (found.last_failure, found.message) == ("2026-01-04T03:00:00Z", "no")
    running = seen(
        observed(runs=[failed, run(REINDEX, "", 11)], pods=[said(REINDEX, 4, message="no")]),
        "reindex",
    )
    assert (running.last_failure, running.message) == ("2026-01-04T03:00:00Z", "no")


def cron(name: str) -> Manifest:
    metadata = {"name": name, "creationTimestamp": "2026-05-01T00:00:00Z"}
    return {"kind": "CronJob", "metadata": metadata, "spec": {}}


SINCE: dict[str, tuple[Manifest, Manifest, str]] = {
    "new site": ({}, {}, "2026-05-01T00:00:00Z"),
    "as before": (recorded(schedule="0 3 * * *"), DAILY, LONG_AGO),
    "changed schedule": (recorded(schedule="0 3 * * 0"), DAILY, NOW),
    "suspended": (recorded(schedule="0 3 * * *"), {"hibernated": True}, NOW),
    "still suspended": (recorded(), {"hibernated": True}, LONG_AGO),
    "awake again": (recorded(), DAILY, NOW),
}


@pytest.mark.parametrize(("status", "blocks", "since"), SINCE.values(), ids=SINCE.keys())
def test_since_when_a_schedule_counts(status: Manifest, blocks: Manifest, since: str) -> None:
    found = seen(observed(cron(VACUUM), cron(REINDEX), status=status), **blocks)
    assert found.since == since


def test_schedule_without_a_cron_job_counts_from_now() -> None:
    found = seen(observed())
    assert (found.since, found.schedule) == (NOW, "0 3 * * 0")


def test_record_of_a_newer_operator_is_read() -> None:
    before = recorded(schedule="0 3 * * *", last_success=LONG_AGO)
    before["maintenance"][0]["fromTheFuture"] = 1
    assert seen(observed(status=before), **DAILY).last_success == LONG_AGO


@pytest.mark.parametrize(
    "message",
    ["", "{", "[]", "42", '{"databases": 1}', '{"databases": [1, {"dropped": "x", "skipped": 4}]}'],
)
def test_any_termination_message_is_survived(message: str) -> None:
    broken = said(VACUUM)
    broken["status"]["containerStatuses"][0]["state"]["terminated"]["message"] = message
    assert seen(observed(runs=[run(VACUUM, "Complete")], pods=[broken])).last_result == "Succeeded"
