"""A workload is complete only when every replica runs the latest template and is ready."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.state import rollout
from operator_builders import job, pod, workload


@pytest.mark.parametrize(
    ("state", "complete"),
    [
        ({"replicas": 1}, True),
        ({"replicas": 3}, True),
        ({"replicas": 0}, True),
        ({"replicas": 0, "total": 2, "ready": 2, "updated": 2}, False),
        ({"replicas": 2, "ready": 1}, False),
        ({"replicas": 2, "ready": 0}, False),
        ({"replicas": 2, "updated": 1}, False),
        ({"replicas": 2, "total": 3, "ready": 2, "updated": 2}, False),
        ({"replicas": 2, "total": 3, "ready": 3, "updated": 2}, False),
        ({"replicas": 1, "generation": 4, "seen": 3}, False),
        ({"replicas": 1, "generation": 4, "seen": 5}, True),
    ],
    ids=[
        "one",
        "several",
        "scaled to zero",
        "still scaling to zero",
        "one not ready",
        "none ready",
        "one of the old template",
        "surge replica not ready",
        "surge replica ready, old one not gone",
        "numbers of an older generation",
        "generation seen ahead of the copy that was read",
    ],
)
def test_rollout(state: dict[str, Any], complete: bool) -> None:
    assert rollout.complete(workload(DEPLOYMENT, "w", **state)) is complete


def test_workload_that_no_controller_has_seen_is_not_complete() -> None:
    """Just created: no status at all. Zero wanted replicas must not make it complete."""
    fresh = workload(DEPLOYMENT, "w", 0, generation=1)
    del fresh["status"]
    assert not rollout.seen(fresh)
    assert not rollout.complete(fresh)
    assert rollout.ready(fresh) == 0


@pytest.mark.parametrize(
    ("state", "lacks"),
    [({"updated": 0}, True), ({"updated": 1}, True), ({"updated": 2}, False)],
    ids=["none", "one", "all"],
)
def test_workload_lacks_pods_until_all_of_the_latest_template_exist(
    state: dict[str, Any], lacks: bool
) -> None:
    assert rollout.lacks_pods(workload(DEPLOYMENT, "w", 2, ready=0, **state)) is lacks


@pytest.mark.parametrize(
    ("conditions", "ready"),
    [
        ([], False),
        ([("PodScheduled", "True"), ("Ready", "False")], False),
        ([("PodScheduled", "True"), ("Ready", "True")], True),
        ([("Ready", "Unknown")], False),
    ],
    ids=["new", "starts", "ready", "on a lost node"],
)
def test_pod_is_ready_by_its_condition(conditions: list[tuple[str, str]], ready: bool) -> None:
    told = [{"type": kind, "status": status} for kind, status in conditions]
    assert rollout.pod_ready(pod("web", conditions=told)) is ready


def test_replicas_default_to_one_as_in_kubernetes() -> None:
    item = workload(DEPLOYMENT, "w")
    del item["spec"]["replicas"]
    assert rollout.wanted(item) == 1
    assert rollout.complete(item)


@pytest.mark.parametrize(
    ("conditions", "word"),
    [
        ([], ""),
        ([{"type": "Complete", "status": "True"}], "Complete"),
        ([{"type": "Failed", "status": "True"}], "Failed"),
        ([{"type": "Complete", "status": "False"}], ""),
        ([{"type": "Suspended", "status": "True"}], ""),
        (
            [
                {"type": "FailureTarget", "status": "True"},
                {"type": "Failed", "status": "True"},
            ],
            "Failed",
        ),
        (
            [
                {"type": "Suspended", "status": "False"},
                {"type": "SuccessCriteriaMet", "status": "True"},
                {"type": "Complete", "status": "True"},
            ],
            "Complete",
        ),
    ],
    ids=["running", "done", "failed", "not done", "suspended", "failed lately", "done lately"],
)
def test_end_of_a_job(conditions: list[dict[str, str]], word: str) -> None:
    item = job("j")
    item["status"]["conditions"] = conditions
    assert rollout.finished(item) == word


def test_job_without_status_goes_on() -> None:
    item = job("j")
    del item["status"]
    assert rollout.finished(item) == ""
    assert rollout.lacks_its_pod(item)


@pytest.mark.parametrize(
    ("item", "active", "lacks"),
    [
        (job("j"), 0, True),
        (job("j"), 1, False),
        (job("j", suspend=True), 0, False),
        (job("j", "Complete"), 0, False),
        (job("j", "Failed"), 0, False),
    ],
    ids=["no pod", "runs", "suspended", "done", "failed"],
)
def test_job_lacks_its_pod_only_while_it_should_run(
    item: Manifest, active: int, lacks: bool
) -> None:
    item = {**item, "status": {**item["status"], **({"active": active} if active else {})}}
    assert rollout.lacks_its_pod(item) is lacks


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([{"type": "Failed", "message": "too slow"}], "too slow"),
        ([{"type": "Suspended", "message": "x"}, {"type": "Failed", "message": "y"}], "y"),
        ([{"type": "Failed"}], "the Job failed"),
    ],
    ids=["its words", "not those of another condition", "no words"],
)
def test_words_of_a_job_that_failed(conditions: list[dict[str, str]], words: str) -> None:
    item = job("j")
    item["status"]["conditions"] = conditions
    assert rollout.failure(item) == words
