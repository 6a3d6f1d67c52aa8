"""Memo files written ahead after an upgrade, over the cluster in memory."""

from __future__ import annotations

from omero_operator.identity.kinds import JOB, Manifest
from omero_operator.operations.catalogue import Catalogue, Release
from operator_builders import IMAGES, NAMESPACE, Cluster
from passes import conditions, edit
from upgrades import NEWER, OLD, SKIP, TO, condition, go, newer_pass, operation, upgrading

AHEAD: Manifest = {"upgrade": {**SKIP["upgrade"], "memoFiles": {"ahead": True, "parallel": 4}}}


def memo_jobs(cluster: Cluster) -> list[Manifest]:
    return [
        item
        for (kind, _, name), item in cluster.objects.items()
        if kind == JOB.name and name.startswith("demo-memo-")
    ]


def test_job_follows_the_upgrade_and_the_site_runs_meanwhile() -> None:
    cluster = upgrading(spec=AHEAD)
    for _ in range(40):
        newer_pass(cluster)
        if operation(cluster)["outcome"] == "Done":
            break
        assert memo_jobs(cluster) == []
        go(cluster, passes=1)
    newer_pass(cluster)
    (job,) = memo_jobs(cluster)
    job["status"] = {"succeeded": 37}
    newer_pass(cluster)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert condition(cluster, "Upgrading")["message"].endswith(
        "; memo files: 37 of 100 parts are written"
    )
    spec = job["spec"]
    assert (spec["completions"], spec["completionMode"], spec["parallelism"]) == (100, "Indexed", 4)
    (container,) = spec["template"]["spec"]["containers"]
    assert (container["image"], container["args"]) == (NEWER.web, ["memo-files"])
    # Hibernation interrupts it; shares that are done stay done.
    edit(cluster, {"version": TO, **AHEAD, "hibernated": True})
    newer_pass(cluster)
    (job,) = memo_jobs(cluster)
    assert job["spec"]["suspend"] is True
    edit(cluster, {"version": TO, **AHEAD})
    job["status"] = {
        "succeeded": 99,
        "conditions": [{"type": "Failed", "status": "True", "message": "too many"}],
    }
    newer_pass(cluster)
    name = job["metadata"]["name"]
    assert f"Job {name} failed with 99 of 100" in condition(cluster, "Upgrading")["message"]
    edit(cluster, {"version": TO, **SKIP})
    newer_pass(cluster)
    assert memo_jobs(cluster) == []
    assert "memo" not in condition(cluster, "Upgrading")["message"]
    assert (JOB.name, NAMESPACE, name) not in cluster.objects


def test_server_that_stayed_the_same_keeps_its_memo_files() -> None:
    same = Release(TO, {**NEWER.references, "server": IMAGES.server})
    cluster = upgrading(spec=AHEAD)
    go(cluster, catalogue=Catalogue(same, {"0.1.0": OLD}))
    assert operation(cluster)["outcome"] == "Done"
    assert memo_jobs(cluster) == []
