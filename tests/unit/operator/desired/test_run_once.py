"""Jobs that run once: named by what they do, and judged by what Kubernetes says of them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired import run_once
from omero_operator.desired.run_once import Outcome
from omero_operator.identity.kinds import Manifest
from operator_builders import container, context, job, observed, pod

NAME = "demo-backup-12345678"
TEMPLATE: Manifest = {"spec": {"containers": []}}


def ended(
    message: str, name: str = "a", created: str = "2026-01-01", of: str = NAME, code: int = 1
) -> Manifest:
    state = {"terminated": {"message": message, "exitCode": code}}
    found = pod("backup", name, containerStatuses=[container(state=state)])
    found["metadata"]["labels"]["batch.kubernetes.io/job-name"] = of
    found["metadata"]["creationTimestamp"] = created
    return found


def test_name_follows_its_input_alone_and_fits() -> None:
    first = run_once.name("demo-backup", {"a": 1, "b": 2})
    assert first == run_once.name("demo-backup", {"b": 2, "a": 1})
    assert first != run_once.name("demo-backup", {"a": 1, "b": 3})
    assert len(run_once.name("x" * 54, [])) == 63


def test_job_that_may_not_start_is_suspended() -> None:
    waits = run_once.job(context(), NAME, "bootstrap", TEMPLATE, run=False)
    assert waits["spec"] == {"suspend": True, "backoffLimit": 6, "template": TEMPLATE}
    runs = run_once.job(context(), NAME, "bootstrap", TEMPLATE, retries=0, seconds=60)
    assert runs["spec"]["suspend"] is False
    assert (runs["spec"]["backoffLimit"], runs["spec"]["activeDeadlineSeconds"]) == (0, 60)


@pytest.mark.parametrize(
    ("found", "pods", "expected"),
    [
        ([], [], Outcome("absent")),
        ([job(NAME, suspend=True)], [], Outcome("suspended")),
        ([job(NAME)], [], Outcome("running")),
        ([job(NAME)], [ended("no route")], Outcome("running", "no route")),
        # Its pod has ended, and the Job says so a moment later.
        ([job(NAME)], [ended("3 rows", code=0)], Outcome("running")),
        ([job(NAME, "Complete")], [ended("")], Outcome("done")),
        ([job(NAME, "Complete")], [ended("3 rows\n")], Outcome("done", "3 rows")),
        ([job(NAME, "Failed")], [], Outcome("failed", "the Job failed")),
        ([job(NAME, "Failed")], [ended(" \n")], Outcome("failed", "the Job failed")),
        ([job(NAME, "Failed")], [ended("disk full")], Outcome("failed", "disk full")),
        ([job(NAME, "Failed")], [ended("x", of="demo-old")], Outcome("failed", "the Job failed")),
    ],
)
def test_outcome(found: list[Any], pods: list[Any], expected: Outcome) -> None:
    assert run_once.outcome(observed(*found, pods=pods), NAME, "backup") == expected


def test_latest_pod_that_said_something_has_the_last_word() -> None:
    pods = [
        ended("second", "b", "2026-01-02"),
        ended("", "c", "2026-01-03"),
        ended("first", "a", "2026-01-01"),
    ]
    assert run_once.outcome(observed(job(NAME), pods=pods), NAME, "backup").words == "second"


def test_pods_of_another_component_say_nothing() -> None:
    view = observed(job(NAME), pods=[ended("first")])
    assert run_once.outcome(view, NAME, "restore") == Outcome("running")
