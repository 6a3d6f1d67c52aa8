"""Writing what differs, pruning what is left over; what cannot be written stops nothing else.

Who owns a field is a matter of the API server and tested on a real one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from omero_operator import metrics
from omero_operator.cluster.apply import blinded, converge
from omero_operator.cluster.client import Request
from omero_operator.cluster.errors import ForbiddenError, LeadershipLostError, TemporaryError
from omero_operator.cluster.observe import Unreadable, observe
from omero_operator.cluster.repairs import MOST, Repairs
from omero_operator.desired.plan import desired, with_pods
from omero_operator.identity.kinds import CONFIG_MAP, DEPLOYMENT, SECRET, Manifest
from omero_operator.identity.labels import COMPONENT, INSTANCE, MANAGED_BY, RETAINED, labels
from omero_operator.state.observed import Failure, Observed
from operator_builders import (
    NAME,
    NAMESPACE,
    UID,
    Cluster,
    by_title,
    context,
    foreign,
    settle,
    spec,
    templates,
    title,
)

PLAN = desired(context(spec(worker={"replicas": 2})))

# What starts pods.
STARTERS = ("StatefulSet/", "Deployment/", "Job/", "CronJob/")


def run(
    cluster: Cluster,
    plan: Sequence[Manifest] = PLAN,
    failures: Sequence[Failure] = (),
    uid: str = UID,
    repairs: Repairs | None = None,
) -> Observed:
    async def one() -> Observed:
        seen, unreadable = await observe(cluster, NAMESPACE, NAME)
        view = Observed(seen.children, seen.pods, seen.runs, tuple(failures))
        return await converge(cluster, uid, plan, view, unreadable, repairs or Repairs(120))

    return asyncio.run(one())


def settled() -> Cluster:
    cluster = Cluster()
    run(cluster)
    cluster.writes.clear()
    return cluster


def changed(cluster: Cluster, wanted: str) -> None:
    """Take the labels off nothing, but change a label's neighbour: drift that must be repaired."""
    for item in cluster.objects.values():
        if title(item) == wanted:
            item["metadata"]["labels"]["app.kubernetes.io/name"] = "drifted"


def test_empty_namespace_gets_the_whole_plan_and_pods_come_last() -> None:
    cluster = Cluster()
    after = run(cluster)
    assert sorted(cluster.writes) == sorted(f"patch {title(manifest)}" for manifest in PLAN)
    starts = [any(kind in call for kind in STARTERS) for call in cluster.writes]
    assert starts == sorted(starts)
    assert {f"{kind}/{name}" for kind, name in after.children} == by_title(PLAN).keys()
    assert after.failures == ()


def test_settled_platform_is_not_written() -> None:
    cluster = settled()
    run(cluster)
    assert cluster.writes == []


def test_only_what_differs_is_written() -> None:
    cluster = settled()
    changed(cluster, "Deployment/demo-web")
    run(cluster)
    assert cluster.writes == ["patch Deployment/demo-web"]


def _mirrored(item: Manifest) -> None:
    """Admission: workloads get their images from another registry."""
    for _, template in templates([item] if "spec" in item else []):
        for container in template["spec"]["containers"]:
            container["image"] = "mirror.example.org/" + container["image"].rpartition("/")[2]


def test_settled_platform_is_not_written_under_a_webhook() -> None:
    """It differs from the plan for ever; the API server says that writing would change nothing."""
    cluster = Cluster()
    cluster.admission = _mirrored
    run(cluster)
    # Web waits for a bootstrap that runs.
    settle(cluster)
    cluster.writes.clear()
    run(cluster)
    assert cluster.writes == []
    asked = {call.removeprefix("dry-run ") for call in cluster.dry_runs}
    assert asked == {name for name, _ in templates(PLAN) if not name.startswith("Job/")}


def test_change_of_ours_is_written_under_a_webhook() -> None:
    cluster = Cluster()
    cluster.admission = _mirrored
    run(cluster)
    # Web waits for a bootstrap that runs.
    settle(cluster)
    cluster.writes.clear()
    for item in cluster.objects.values():
        if title(item) == "Deployment/demo-web":
            item["spec"]["template"]["spec"]["containers"][0]["image"] = "evil"
    run(cluster)
    assert cluster.writes == ["patch Deployment/demo-web"]


def test_webhook_that_is_gone_leaves_nothing_behind() -> None:
    cluster = Cluster()
    cluster.admission = _mirrored
    run(cluster)
    # Web waits for a bootstrap that runs.
    settle(cluster)
    cluster.admission = lambda _: None
    cluster.writes.clear()
    run(cluster)
    assert "patch Deployment/demo-web" in cluster.writes
    assert cluster.find(DEPLOYMENT, "demo-web") is not None
    cluster.writes.clear()
    run(cluster)
    assert cluster.writes == []


def test_job_that_is_there_gets_no_pods_sent() -> None:
    """They cannot be changed, and admission may have changed them."""
    cluster = settled()
    (job,) = [item for item in cluster.objects.values() if item["kind"] == "Job"]
    job["spec"]["template"]["spec"]["containers"][0]["image"] = "mirror.example.org/x"
    job["spec"]["suspend"] = not job["spec"]["suspend"]
    sent = []
    cluster.refusals["dry-run Job"] = 422

    original = cluster._send

    async def send(request: Request) -> Manifest:
        if request.kind.name == "Job" and request.verb == "patch":
            sent.append(request)
        return await original(request)

    cluster._send = send  # type: ignore[method-assign]
    assert run(cluster).failures == ()
    (request,) = sent
    assert request.content_type == "application/merge-patch+json"
    assert list(request.body["spec"]) == ["suspend"]


def test_child_that_is_changed_again_and_again_is_not_put_back_for_ever() -> None:
    """A person has no reason to; two operators would fight for ever."""
    clock = [0.0]
    repairs = Repairs(120, lambda: clock[0])
    cluster = settled()
    counted = metrics.REPAIRS.labels(namespace=NAMESPACE, platform=NAME, kind="Deployment")._value
    before = counted.get()
    for _ in range(2 * MOST):
        clock[0] += 1
        changed(cluster, "Deployment/demo-web")
        run(cluster, repairs=repairs)
    assert cluster.writes == ["patch Deployment/demo-web"] * MOST
    assert counted.get() - before == MOST
    changed(cluster, "Service/demo-db")
    run(cluster, repairs=repairs)
    assert cluster.writes[MOST:] == ["patch Service/demo-db"]
    clock[0] += 120
    run(cluster, repairs=repairs)
    assert cluster.writes[MOST + 1 :] == ["patch Deployment/demo-web"]


def test_what_the_plan_asks_anew_is_written_however_often_others_change_it() -> None:
    repairs = Repairs(120, lambda: 0.0)
    cluster = settled()
    for _ in range(MOST + 1):
        changed(cluster, "Deployment/demo-web")
        run(cluster, repairs=repairs)
    cluster.writes.clear()
    run(
        cluster,
        desired(context(spec(worker={"replicas": 2}, web={"replicas": 4}))),
        repairs=repairs,
    )
    assert "patch Deployment/demo-web" in cluster.writes


def test_what_the_plan_no_longer_has_is_removed() -> None:
    cluster = settled()
    after = run(cluster, desired(context(spec(worker={"replicas": 1}))))
    assert "delete PodDisruptionBudget/demo-worker" in cluster.writes
    assert ("PodDisruptionBudget", "demo-worker") not in after.children


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_data_is_never_removed(policy: str) -> None:
    """The database became external: its volume and password stay for whoever goes back.

    Also under Delete, which gives them an owner: they go with the platform, not before it.
    """
    plan = desired(context(spec(deletionPolicy=policy)))
    cluster = Cluster()
    run(cluster, plan)
    run(cluster, [m for m in plan if m["kind"] not in ("PersistentVolumeClaim", "Secret")])
    assert [call for call in cluster.writes if call.startswith("delete")] == []


def test_child_without_our_owner_is_not_removed() -> None:
    """Somebody put our labels on their object, or a platform of that name was deleted before."""
    stray = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "stray",
            "namespace": NAMESPACE,
            "labels": labels(NAME, "web"),
            "ownerReferences": [{"uid": "another"}],
        },
    }
    cluster = settled()
    cluster.add(stray)
    run(cluster)
    assert cluster.find(CONFIG_MAP, "stray") is not None
    assert cluster.writes == []


def test_foreign_object_of_a_childs_name_is_left_alone() -> None:
    theirs = foreign(by_title(PLAN)["ConfigMap/demo-web"], instance="other") | {"data": {"a": "b"}}
    cluster = Cluster(theirs)
    after = run(cluster)
    (failure,) = after.failures
    assert (failure.component, failure.reason, failure.holds) == ("web", "NameTaken", False)
    assert "ConfigMap 'demo-web' exists and belongs to platform 'other'" in failure.message
    found = cluster.find(CONFIG_MAP, "demo-web")
    assert found is not None
    assert found["data"] == {"a": "b"}
    assert "patch Deployment/demo-web" in cluster.writes


def test_own_object_without_labels_is_recognised_by_its_owner() -> None:
    cluster = settled()
    for item in cluster.objects.values():
        if title(item) == "ConfigMap/demo-web":
            del item["metadata"]["labels"]
    assert run(cluster).failures == ()
    assert cluster.writes == ["patch ConfigMap/demo-web"]
    found = cluster.find(CONFIG_MAP, "demo-web")
    assert found is not None
    assert found["metadata"]["labels"][MANAGED_BY] == "omero-operator"


@pytest.mark.parametrize(
    ("mark", "taken"), [(NAME, False), ("other", True)], ids=["this name", "another name"]
)
def test_data_of_a_deleted_platform_of_the_same_name_is_used_again(mark: str, taken: bool) -> None:
    """Its labels are gone, its mark says whose it was."""
    claim = by_title(PLAN)["PersistentVolumeClaim/demo-db"]
    left = foreign(claim, instance=mark)
    left["metadata"]["annotations"] = {RETAINED: mark}
    after = run(Cluster(left))
    assert [failure.reason for failure in after.failures] == (["NameTaken"] if taken else [])


def test_component_that_is_held_back_stays_as_it_is() -> None:
    cluster = settled()
    changed(cluster, "Deployment/demo-web")
    changed(cluster, "Deployment/demo-worker")
    held = Failure("web", "SecretNotFound", "x", holds=True)
    assert run(cluster, failures=[held]).failures == (held,)
    assert cluster.writes == ["patch Deployment/demo-worker"]


def test_component_that_is_held_back_is_not_pruned() -> None:
    cluster = settled()
    plan = [m for m in PLAN if title(m) != "PodDisruptionBudget/demo-worker"]
    run(cluster, plan, [Failure("worker", "SecretNotFound", "x", holds=True)])
    assert cluster.writes == []


def test_failure_that_holds_nothing_lets_its_component_go_on() -> None:
    cluster = settled()
    changed(cluster, "Deployment/demo-web")
    run(cluster, failures=[Failure("web", "Rejected", "x")])
    assert cluster.writes == ["patch Deployment/demo-web"]


def test_object_that_is_being_deleted_is_waited_for() -> None:
    cluster = settled()
    changed(cluster, "Deployment/demo-web")
    for item in cluster.objects.values():
        if title(item) in ("Deployment/demo-web", "PodDisruptionBudget/demo-worker"):
            item["metadata"]["deletionTimestamp"] = "now"
    run(cluster, [m for m in PLAN if title(m) != "PodDisruptionBudget/demo-worker"])
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (
            403,
            "Forbidden",
            "role does not allow it to patch Deployment: upgrade the operator's chart",
        ),
        (404, "Rejected", "the API server refuses to patch Deployment demo-web: made up"),
        (422, "Rejected", "the API server refuses to patch Deployment demo-web: made up"),
    ],
)
def test_object_that_cannot_be_written_stops_no_other(status: int, reason: str, words: str) -> None:
    cluster = Cluster()
    cluster.refusals["patch Deployment/demo-web"] = status
    after = run(cluster)
    (failure,) = after.failures
    assert (failure.component, failure.reason) == ("web", reason)
    assert words in failure.message
    assert len(cluster.writes) == len(PLAN) - 1


def test_object_that_cannot_be_removed_is_told() -> None:
    cluster = settled()
    cluster.refusals["delete PodDisruptionBudget"] = 403
    after = run(cluster, [m for m in PLAN if title(m) != "PodDisruptionBudget/demo-worker"])
    assert [(f.component, f.reason) for f in after.failures] == [("worker", "Forbidden")]
    assert "add the verb 'delete' for PodDisruptionBudget" in after.failures[0].message


def test_kind_that_cannot_be_read_is_neither_written_nor_pruned() -> None:
    """Without reading, nobody knows what would be overwritten."""
    cluster = settled()
    cluster.refusals["list Secret"] = 403
    after = run(cluster)
    assert cluster.writes == []
    assert {f.reason for f in after.failures} == {"Forbidden"}
    assert {f.component for f in after.failures} == {
        m["metadata"]["labels"]["app.kubernetes.io/component"]
        for m in PLAN
        if m["kind"] == "Secret"
    }


def test_unreadable_secrets_hold_back_every_component_with_pods() -> None:
    """Their checksums are unknown; written without them, every pod would be rolled."""
    refusal = ForbiddenError("list", "Secret", NAMESPACE, 403, "no")
    found = blinded(Unreadable(Secret=refusal), with_pods(context()))
    assert all(failure.holds and failure.reason == "Forbidden" for failure in found)
    assert {failure.component for failure in found} == {
        template["metadata"]["labels"][COMPONENT] for _, template in templates(PLAN)
    }
    assert blinded(Unreadable(Service=refusal), ["web"]) == []


def test_same_failure_is_told_once() -> None:
    refusal = ForbiddenError("list", "Secret", NAMESPACE, 403, "no")
    secrets = [m for m in PLAN if m["kind"] == "Secret"]
    unreadable = Unreadable(Secret=refusal)
    twice = [*secrets, *secrets]
    view = asyncio.run(converge(Cluster(), UID, twice, Observed(), unreadable, Repairs(120)))
    assert len(view.failures) == len(set(view.failures))


@pytest.mark.parametrize("status", [0, 429, 503])
def test_overload_ends_the_pass(status: int) -> None:
    """Going on would make it worse; the next pass begins where this one ended."""
    cluster = Cluster()
    cluster.refusals["patch Service"] = status
    with pytest.raises(TemporaryError):
        run(cluster)
    cluster.refusals.clear()
    run(cluster)
    assert {title(item) for item in cluster.objects.values()} == by_title(PLAN).keys()


def test_lost_leadership_ends_the_pass() -> None:
    cluster = Cluster()

    def lose(call: str) -> None:
        if call.startswith("patch"):
            raise LeadershipLostError

    cluster.before = lose
    with pytest.raises(LeadershipLostError):
        run(cluster)
    assert cluster.writes == []


@pytest.mark.parametrize("after", range(0, len(PLAN), 7))
def test_crash_between_any_two_writes_is_made_good(after: int) -> None:
    cluster = Cluster()

    def crash(call: str) -> None:
        if call.startswith("patch") and len(cluster.writes) == after:
            raise KeyboardInterrupt

    cluster.before = crash
    with pytest.raises(KeyboardInterrupt):
        run(cluster)
    cluster.before = lambda _: None
    run(cluster)
    assert len(cluster.writes) == len(PLAN)
    assert cluster.find(DEPLOYMENT, "demo-web") is not None


def test_view_shows_children_of_this_platform_alone() -> None:
    cluster = settled()
    cluster.add(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "x",
                "namespace": NAMESPACE,
                "labels": labels("other", "web"),
            },
        }
    )
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert {child["metadata"]["labels"][INSTANCE] for child in seen.children.values()} == {NAME}
    assert unreadable == {}
    assert seen.child(SECRET, "x") is None
