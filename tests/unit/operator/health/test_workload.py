"""ServerReady, WebReady, WorkerReady, DatabaseReady, PluginDatabaseReady, RedisReady."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.health import workload as workload_health
from omero_operator.health.condition import ConditionValue
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Kind
from omero_operator.state.observed import Failure, Observed
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMES,
    component,
    context,
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
    "web": ("web", DEPLOYMENT, NAMES.web),
    "worker": ("worker", DEPLOYMENT, NAMES.worker),
}
WAITING = {"server", "web", "worker"}
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
    assert "1 of 3 replicas are ready" in value.message


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


@pytest.mark.parametrize("name", sorted(WAITING))
def test_gated_component_at_zero_says_what_it_waits_for(name: str) -> None:
    _, kind, child = CONDITIONS[name]
    value = judge(name, observed(workload(kind, child, 0)))
    assert (value.status, value.reason) == ("False", "Waiting")
    assert (
        "waits for OMERO's database" in value.message
        or "waits for the plugins' database and Redis" in value.message
    )


EXTERNAL: dict[str, tuple[dict[str, Any], str, str]] = {
    "database": (
        {"database": EXTERNAL_DATABASE},
        "database",
        "OMERO's database at pg.example.org:6432",
    ),
    "plugin database": (
        {"pluginDatabase": EXTERNAL_DATABASE},
        "plugin-database",
        "the plugins' database at pg.example.org:6432",
    ),
    "Redis": ({"redis": EXTERNAL_REDIS}, "redis", "Redis at redis.example.org:6380"),
}


@pytest.mark.parametrize("row", EXTERNAL.values(), ids=EXTERNAL.keys())
def test_external_part_is_looked_after_by_others(row: tuple[dict[str, Any], str, str]) -> None:
    blocks, part, words = row
    value = judge(part, observed(), **blocks)
    assert (value.status, value.reason) == ("True", "External")
    assert value.message.startswith(words)
    failure = Failure(part, "SecretNotFound", "create it")
    value = judge(part, observed(failures=[failure]), **blocks)
    assert (value.status, value.reason) == ("False", "SecretNotFound")


def test_worker_that_is_switched_off_is_no_fault() -> None:
    off = {"replicas": 0}
    view = observed(workload(DEPLOYMENT, NAMES.worker, 0))
    assert judge("worker", view, worker=off).reason == "SwitchedOff"
    assert judge("worker", view, worker=off).status == "True"
    failed = observed(failures=[Failure("worker", "Rejected", "x")])
    assert judge("worker", failed, worker=off).reason == "Rejected"
