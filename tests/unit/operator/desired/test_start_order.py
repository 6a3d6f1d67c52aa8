"""The order of a start: databases and Redis, the server, bootstrap, the clients."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.desired.plan import components
from omero_operator.desired.start_order import may_start
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Manifest
from omero_operator.identity.labels import STARTED
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMES,
    component,
    context,
    job,
    observed,
    spec,
    workload,
)

_, BOOT = component("bootstrap").workload_of(context())
ALL = {each.name for each in components(context())}
FIRST = {"database", "plugin-database", "redis", "ingress", "maintenance"}


def started_by(*children: Manifest, **blocks: Any) -> set[str]:
    """Components that may start, without those that never wait."""
    found = may_start(context(spec(**blocks)), observed(*children))
    return set(found) - FIRST


def up(name: str) -> Manifest:
    return workload(STATEFUL_SET, name)


def starting(name: str) -> Manifest:
    return workload(STATEFUL_SET, name, ready=0)


def held(name: str) -> Manifest:
    return workload(STATEFUL_SET, name, 0)


def started(item: Manifest) -> Manifest:
    """The same workload, that was started once."""
    return {**item, "metadata": {**item["metadata"], "annotations": {STARTED: "true"}}}


DATABASE, PLUGIN, REDIS, SERVER = (
    NAMES.database,
    NAMES.plugin_database,
    NAMES.redis,
    NAMES.server,
)
STORES = (up(DATABASE), up(PLUGIN), up(REDIS))
WEB_AT_ZERO = workload(DEPLOYMENT, NAMES.web, 0)
DONE = job(BOOT, "Complete")

STAGES: dict[str, tuple[list[Manifest], set[str]]] = {
    "nothing there": ([], set()),
    "databases start": ([starting(DATABASE), starting(PLUGIN), starting(REDIS)], set()),
    "only the plugins' database is ready": ([starting(DATABASE), up(PLUGIN)], set()),
    "OMERO's database is ready": ([up(DATABASE), held(SERVER)], {"server"}),
    "server starts": ([*STORES, starting(SERVER)], {"server"}),
    "server is ready": (
        [*STORES, up(SERVER), job(BOOT, suspend=True)],
        {"server", "bootstrap"},
    ),
    "bootstrap runs": (
        [*STORES, up(SERVER), job(BOOT), WEB_AT_ZERO],
        {"server", "bootstrap"},
    ),
    "bootstrap failed": (
        [*STORES, up(SERVER), job(BOOT, "Failed"), WEB_AT_ZERO],
        {"server", "bootstrap"},
    ),
    "another bootstrap is done": (
        [*STORES, up(SERVER), job("demo-bootstrap-old", "Complete")],
        {"server", "bootstrap"},
    ),
    "bootstrap is done": ([*STORES, up(SERVER), DONE, WEB_AT_ZERO], ALL - FIRST),
    "all but Redis": (
        [up(DATABASE), up(PLUGIN), starting(REDIS), up(SERVER), DONE],
        {"server", "bootstrap"},
    ),
    "all but the plugins' database": (
        [up(DATABASE), starting(PLUGIN), up(REDIS), up(SERVER), DONE],
        {"server", "bootstrap"},
    ),
    "server restarts before the clients ran": (
        [*STORES, starting(SERVER), DONE],
        {"server", "bootstrap"},
    ),
}


@pytest.mark.parametrize(("children", "expected"), STAGES.values(), ids=STAGES.keys())
def test_stage_of_a_start(children: list[Manifest], expected: set[str]) -> None:
    assert started_by(*children) == expected


@pytest.mark.parametrize(
    ("blocks", "name", "others", "before", "after"),
    [
        ({"database": EXTERNAL_DATABASE}, DATABASE, [], set(), {"server"}),
        (
            {"pluginDatabase": EXTERNAL_DATABASE},
            PLUGIN,
            [up(DATABASE), up(REDIS), up(SERVER), DONE],
            {"server", "bootstrap"},
            ALL - FIRST,
        ),
        (
            {"redis": EXTERNAL_REDIS},
            REDIS,
            [up(DATABASE), up(PLUGIN), up(SERVER), DONE],
            {"server", "bootstrap"},
            ALL - FIRST,
        ),
    ],
    ids=["database", "plugin database", "Redis"],
)
def test_a_start_waits_until_a_part_of_others_takes_changes(
    blocks: dict[str, Any],
    name: str,
    others: list[Manifest],
    before: set[str],
    after: set[str],
) -> None:
    silent, answers = workload(DEPLOYMENT, name, ready=0), workload(DEPLOYMENT, name)
    assert started_by(silent, *others, **blocks) == before
    assert started_by(answers, *others, **blocks) == after


def test_database_held_at_zero_is_not_ready() -> None:
    """Zero of zero replicas is a complete rollout, yet nobody answers."""
    assert started_by(held(DATABASE)) == set()


@pytest.mark.parametrize(
    ("child", "name"),
    [
        (started(starting(SERVER)), "server"),
        (started(held(SERVER)), "server"),
        (job(BOOT), "bootstrap"),
        (job(BOOT, "Failed"), "bootstrap"),
        (started(workload(DEPLOYMENT, NAMES.web, 2, ready=0)), "web"),
        (started(WEB_AT_ZERO), "web"),
    ],
    ids=["server", "server scaled by hand", "bootstrap", "failed bootstrap", "web", "web at zero"],
)
def test_what_was_started_stays_so(child: Manifest, name: str) -> None:
    """A database that restarts must not scale the site to zero, nor a failed Job be suspended."""
    rest = [starting(DATABASE), starting(PLUGIN), starting(REDIS)]
    assert name in started_by(*rest, child)


@given(st.data())
def test_no_start_is_taken_back_whatever_happens(data: st.DataObject) -> None:
    """Any states of the parts: what was started may go on."""
    states = [up, starting, held]
    children = [data.draw(st.sampled_from(states))(n) for n in (DATABASE, PLUGIN, REDIS)]
    running = [
        started(data.draw(st.sampled_from(states))(SERVER)),
        job(BOOT, data.draw(st.sampled_from(["", "Complete", "Failed"]))),
        started(workload(DEPLOYMENT, NAMES.web, 2, ready=data.draw(st.integers(0, 2)))),
        started(workload(DEPLOYMENT, NAMES.worker, ready=data.draw(st.integers(0, 1)))),
        started(workload(DEPLOYMENT, NAMES.uploads, ready=data.draw(st.integers(0, 1)))),
        started(workload(DEPLOYMENT, NAMES.exports, ready=data.draw(st.integers(0, 1)))),
    ]
    assert started_by(*children, *running) == ALL - FIRST


@pytest.mark.parametrize("stage", STAGES)
def test_hibernation_starts_nothing(stage: str) -> None:
    children, _ = STAGES[stage]
    assert may_start(context(spec(hibernated=True)), observed(*children)) == frozenset()


def test_clients_wait_for_everything_before_them() -> None:
    """No state of the parts but the one of all ready lets the clients start."""
    states = [up, starting, held]
    for parts in itertools.product(states, repeat=4):
        children = [s(n) for s, n in zip(parts, (DATABASE, PLUGIN, REDIS, SERVER), strict=True)]
        for outcome in ("", "Failed", "Complete"):
            found = started_by(*children, job(BOOT, outcome))
            ready = outcome == "Complete" and all(state is up for state in parts[1:])
            assert ({"web", "worker", "uploads", "exports"} <= found) == ready


def test_running_server_alone_is_not_a_start() -> None:
    """Somebody who scales the server by hand before its time is not obeyed: the annotation is."""
    assert "server" not in started_by(starting(DATABASE), starting(SERVER))
