"""A workload is complete only when every replica runs the latest template and is ready."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.identity.kinds import DEPLOYMENT
from omero_operator.state import rollout
from operator_builders import job, workload


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
    fresh = workload(DEPLOYMENT, "w", 0)
    del fresh["status"]
    assert not rollout.complete(fresh)
    assert rollout.ready(fresh) == 0


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
