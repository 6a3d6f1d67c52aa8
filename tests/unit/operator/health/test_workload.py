"""ServerReady, WebReady, WorkerReady, DatabaseReady, PluginDatabaseReady, RedisReady."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import databases, redis, server, web
from omero_operator.health.verdict import Verdict
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Kind
from omero_operator.identity.labels import Component
from omero_operator.identity.names import Names
from omero_operator.state.observed import Failure, Observed
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMES,
    observed,
    pod,
    spec,
    waiting,
    workload,
)

Judge = Callable[[PlatformSpec, Names, Observed], Verdict]
Row = tuple[Judge, Component, Kind, str]

CONDITIONS: dict[str, Row] = {
    "database": (databases.database, "database", STATEFUL_SET, NAMES.database),
    "plugin database": (
        databases.plugin_database,
        "plugin-database",
        STATEFUL_SET,
        NAMES.plugin_database,
    ),
    "Redis": (redis.redis, "redis", STATEFUL_SET, NAMES.redis),
    "server": (server.server, "server", STATEFUL_SET, NAMES.server),
    "web": (web.web, "web", DEPLOYMENT, NAMES.web),
    "worker": (web.worker, "worker", DEPLOYMENT, NAMES.worker),
}
GATED = {"server", "web", "worker"}
rows = pytest.mark.parametrize("row", CONDITIONS.values(), ids=CONDITIONS.keys())


@rows
def test_component_that_runs_is_ready(row: Row) -> None:
    judge, _, kind, name = row
    verdict = judge(spec(), NAMES, observed(workload(kind, name, 2)))
    assert verdict == Verdict("True", "AllReplicasReady", "2 of 2 replicas are ready")


@rows
def test_component_without_its_workload_is_being_created(row: Row) -> None:
    judge, _, kind, name = row
    verdict = judge(spec(), NAMES, observed())
    assert verdict == Verdict("Unknown", "Creating", f"{kind.name} {name} is being created")


@rows
def test_rollout_says_how_far_it_is(row: Row) -> None:
    judge, _, kind, name = row
    verdict = judge(spec(), NAMES, observed(workload(kind, name, 3, ready=1)))
    assert (verdict.status, verdict.reason) == ("False", "Progressing")
    assert "1 of 3 replicas are ready" in verdict.message


@rows
def test_surge_replica_does_not_count_twice(row: Row) -> None:
    judge, _, kind, name = row
    verdict = judge(spec(), NAMES, observed(workload(kind, name, 2, ready=3, total=3, updated=1)))
    assert (verdict.status, verdict.reason) == ("False", "Progressing")
    assert "2 of 2 replicas are ready" in verdict.message


@rows
def test_numbers_of_an_older_generation_are_not_believed(row: Row) -> None:
    judge, _, kind, name = row
    verdict = judge(spec(), NAMES, observed(workload(kind, name, generation=2, seen=1)))
    assert verdict.status == "False"


@rows
def test_trouble_of_a_pod_explains_a_rollout(row: Row) -> None:
    judge, component, kind, name = row
    bad = pod(component, containerStatuses=[waiting("ErrImagePull", "denied")])
    verdict = judge(spec(), NAMES, observed(workload(kind, name, ready=0), pods=[bad]))
    assert verdict.reason == "ImageCannotBePulled"


@rows
def test_trouble_of_another_component_is_not_its_own(row: Row) -> None:
    judge, _, kind, name = row
    bad = pod("maintenance", containerStatuses=[waiting("ErrImagePull", "denied")])
    verdict = judge(spec(), NAMES, observed(workload(kind, name, ready=0), pods=[bad]))
    assert verdict.reason == "Progressing"


@rows
def test_old_pod_in_trouble_does_not_spoil_a_finished_rollout(row: Row) -> None:
    judge, component, kind, name = row
    bad = pod(component, containerStatuses=[waiting("CrashLoopBackOff")])
    assert judge(spec(), NAMES, observed(workload(kind, name), pods=[bad])).status == "True"


@rows
def test_failure_speaks_before_everything_else(row: Row) -> None:
    """The workload may still run as it was; it is not what the specification says."""
    judge, component, kind, name = row
    failure = Failure(component, "SecretNotFound", "create it")
    verdict = judge(spec(), NAMES, observed(workload(kind, name), failures=[failure]))
    assert verdict == Verdict("False", "SecretNotFound", "create it")


@pytest.mark.parametrize("name", sorted(GATED))
def test_gated_component_at_zero_says_what_it_waits_for(name: str) -> None:
    judge, _, kind, child = CONDITIONS[name]
    verdict = judge(spec(), NAMES, observed(workload(kind, child, 0)))
    assert (verdict.status, verdict.reason) == ("False", "Waiting")
    assert "starts after" in verdict.message


EXTERNAL: dict[str, tuple[Judge, dict[str, Any], Component, str]] = {
    "database": (
        databases.database,
        {"database": EXTERNAL_DATABASE},
        "database",
        "PostgreSQL at pg.example.org:6432",
    ),
    "plugin database": (
        databases.plugin_database,
        {"pluginDatabase": EXTERNAL_DATABASE},
        "plugin-database",
        "PostgreSQL at pg.example.org:6432",
    ),
    "Redis": (
        redis.redis,
        {"redis": EXTERNAL_REDIS},
        "redis",
        "Redis at redis.example.org:6380",
    ),
}


@pytest.mark.parametrize("row", EXTERNAL.values(), ids=EXTERNAL.keys())
def test_external_part_is_looked_after_by_others(
    row: tuple[Judge, dict[str, Any], Component, str],
) -> None:
    judge, blocks, component, words = row
    verdict = judge(spec(**blocks), NAMES, observed())
    assert (verdict.status, verdict.reason) == ("True", "External")
    assert verdict.message.startswith(words)
    failure = Failure(component, "SecretNotFound", "create it")
    verdict = judge(spec(**blocks), NAMES, observed(failures=[failure]))
    assert (verdict.status, verdict.reason) == ("False", "SecretNotFound")


def test_worker_that_is_switched_off_is_no_fault() -> None:
    off = spec(worker={"replicas": 0})
    view = observed(workload(DEPLOYMENT, NAMES.worker, 0))
    assert web.worker(off, NAMES, view).reason == "SwitchedOff"
    assert web.worker(off, NAMES, view).status == "True"
    failed = observed(failures=[Failure("worker", "Rejected", "x")])
    assert web.worker(off, NAMES, failed).reason == "Rejected"
