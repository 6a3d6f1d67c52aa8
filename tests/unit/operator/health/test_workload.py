"""ServerReady, WebReady, WorkerReady, DatabaseReady, PluginDatabaseReady, RedisReady."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.health import workload as workload_health
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Kind
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Failure, Observed
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMES,
    REDIS_BEHIND_SENTINELS,
    component,
    context,
    event,
    observed,
    pod,
    spec,
    waiting,
    workload,
)

Row = tuple[str, Kind, str]

CONDITIONS: dict[str, Row] = {
    "database": ("database", STATEFUL_SET, NAMES.database),
    "plugin database": ("plugin-database", STATEFUL_SET, NAMES.plugin_database),
    "Redis": ("redis", STATEFUL_SET, NAMES.redis),
    "server": ("server", STATEFUL_SET, NAMES.server),
    "read-only-server": ("read-only-server", DEPLOYMENT, NAMES.read_only_server),
    "web": ("web", DEPLOYMENT, NAMES.web),
    "worker": ("worker", DEPLOYMENT, NAMES.worker),
    "uploads": ("uploads", DEPLOYMENT, NAMES.uploads),
    "exports": ("exports", DEPLOYMENT, NAMES.exports),
    "export-worker": ("export-worker", DEPLOYMENT, NAMES.export_worker),
}
rows = pytest.mark.parametrize("row", CONDITIONS.values(), ids=CONDITIONS.keys())


def judge(name: str, view: Observed, **blocks: Any) -> ConditionValue:
    return workload_health.judge(context(spec(**blocks)), component(name), view)


@rows
def test_component_that_runs_is_ready(row: Row) -> None:
    part, kind, name = row
    value = judge(part, observed(workload(kind, name, 2)))
    assert value == ConditionValue("True", "AllReplicasReady", "2 of 2 replicas are ready")


@rows
def test_component_without_its_workload_is_being_created(row: Row) -> None:
    part, kind, name = row
    value = judge(part, observed())
    assert value == ConditionValue("Unknown", "Creating", f"{kind.name} {name} is being created")


@rows
def test_rollout_says_how_far_it_is(row: Row) -> None:
    part, kind, name = row
    value = judge(part, observed(workload(kind, name, 3, ready=1)))
    assert (value.status, value.reason) == ("False", "Progressing")
    assert value.message == f"{kind.name} {name}: 1 of 3 replicas are ready"


@rows
def test_surge_replica_does_not_count_twice(row: Row) -> None:
    part, kind, name = row
    value = judge(part, observed(workload(kind, name, 2, ready=3, total=3, updated=1)))
    assert (value.status, value.reason) == ("False", "Progressing")
    assert "2 of 2 replicas are ready" in value.message


@rows
def test_numbers_of_an_older_generation_are_not_believed(row: Row) -> None:
    part, kind, name = row
    value = judge(part, observed(workload(kind, name, generation=2, seen=1)))
    assert value.status == "False"


@rows
def test_trouble_of_a_pod_explains_a_rollout(row: Row) -> None:
    part, kind, name = row
    bad = pod(part, containerStatuses=[waiting("ErrImagePull", "denied")])
    value = judge(part, observed(workload(kind, name, ready=0), pods=[bad]))
    assert value.reason == "ImageCannotBePulled"


@rows
def test_trouble_of_another_component_is_not_its_own(row: Row) -> None:
    part, kind, name = row
    bad = pod("maintenance", containerStatuses=[waiting("ErrImagePull", "denied")])
    value = judge(part, observed(workload(kind, name, ready=0), pods=[bad]))
    assert value.reason == "Progressing"


@rows
def test_old_pod_in_trouble_does_not_spoil_a_finished_rollout(row: Row) -> None:
    part, kind, name = row
    bad = pod(part, containerStatuses=[waiting("CrashLoopBackOff")])
    assert judge(part, observed(workload(kind, name), pods=[bad])).status == "True"


@rows
def test_failure_speaks_before_everything_else(row: Row) -> None:
    """The workload may still run as it was; it is not what the specification says."""
    part, kind, name = row
    failure = Failure(part, "SecretNotFound", "create it")
    value = judge(part, observed(workload(kind, name), failures=[failure]))
    assert value == ConditionValue("False", "SecretNotFound", "create it")


SITUATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "change not seen": (
        {"generation": 2, "seen": 1, "total": 2},
        "1 of 1 replicas are ready; Kubernetes has not processed its latest change yet",
    ),
    "rollout": (
        {"replicas": 2, "ready": 2, "total": 3, "updated": 1},
        "2 of 2 replicas are ready; a rollout is in progress, 1 of 3 pods have the latest template",
    ),
    "pods are made": (
        {"replicas": 2, "ready": 0, "total": 1, "updated": 1},
        "0 of 2 replicas are ready; 1 of 2 pods exist",
    ),
    "no pod": (
        {"ready": 0, "total": 0, "updated": 0},
        "0 of 1 replicas are ready; 0 of 1 pods exist",
    ),
    "too many pods": (
        {"replicas": 1, "ready": 1, "total": 3, "updated": 3},
        "1 of 1 replicas are ready; 2 extra pods are being stopped",
    ),
    "pod that starts": ({"ready": 0}, "0 of 1 replicas are ready"),
}


@pytest.mark.parametrize(("numbers", "words"), SITUATIONS.values(), ids=SITUATIONS.keys())
@rows
def test_what_is_told_is_what_was_seen(row: Row, numbers: dict[str, Any], words: str) -> None:
    part, kind, name = row
    value = judge(part, observed(workload(kind, name, **numbers), pods=[pod(part)]))
    assert (value.status, value.reason) == ("False", "Progressing")
    assert value.message == f"{kind.name} {name}: {words}; pod pod-0 waits for the scheduler"


MUST = 'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: server'
NO_PODS = {"ready": 0, "total": 0, "updated": 0}


@rows
def test_pods_that_are_refused_are_told_of_in_the_api_servers_words(row: Row) -> None:
    """A Deployment says it itself, everything else in its Events."""
    part, kind, name = row
    told: dict[str, Any] = {}
    events = (event(name, "FailedCreate", MUST),)
    if kind == DEPLOYMENT:
        failure = {"type": "ReplicaFailure", "status": "True", "message": MUST}
        told, events = {"conditions": [failure]}, ()
    value = judge(part, observed(workload(kind, name, **NO_PODS, **told), events=events))
    assert (value.status, value.reason) == ("False", "FailedCreate")
    assert value.message == (
        f"{kind.name} {name} cannot create its pod: {MUST}; set it under "
        f"{component(part).path}.resources and spec.helpers.resources, or give the namespace a "
        "LimitRange with defaults"
    )


def test_replica_set_that_is_refused_is_told_of() -> None:
    failure = {
        "type": "Progressing",
        "status": "False",
        "reason": "ReplicaSetCreateError",
        "message": "exceeded quota: sets",
    }
    value = judge("web", observed(workload(DEPLOYMENT, NAMES.web, **NO_PODS, conditions=[failure])))
    assert value.message == (
        f"Deployment {NAMES.web} cannot create its pod: exceeded quota: sets; free some of the "
        "quota or ask for a higher one"
    )


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("ReplicaFailure", "False", "FailedCreate"),
        ("Progressing", "True", "ReplicaSetCreateError"),
        ("Progressing", "False", "ProgressDeadlineExceeded"),
        ("Available", "False", "ReplicaSetCreateError"),
    ],
)
def test_other_conditions_of_a_deployment_are_no_refusal(
    kind: str, status: str, reason: str
) -> None:
    told = {"type": kind, "status": status, "reason": reason, "message": "x"}
    value = judge("web", observed(workload(DEPLOYMENT, NAMES.web, **NO_PODS, conditions=[told])))
    assert value.reason == "Progressing"


@pytest.mark.parametrize(
    ("numbers", "reasons"),
    [
        ({}, ("FailedCreate",)),
        ({"ready": 0}, ("FailedCreate",)),
        (NO_PODS, ("SuccessfulCreate", "FailedCreate")),
        (NO_PODS, ("FailedScheduling",)),
    ],
    ids=["all is well", "the pod came and starts", "the pod came", "another trouble"],
)
def test_refusal_of_yesterday_is_not_told(
    numbers: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    events = tuple(event(NAMES.server, reason, MUST) for reason in reasons)
    value = judge(
        "server", observed(workload(STATEFUL_SET, NAMES.server, **numbers), events=events)
    )
    assert MUST not in value.message


ADVICE: dict[str, tuple[str, str]] = {
    "exceeded quota": (
        "exceeded quota: few, requested: pods=1",
        "; free some of the quota or ask for a higher one",
    ),
    **{
        words: (words, "; create it or correct spec.scheduling.priorityClassName")
        for words in (
            "no PriorityClass with name gold was found",
            "No PriorityClass with name gold was found",
        )
    },
    "Pod Security": (
        'violates PodSecurity "restricted:latest": runAsNonRoot',
        "; see the namespace's label pod-security.kubernetes.io/enforce",
    ),
    "OpenShift": (
        "unable to validate against any security context constraint: []",
        "; on OpenShift set spec.security.userIds to FromCluster",
    ),
    "webhook": ('admission webhook "x" denied the request', ""),
}


@pytest.mark.parametrize(("words", "advice"), ADVICE.values(), ids=ADVICE.keys())
def test_refusal_comes_with_advice(words: str, advice: str) -> None:
    events = (event(NAMES.server, "FailedCreate", words),)
    view = observed(workload(STATEFUL_SET, NAMES.server, **NO_PODS), events=events)
    value = judge("server", view)
    assert (value.status, value.reason) == ("False", "FailedCreate")
    assert value.message == (f"StatefulSet {NAMES.server} cannot create its pod: {words}{advice}")


def test_events_that_may_not_be_read_are_no_secret() -> None:
    """An older chart's role lacks the verb; without it the reason may stay unknown."""
    view = observed(
        workload(STATEFUL_SET, NAMES.server, **NO_PODS), events_refusal="cannot read Events"
    )
    assert judge("server", view).message == (
        f"StatefulSet {NAMES.server}: 0 of 1 replicas are ready; 0 of 1 pods exist; cannot read "
        "Events"
    )


WAITING = {
    "server": "OMERO's database",
    "read-only-server": "OMERO.server and bootstrap",
    "web": "the plugins' database and Redis and OMERO.server and bootstrap",
    "worker": "the plugins' database and Redis and OMERO.server and bootstrap",
    "uploads": "the plugins' database and Redis and OMERO.server and bootstrap",
    "exports": "the plugins' database and Redis and OMERO.server and bootstrap",
    "export-worker": "the plugins' database and Redis and OMERO.server and bootstrap",
}


@pytest.mark.parametrize(("name", "others"), WAITING.items())
def test_gated_component_at_zero_says_what_it_waits_for(name: str, others: str) -> None:
    _, kind, child = CONDITIONS[name]
    value = judge(name, observed(workload(kind, child, 0)))
    assert value == ConditionValue("False", "Waiting", f"{kind.name} {child} waits for {others}")


def test_component_at_zero_that_may_start_in_the_next_pass_waits_for_nothing_more() -> None:
    view = observed(workload(STATEFUL_SET, NAMES.database), workload(STATEFUL_SET, NAMES.server, 0))
    assert judge("server", view) == ConditionValue(
        "False", "Waiting", f"StatefulSet {NAMES.server} waits for nothing more"
    )


EXTERNAL: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "database": (
        {"database": EXTERNAL_DATABASE},
        "database",
        NAMES.database,
        "OMERO's database at pg.example.org:6432",
    ),
    "plugin database": (
        {"pluginDatabase": EXTERNAL_DATABASE},
        "plugin-database",
        NAMES.plugin_database,
        "the plugins' database at pg.example.org:6432",
    ),
    "Redis behind Sentinels": (
        {"redis": REDIS_BEHIND_SENTINELS},
        "redis",
        NAMES.redis,
        "Redis (master Images of the Sentinels s1.example.org:26379, s2.example.org:26379)",
    ),
    "Redis": ({"redis": EXTERNAL_REDIS}, "redis", NAMES.redis, "Redis at redis.example.org:6380"),
}


@pytest.mark.parametrize("row", EXTERNAL.values(), ids=EXTERNAL.keys())
def test_external_part_is_looked_after_by_others(row: tuple[dict[str, Any], str, str, str]) -> None:
    """Its condition is that of the pod that asks it."""
    blocks, part, name, words = row
    value = judge(part, observed(workload(DEPLOYMENT, name)), **blocks)
    assert (value.status, value.reason) == ("True", "External")
    assert value.message == f"{words} accepts writes; it is run outside the platform"
    value = judge(part, observed(), **blocks)
    assert (value.status, value.reason) == ("Unknown", "Creating")
    value = judge(part, observed(workload(DEPLOYMENT, name, ready=0)), **blocks)
    assert (value.status, value.reason) == ("False", "Progressing")
    failure = Failure(part, "SecretNotFound", "create it")
    value = judge(part, observed(failures=[failure]), **blocks)
    assert (value.status, value.reason) == ("False", "SecretNotFound")


def test_worker_that_is_switched_off_is_no_fault() -> None:
    off = {"replicas": 0}
    view = observed(workload(DEPLOYMENT, NAMES.worker, 0))
    assert judge("worker", view, worker=off) == ConditionValue(
        "True", "SwitchedOff", "spec.worker.replicas is 0"
    )
    failed = observed(failures=[Failure("worker", "Rejected", "x")])
    assert judge("worker", failed, worker=off).reason == "Rejected"
