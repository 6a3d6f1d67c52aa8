"""What restarts comes in an order, one after the other; what does not restart never waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omero_operator.cluster.apply import converge
from omero_operator.cluster.client import Request
from omero_operator.cluster.observe import observe
from omero_operator.cluster.repairs import Repairs
from omero_operator.desired.context import Context
from omero_operator.desired.plan import desired
from omero_operator.health import workload
from omero_operator.identity.kinds import (
    DEPLOYMENT,
    JOB,
    ROLE,
    ROLE_BINDING,
    STATEFUL_SET,
    Manifest,
)
from omero_operator.state.observed import Observed
from omero_operator.state.rollout import under_way
from operator_builders import NAME, NAMESPACE, UID, Cluster, component, context, spec

# One Secret of each component; web and workers have others besides.
EVERYTHING = {
    "demo-db-credentials": "2",
    "demo-plugin-db-credentials": "2",
    "demo-redis-credentials": "2",
    "demo-job-service-credentials": "2",
    "demo-web-secret-key": "2",
}
STARTERS = ("StatefulSet/", "Deployment/", "Job/")


class Site:
    """A site in memory whose workloads say of themselves what a test wants."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.cluster.admission = self.admit
        for _ in range(2):
            self.write(context())
            self.arrive()

    def write(self, ctx: Context) -> tuple[list[str], Observed]:
        """One writing of the plan: which starters were written, and what was seen after it."""
        self.cluster.writes.clear()

        async def one() -> Observed:
            seen, unreadable = await observe(self.cluster, NAMESPACE, NAME)
            return await converge(self.cluster, UID, desired(ctx), seen, unreadable, Repairs(120))

        after = asyncio.run(one())
        written = [call.removeprefix("patch ") for call in self.cluster.writes]
        return [each for each in written if each.startswith(STARTERS)], after

    def admit(self, item: Manifest) -> None:
        """As the API server: a generation of its own for each specification."""
        metadata = item["metadata"]
        there = self.cluster.objects.get((item["kind"], NAMESPACE, metadata["name"]), item)
        if there.get("spec") != item.get("spec"):
            metadata["generation"] += 1

    def find(self, of: str) -> Manifest:
        """An object by `Kind/name`."""
        kind, _, name = of.partition("/")
        return self.cluster.objects[kind, NAMESPACE, name]

    def arrive(self, *names: str) -> None:
        """These workloads, or all, run the latest template; Jobs are done."""
        for (kind, _, name), item in self.cluster.objects.items():
            if names and name not in names:
                continue
            count = item.get("spec", {}).get("replicas", 0)
            if kind in (STATEFUL_SET.name, DEPLOYMENT.name):
                item["status"] = {
                    "observedGeneration": item["metadata"]["generation"],
                    "replicas": count,
                    "updatedReplicas": count,
                    "readyReplicas": count,
                    "currentRevision": "new",
                    "updateRevision": "new",
                }
            elif kind == JOB.name and not item["spec"]["suspend"]:
                item["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}


def test_the_databases_come_first_and_each_is_waited_for() -> None:
    site = Site()
    ctx = context(checksums=EVERYTHING)
    written, after = site.write(ctx)
    assert set(written) >= {"StatefulSet/demo-db", "StatefulSet/demo-plugin-db"}
    # The Job of the new password is there, and waits.
    (job,) = [each for each in written if each.startswith("Job/")]
    assert site.find(job)["spec"]["suspend"] is True
    assert set(written) == {"StatefulSet/demo-db", "StatefulSet/demo-plugin-db", job}
    assert after.restarts["redis"] == "OMERO's database"
    told = workload.judge(ctx, component("redis"), after)
    assert told.status == "False"
    assert "restarts when OMERO's database is ready" in told.message

    site.arrive("demo-db")
    written, after = site.write(ctx)
    assert written == [], "the other database is on its way"
    assert after.restarts["server"] == "the plugins' database"

    site.arrive("demo-plugin-db")
    assert site.write(ctx)[0] == ["StatefulSet/demo-redis"]
    site.arrive("demo-redis")
    assert site.write(ctx)[0] == ["StatefulSet/demo-server"]
    site.arrive("demo-server")
    assert site.write(ctx)[0] == [job], "resumed"
    assert (
        site.cluster.objects["Job", NAMESPACE, job.removeprefix("Job/")]["spec"]["suspend"] is False
    )
    assert site.write(ctx)[0] == []
    site.arrive()
    written, after = site.write(ctx)
    assert set(written) == {
        f"Deployment/demo-{name}" for name in ("web", "worker", "uploads", "exports")
    }
    site.arrive()
    written, after = site.write(ctx)
    assert (written, after.restarts) == ([], {})


def test_only_what_the_change_concerns_restarts() -> None:
    site = Site()
    written, _ = site.write(context(checksums={"demo-redis-credentials": "2"}))
    assert written == ["StatefulSet/demo-redis"]
    site.arrive()
    assert all(
        "Deployment" in each
        for each in site.write(context(checksums={"demo-redis-credentials": "2"}))[0]
    )


def test_a_component_that_is_not_ready_later_holds_nothing_up() -> None:
    """A database on a lost node: nothing of it is on its way."""
    site = Site()
    database = site.find("StatefulSet/demo-db")
    database["status"]["readyReplicas"] = 0
    written, _ = site.write(context(checksums={"demo-web-secret-key": "2"}))
    assert "Deployment/demo-web" in written


@pytest.mark.parametrize(
    "given",
    [{"worker": {"replicas": 3}}, {"hibernated": True}],
    ids=["more pods", "sleep"],
)
def test_what_restarts_nothing_does_not_wait(given: Manifest) -> None:
    site = Site()
    site.write(context(checksums={"demo-db-credentials": "2"}))
    sleeps = frozenset() if given.get("hibernated") else context().may_start
    later = context(spec(**given), checksums={"demo-db-credentials": "2"}, may_start=sleeps)
    written, after = site.write(later)
    assert "Deployment/demo-worker" in written
    assert "worker" not in after.restarts


def test_what_has_no_pods_does_not_wait() -> None:
    site = Site()
    site.write(context(checksums={"demo-db-credentials": "2"}))
    for name in ("web", "worker"):
        site.find(f"Deployment/demo-{name}")["spec"]["replicas"] = 0
    both = {"demo-db-credentials": "2", "demo-web-secret-key": "2"}
    assert "Deployment/demo-web" in site.write(context(checksums=both))[0]


def test_a_rejected_change_holds_nothing_up() -> None:
    """The database goes on as it was, so nothing is on its way."""
    site = Site()
    site.cluster.refusals["patch StatefulSet/demo-db"] = 403
    written, after = site.write(
        context(checksums={"demo-db-credentials": "2", "demo-redis-credentials": "2"})
    )
    assert "StatefulSet/demo-redis" in written
    assert [each.component for each in after.failures] == ["database"]


def test_a_dry_run_shows_every_change_at_once() -> None:
    site = Site()
    site.cluster.dry = True
    assert len(site.write(context(checksums=EVERYTHING))[0]) > 7


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        (STATEFUL_SET, {"observedGeneration": 1}, True),
        (STATEFUL_SET, {"currentRevision": "a", "updateRevision": "b"}, True),
        (STATEFUL_SET, {"currentRevision": "a", "updateRevision": "a"}, False),
        (DEPLOYMENT, {"reason": "ReplicaSetUpdated"}, True),
        (DEPLOYMENT, {"reason": "ProgressDeadlineExceeded"}, True),
        (DEPLOYMENT, {"reason": "NewReplicaSetAvailable"}, False),
        (DEPLOYMENT, {"updatedReplicas": 1, "readyReplicas": 1, "replicas": 1}, False),
    ],
)
def test_when_a_change_is_on_its_way(kind: Any, status: Manifest, expected: bool) -> None:
    reason = status.pop("reason", None)
    own = [{"type": "Progressing", "status": "True", "reason": reason}] if reason else []
    item = {
        "kind": kind.name,
        "metadata": {"generation": 2},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 2, "conditions": own, **status},
    }
    assert under_way(item) is expected
    assert not under_way({**item, "spec": {"replicas": 0}})


class ReadsRoles(Cluster):
    """Reads the Role of a RoleBinding, as the API server does, and takes its time with Roles.

    Its error names the binding, as the API server's does: that is what was asked for.
    """

    async def _send(self, request: Request) -> Manifest:
        if request.verb == "patch" and request.kind == ROLE:
            await asyncio.sleep(0.05)
        if request.verb == "patch" and request.kind == ROLE_BINDING:
            assert request.name
            if not self.find(ROLE, request.body["roleRef"]["name"]):
                raise self._error("patch", request.kind, request.name, (404, "not found"))
        return await super()._send(request)


def test_roles_are_there_before_their_bindings() -> None:
    cluster = ReadsRoles()
    plan = desired(context(spec(web={"plugins": {"adminTools": {"enabled": True}}})))
    roles = [each["metadata"]["name"] for each in plan if each["kind"] == ROLE.name]
    assert roles

    async def one() -> Observed:
        seen, unreadable = await observe(cluster, NAMESPACE, NAME)
        return await converge(cluster, UID, plan, seen, unreadable, Repairs(120))

    assert asyncio.run(one()).failures == ()
    assert all(cluster.find(ROLE_BINDING, name) for name in roles)
