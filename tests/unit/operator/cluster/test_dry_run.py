"""Which refusals of a dry run are the specification's fault, and how they are named."""

from __future__ import annotations

import asyncio

import pytest

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.cluster.apply import converge
from omero_operator.cluster.dry_run import refusals
from omero_operator.cluster.errors import RejectedError, TemporaryError
from omero_operator.cluster.observe import observe
from omero_operator.cluster.repairs import Repairs
from omero_operator.desired.plan import desired
from omero_operator.state.observed import Failure, Observed
from operator_builders import NAME, NAMESPACE, UID, Cluster, by_title, context, foreign

PLAN = desired(context())


def ask(cluster: Cluster, *failures: Failure) -> list[FieldError]:
    async def one() -> list[FieldError]:
        seen, unreadable = await observe(cluster, NAMESPACE, NAME)
        view = Observed(seen.children, failures=failures)
        return await refusals(cluster, UID, PLAN, view, unreadable)

    return asyncio.run(one())


def test_the_whole_plan_is_asked_for_and_nothing_is_written() -> None:
    cluster = Cluster()
    assert ask(cluster) == []
    assert sorted(cluster.dry_runs) == sorted(f"dry-run {title}" for title in by_title(PLAN))
    assert cluster.writes == []
    assert cluster.objects == {}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refusal_names_the_block_the_object_and_the_words(status: int) -> None:
    cluster = Cluster()
    cluster.refusals["dry-run CronJob/demo-vacuum"] = status
    cluster.refusals["dry-run Deployment/demo-web"] = status
    assert sorted(map(str, ask(cluster))) == [
        "spec.maintenance: the API server refuses CronJob demo-vacuum: made up",
        "spec.web: the API server refuses Deployment demo-web: made up",
    ]
    assert cluster.writes == []


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_a_lack_of_rights_a_quota_and_a_moving_object_are_no_fault_of_it(status: int) -> None:
    cluster = Cluster()
    cluster.refusals["dry-run Deployment"] = status
    assert ask(cluster) == []


def test_a_webhook_that_cannot_be_asked_is_no_fault_of_it() -> None:
    cluster = Cluster()

    def refuse(call: str) -> None:
        if call == "dry-run Deployment/demo-web":
            words = 'admission webhook "x" does not support dry run'
            raise RejectedError("patch", "Deployment", "demo-web", 400, words)

    cluster.before = refuse
    assert ask(cluster) == []


def test_an_overloaded_server_ends_the_pass() -> None:
    cluster = Cluster()
    cluster.refusals["dry-run Deployment"] = 503
    with pytest.raises(TemporaryError):
        ask(cluster)


def test_somebody_elses_object_is_no_fault_of_it() -> None:
    """What cannot be changed in it is refused; that it is there is what the pass then says."""
    cluster = Cluster(foreign(by_title(PLAN)["Deployment/demo-web"], instance="other"))
    cluster.refusals["dry-run Deployment/demo-web"] = 422
    assert ask(cluster) == []


def test_a_component_that_is_held_is_not_asked_for() -> None:
    cluster = Cluster()
    cluster.refusals["dry-run Deployment/demo-web"] = 422
    assert ask(cluster, Failure("web", "SecretNotFound", "x", holds=True)) == []


def test_only_what_would_be_written_is_asked_for() -> None:
    cluster = Cluster()

    async def applied() -> None:
        seen, unreadable = await observe(cluster, NAMESPACE, NAME)
        await converge(cluster, UID, PLAN, seen, unreadable, Repairs(120))

    asyncio.run(applied())
    for item in cluster.objects.values():
        if item["kind"] in ("Job", "Service"):
            item["metadata"]["labels"]["app.kubernetes.io/name"] = "drifted"
    assert ask(cluster) == []
    # A Job that is there is never sent again: its pods cannot be changed.
    assert {call.partition("/")[0] for call in cluster.dry_runs} == {"dry-run Service"}
