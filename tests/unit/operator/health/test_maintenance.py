"""MaintenanceHealthy: what the schedules promise and the runs keep."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.health import maintenance
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Failure, Observed
from operator_builders import NAMES, component, context, event, job, observed, pod, spec, waiting

VACUUM, REINDEX = NAMES.vacuum, NAMES.reindex
# The defaults: vacuum each Sunday, reindex on Sundays of a month's first week. It is June 1st.
RECENT = "2026-05-24T03:10:00Z"
OVER_TWO_WEEKS = "2026-05-17T03:10:00Z"


REINDEX_BY_HAND = (
    "start one by hand: kubectl create job --from=cronjob/demo-reindex demo-reindex-by-hand (after "
    "the first week of a month it does nothing unless spec.maintenance.reindex.firstWeekOnly is "
    "false)"
)


def judge(view: Observed, **blocks: Any) -> ConditionValue:
    return maintenance.judge(context(spec(**blocks)), component("maintenance"), view)


def status(reindex: Manifest | None = None, **vacuum: Any) -> Manifest:
    """What the last pass wrote; what is not said is as on a site that is well."""
    settings = spec().maintenance
    well = {"last_success": RECENT, "last_result": "Succeeded", "last_run": RECENT}
    rows = [
        MaintenanceRun(name="vacuum", schedule=settings.vacuum.schedule, **(well | vacuum)),
        MaintenanceRun(
            name="reindex", schedule=settings.reindex.schedule, **(well | (reindex or {}))
        ),
    ]
    return {"maintenance": [row.model_dump(by_alias=True) for row in rows]}


ROWS: dict[str, tuple[Manifest, Observed, str, str]] = {
    "well": ({}, observed(status=status()), "True", "Scheduled"),
    "first pass": ({}, observed(), "True", "Scheduled"),
    "bad vacuum": (
        {},
        observed(status=status(last_failure="2026-05-31")),
        "False",
        "LastRunFailed",
    ),
    "bad reindex": (
        {},
        observed(status=status({"last_failure": "2026-05-31"})),
        "False",
        "LastRunFailed",
    ),
    "was bad": ({}, observed(status=status(last_failure="2026-05-10")), "True", "Scheduled"),
    "overdue": ({}, observed(status=status(last_success=OVER_TWO_WEEKS)), "False", "Overdue"),
    "never ran on an old site": (
        {},
        observed(status=status(last_success="", last_result="", since=OVER_TWO_WEEKS)),
        "False",
        "Overdue",
    ),
    "never ran on a young site": (
        {},
        observed(status=status(last_success="", last_result="", since=RECENT)),
        "True",
        "Scheduled",
    ),
    "schedule that holds since lately": (
        {},
        observed(status=status(last_success=OVER_TWO_WEEKS, since=RECENT)),
        "True",
        "Scheduled",
    ),
    "reindex of the month before last": (
        {},
        observed(status=status({"last_success": "2026-04-05T04:30:00Z"})),
        "True",
        "Scheduled",
    ),
    "reindex of last year, skipped since": (
        {},
        observed(status=status({"last_success": "2025-12-07T04:30:00Z", "last_result": "Skipped"})),
        "False",
        "Overdue",
    ),
    "mismatch": ({}, observed(status=status(collations=["x"])), "False", "CollationMismatch"),
    "mismatch that a reindex ended": (
        {},
        observed(status=status({"last_success": "2026-05-31T05:00:00Z"}, collations=["x"])),
        "True",
        "Scheduled",
    ),
    "suspended": ({"maintenance": {"suspend": True}}, observed(), "False", "Suspended"),
    "hibernated": ({"hibernated": True}, observed(status=status()), "True", "Hibernated"),
    "failed before hibernation": (
        {"hibernated": True},
        observed(status=status(last_failure="2026-05-31")),
        "True",
        "Hibernated",
    ),
    "failure": (
        {"maintenance": {"suspend": True}},
        observed(failures=[Failure("maintenance", "SecretNotFound", "x")]),
        "False",
        "SecretNotFound",
    ),
}


@pytest.mark.parametrize(("blocks", "view", "value", "reason"), ROWS.values(), ids=ROWS.keys())
def test_condition(blocks: Manifest, view: Observed, value: str, reason: str) -> None:
    found = judge(view, **blocks)
    assert (found.status, found.reason) == (value, reason)


def test_failed_run_says_what_happened_and_where_to_look() -> None:
    before = status({"last_failure": "2026-05-31", "message": "omero: deadlock detected"})
    assert judge(observed(status=before)) == ConditionValue(
        "False",
        "LastRunFailed",
        "the last reindex failed: omero: deadlock detected; read the logs of its pods: kubectl "
        "logs -l app.kubernetes.io/component=maintenance,app.kubernetes.io/instance=demo; "
        f"{REINDEX_BY_HAND}",
    )


def test_overdue_job_says_since_when() -> None:
    before = status(last_success=OVER_TWO_WEEKS, last_result="Unknown", message="gone")
    assert judge(observed(status=before)).message == (
        f"vacuum last succeeded at {OVER_TWO_WEEKS}, which is more than two periods of its "
        "schedule '0 3 * * 0' ago, its last run: Unknown (gone); start one by hand: kubectl create "
        "job --from=cronjob/demo-vacuum demo-vacuum-by-hand"
    )


def test_job_that_never_succeeded_says_so() -> None:
    before = status(last_success="", last_result="", since=OVER_TWO_WEEKS, message="x")
    assert judge(observed(status=before)).message == (
        "vacuum has never succeeded, which is more than two periods of its schedule '0 3 * * 0' "
        "ago; start one by hand: kubectl create job --from=cronjob/demo-vacuum demo-vacuum-by-hand"
    )


@pytest.mark.parametrize(
    ("last", "reason"),
    [("2026-05-18T12:00:00Z", "Scheduled"), ("2026-05-18T11:59:59Z", "Overdue")],
    ids=["two weeks ago", "a second more"],
)
def test_weekly_job_is_overdue_after_two_weeks(last: str, reason: str) -> None:
    assert judge(observed(status=status(last_success=last))).reason == reason


def test_maintenance_that_is_not_wanted_says_why() -> None:
    assert judge(observed(), maintenance={"suspend": True}).message == (
        "spec.maintenance.suspend stops all maintenance jobs"
    )
    assert judge(observed(), hibernated=True).message == (
        "no maintenance while the platform hibernates"
    )


def test_first_pass_has_nothing_to_tell_of_runs() -> None:
    assert judge(observed()).message == "vacuum and reindex are scheduled"


def test_mismatch_says_what_it_means_and_what_to_do() -> None:
    line = "database omero: collation public.de: version 2.31, now 2.36"
    found = judge(observed(status=status(collations=[line, "another"])))
    assert found.message == (
        f"{line}; another. The order of text changed with PostgreSQL's image, so indexes may miss "
        f"rows until a full reindex; {REINDEX_BY_HAND}"
    )


def test_what_was_found_is_told_also_when_all_is_well() -> None:
    found = judge(observed(status=status({"message": "dropped public.x_ccnew"})))
    assert found.message == (
        f"vacuum and reindex are scheduled; vacuum last succeeded at {RECENT}; reindex last "
        f"succeeded at {RECENT} (dropped public.x_ccnew)"
    )


QUOTA = 'Error creating: pods "x" is forbidden: exceeded quota: few, requested: pods=1'


def test_run_without_a_pod_and_schedule_without_a_job_say_why() -> None:
    running = job("demo-vacuum-1", owner=VACUUM, created="2026-05-31T03:00:00Z")
    told = event("demo-vacuum-1", "FailedCreate", QUOTA)
    value = judge(observed(runs=[running], status=status(), events=(told,)))
    assert (value.status, value.reason) == ("False", "FailedCreate")
    assert value.message.startswith(f"Job demo-vacuum-1 cannot create its pod: {QUOTA}; ")
    cron = {"kind": "CronJob", "metadata": {"name": REINDEX, "uid": f"uid-{REINDEX}"}, "spec": {}}
    told = event(REINDEX, "FailedCreate", "Error creating job: exceeded quota: jobs")
    value = judge(observed(cron, status=status(), events=(told,)))
    assert value.message.startswith(
        "CronJob demo-reindex cannot create its Job: Error creating job: "
    )


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (waiting("ErrImagePull", "denied"), "ImageCannotBePulled"),
        (waiting("ContainerCreating"), "Scheduled"),
    ],
    ids=["image is missing", "starts"],
)
def test_run_whose_pod_is_not_ready(state: Manifest, reason: str) -> None:
    running = job("demo-vacuum-1", owner=VACUUM, created="2026-05-31T03:00:00Z")
    starting = pod("maintenance", containerStatuses=[state])
    starting["metadata"]["labels"]["batch.kubernetes.io/job-name"] = "demo-vacuum-1"
    value = judge(observed(runs=[running], pods=[starting], status=status()))
    assert value.reason == reason
