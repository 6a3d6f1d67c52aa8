"""MaintenanceHealthy and the record of the last runs."""

from __future__ import annotations

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import MaintenanceRun
from omero_operator.health import maintenance
from omero_operator.health.condition import ConditionValue
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Failure, Observed
from operator_builders import NAMES, component, context, job, observed, spec

VACUUM, REINDEX = NAMES.vacuum, NAMES.reindex


def cron(name: str, success: str = "") -> Manifest:
    status = {"lastSuccessfulTime": success} if success else {}
    return {"kind": "CronJob", "metadata": {"name": name}, "spec": {}, "status": status}


def run(owner: str, outcome: str, day: int = 1) -> Manifest:
    return job(f"{owner}-{day}", outcome, owner=owner, created=f"2026-01-0{day}T00:00:00Z")


def results(view: Observed) -> dict[str, str]:
    return {one.name: one.last_result for one in maintenance.runs(NAMES, view)}


@pytest.mark.parametrize(
    ("runs", "result"),
    [
        ([], ""),
        ([run(VACUUM, "Complete")], "Succeeded"),
        ([run(VACUUM, "Failed")], "Failed"),
        ([run(VACUUM, "")], "Running"),
        ([run(VACUUM, "Failed", 1), run(VACUUM, "Complete", 2)], "Succeeded"),
        ([run(VACUUM, "Failed", 2), run(VACUUM, "Complete", 1)], "Failed"),
        ([run(REINDEX, "Failed")], ""),
        ([job("by-hand", "Failed")], ""),
    ],
    ids=[
        "never",
        "succeeded",
        "failed",
        "running",
        "better now",
        "worse now",
        "of another",
        "of nobody",
    ],
)
def test_last_run_of_vacuum(runs: list[Manifest], result: str) -> None:
    assert results(observed(cron(VACUUM), cron(REINDEX), runs=runs))["vacuum"] == result


def test_last_success_outlives_its_job() -> None:
    view = observed(cron(VACUUM, "2026-01-04T03:00:12Z"), cron(REINDEX))
    assert maintenance.runs(NAMES, view) == [
        MaintenanceRun(name="vacuum", last_success="2026-01-04T03:00:12Z", last_result=""),
        MaintenanceRun(name="reindex", last_success="", last_result=""),
    ]


def test_runs_before_the_first_pass() -> None:
    assert results(observed()) == {"vacuum": "", "reindex": ""}


@pytest.mark.parametrize(
    ("given", "view", "status", "reason"),
    [
        (spec(), observed(), "True", "Scheduled"),
        (spec(), observed(runs=[run(VACUUM, "Complete")]), "True", "Scheduled"),
        (spec(), observed(runs=[run(VACUUM, "Failed")]), "False", "LastRunFailed"),
        (spec(), observed(runs=[run(REINDEX, "Failed")]), "False", "LastRunFailed"),
        (spec(maintenance={"suspend": True}), observed(), "False", "Suspended"),
        (spec(hibernated=True), observed(), "True", "Hibernated"),
        (
            spec(hibernated=True),
            observed(runs=[run(VACUUM, "Failed")]),
            "True",
            "Hibernated",
        ),
        (
            spec(maintenance={"suspend": True}),
            observed(failures=[Failure("maintenance", "SecretNotFound", "x")]),
            "False",
            "SecretNotFound",
        ),
    ],
    ids=[
        "scheduled",
        "good run",
        "bad vacuum",
        "bad reindex",
        "suspended",
        "hibernated",
        "failed before hibernation",
        "failure",
    ],
)
def test_condition(given: PlatformSpec, view: Observed, status: str, reason: str) -> None:
    value: ConditionValue = maintenance.judge(context(given), component("maintenance"), view)
    assert (value.status, value.reason) == (status, reason)


def test_failed_run_says_where_to_look() -> None:
    value = maintenance.judge(
        context(), component("maintenance"), observed(runs=[run(REINDEX, "Failed")])
    )
    assert "the last reindex failed" in value.message
    assert "app.kubernetes.io/instance=demo" in value.message
