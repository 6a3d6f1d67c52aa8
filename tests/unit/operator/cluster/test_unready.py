"""Events and claims are read of what is not ready, and of nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omero_operator.cluster import unready
from omero_operator.identity.kinds import CLAIM, DEPLOYMENT, EVENT, STATEFUL_SET, Kind, Manifest
from omero_operator.state.observed import Observed
from operator_builders import (
    NAMES,
    NAMESPACE,
    Cluster,
    component,
    context,
    event,
    job,
    observed,
    pod,
    running_site,
    spec,
    workload,
)

_, JOB = component("bootstrap").workload_of(context())


class Reads(Cluster):
    """Notes what is read."""

    def __init__(self, *objects: Manifest) -> None:
        super().__init__(*objects)
        self.about: list[str] = []

    async def list(
        self, kind: Kind, namespace: str | None = None, selector: str = "", fields: str = ""
    ) -> Any:
        assert (kind, namespace) == (EVENT, NAMESPACE)
        self.about.append(fields.removeprefix("involvedObject.uid=uid-"))
        return await super().list(kind, namespace, selector, fields)


def look(cluster: Cluster, view: Observed, **blocks: Any) -> Observed:
    return asyncio.run(unready.look_at(cluster, context(spec(**blocks)), view))


def claim(name: str, phase: str) -> Manifest:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}"}
    return {"kind": CLAIM.name, "metadata": metadata, "status": {"phase": phase}}


def stored(number: int, of: str, message: str, **times: Any) -> Manifest:
    found = event(of, "FailedCreate", message)
    metadata = {"name": f"e{number}", "namespace": NAMESPACE}
    return {"kind": "Event", "metadata": metadata, **found, **times}


def test_settled_site_causes_no_request() -> None:
    cluster = Reads()
    seen = look(cluster, observed(*running_site(), claim("demo-db", "Bound")))
    assert (cluster.about, seen.events, seen.claims) == ([], (), {})


READY = {"conditions": [{"type": "Ready", "status": "True"}]}
ROWS: dict[str, tuple[Manifest, list[Manifest], list[str]]] = {
    "StatefulSet": (workload(STATEFUL_SET, NAMES.redis, ready=0), [], [NAMES.redis]),
    "Deployment": (workload(DEPLOYMENT, NAMES.web, 2, updated=0), [], [NAMES.web]),
    "Job": (job(JOB), [], [JOB]),
    "suspended Job": (job(JOB, suspend=True), [], []),
    "scaled to zero": (workload(DEPLOYMENT, NAMES.web, 0), [], []),
    "its pods that are not ready": (
        workload(DEPLOYMENT, NAMES.web, 2, ready=1),
        [pod("web", "a", **READY), pod("web", "b"), pod("worker", "c")],
        [NAMES.web, "b"],
    ),
    "two pods of many": (
        workload(DEPLOYMENT, NAMES.web, 5, ready=0),
        [pod("web", name) for name in "abcde"],
        [NAMES.web, "a", "b"],
    ),
}


@pytest.mark.parametrize(("changed", "pods", "about"), ROWS.values(), ids=ROWS.keys())
def test_events_are_asked_for_object_by_object(
    changed: Manifest, pods: list[Manifest], about: list[str]
) -> None:
    cluster = Reads()
    look(cluster, observed(*running_site(changed), pods=pods))
    assert cluster.about == about


@pytest.mark.parametrize(("phase", "asked"), [("Pending", True), ("Bound", False)])
@pytest.mark.parametrize("own", [True, False], ids=["own claim", "the user's claim"])
def test_claim_that_is_not_bound_is_asked_about(phase: str, asked: bool, own: bool) -> None:
    down = workload(STATEFUL_SET, NAMES.database, ready=0)
    name = NAMES.database if own else "mine"
    blocks = {} if own else {"database": {"storage": {"existingClaim": "mine"}}}
    cluster = Reads(claim("mine", phase))
    children = [*running_site(down), *([claim(name, phase)] if own else [])]
    seen = look(cluster, observed(*children), **blocks)
    assert seen.claims[name]["status"]["phase"] == phase
    assert (name in cluster.about[1:]) == asked


def test_newest_event_comes_first_whoever_wrote_it() -> None:
    cluster = Reads(
        stored(1, NAMES.redis, "old", lastTimestamp="2026-01-01T00:00:00Z"),
        stored(2, NAMES.redis, "newest", series={"lastObservedTime": "2026-01-04T00:00:00Z"}),
        stored(3, NAMES.redis, "newer", eventTime="2026-01-03T00:00:00.5Z", lastTimestamp=None),
        stored(4, NAMES.redis, "made", series=None, lastTimestamp=None),
        stored(5, NAMES.server, "of another"),
    )
    seen = look(cluster, observed(*running_site(workload(STATEFUL_SET, NAMES.redis, ready=0))))
    assert [each["message"] for each in seen.events] == ["newest", "newer", "old", "made"]


def test_runs_of_maintenance_without_a_pod_are_asked_about() -> None:
    busy = job("demo-vacuum-2", owner=NAMES.vacuum)
    busy["status"]["active"] = 1
    runs = [job("demo-vacuum-1", owner=NAMES.vacuum), busy, job("demo-vacuum-0", "Complete")]
    cluster = Reads()
    look(cluster, observed(*running_site(), runs=runs))
    assert cluster.about == ["demo-vacuum-1"]


@pytest.mark.parametrize(("status", "about"), [("False", [NAMES.vacuum]), ("True", [])])
def test_schedules_are_asked_about_while_maintenance_is_not_healthy(
    status: str, about: list[str]
) -> None:
    cron = {"kind": "CronJob", "metadata": {"name": NAMES.vacuum, "uid": f"uid-{NAMES.vacuum}"}}
    before = {"conditions": [{"type": "MaintenanceHealthy", "status": status}]}
    cluster = Reads()
    look(cluster, observed(*running_site(), cron, status=before))
    assert cluster.about == about


def test_role_that_lacks_the_verb_is_told_and_ends_nothing() -> None:
    cluster = Reads()
    cluster.refusals["list Event"] = 403
    view = observed(*running_site(workload(STATEFUL_SET, NAMES.redis, ready=0)))
    seen = look(cluster, view)
    assert seen.events == ()
    assert 'cannot list resource "events"' in seen.events_refusal
