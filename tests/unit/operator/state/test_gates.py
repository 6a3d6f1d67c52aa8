"""The order of a start: databases and Redis, the server, bootstrap, the clients."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET
from omero_operator.identity.labels import STARTED
from omero_operator.state.gates import Gates, gates
from omero_operator.state.observed import Manifest
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMES,
    OPEN,
    job,
    observed,
    spec,
    workload,
)

BOOT = "demo-bootstrap-1234"


def up(name: str) -> Manifest:
    return workload(STATEFUL_SET, name)


def starting(name: str) -> Manifest:
    return workload(STATEFUL_SET, name, ready=0)


def held(name: str) -> Manifest:
    return workload(STATEFUL_SET, name, 0)


def started(item: Manifest) -> Manifest:
    """The same workload, whose gate opened once."""
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

STAGES: dict[str, tuple[list[Manifest], Gates]] = {
    "nothing there": ([], Gates()),
    "databases start": ([starting(DATABASE), starting(PLUGIN), starting(REDIS)], Gates()),
    "only the plugins' database is ready": ([starting(DATABASE), up(PLUGIN)], Gates()),
    "OMERO's database is ready": ([up(DATABASE), held(SERVER)], Gates(server=True)),
    "server starts": ([*STORES, starting(SERVER)], Gates(server=True)),
    "server is ready": (
        [*STORES, up(SERVER), job(BOOT, suspend=True)],
        Gates(server=True, bootstrap=True),
    ),
    "bootstrap runs": (
        [*STORES, up(SERVER), job(BOOT), WEB_AT_ZERO],
        Gates(server=True, bootstrap=True),
    ),
    "bootstrap failed": (
        [*STORES, up(SERVER), job(BOOT, "Failed"), WEB_AT_ZERO],
        Gates(server=True, bootstrap=True),
    ),
    "another bootstrap is done": (
        [*STORES, up(SERVER), job("demo-bootstrap-old", "Complete")],
        Gates(server=True, bootstrap=True),
    ),
    "bootstrap is done": ([*STORES, up(SERVER), DONE, WEB_AT_ZERO], OPEN),
    "all but Redis": (
        [up(DATABASE), up(PLUGIN), starting(REDIS), up(SERVER), DONE],
        Gates(server=True, bootstrap=True),
    ),
    "all but the plugins' database": (
        [up(DATABASE), starting(PLUGIN), up(REDIS), up(SERVER), DONE],
        Gates(server=True, bootstrap=True),
    ),
    "server restarts before the clients ran": (
        [*STORES, starting(SERVER), DONE],
        Gates(server=True, bootstrap=True),
    ),
}


@pytest.mark.parametrize(("children", "expected"), STAGES.values(), ids=STAGES.keys())
def test_stage_of_a_start(children: list[Manifest], expected: Gates) -> None:
    assert gates(spec(), NAMES, observed(*children), BOOT) == expected


@pytest.mark.parametrize(
    ("blocks", "children", "expected"),
    [
        ({"database": EXTERNAL_DATABASE}, [], Gates(server=True)),
        (
            {"pluginDatabase": EXTERNAL_DATABASE},
            [up(DATABASE), up(REDIS), up(SERVER), DONE],
            OPEN,
        ),
        ({"redis": EXTERNAL_REDIS}, [up(DATABASE), up(PLUGIN), up(SERVER), DONE], OPEN),
    ],
    ids=["database", "plugin database", "Redis"],
)
def test_external_part_is_not_waited_for(
    blocks: dict[str, Any], children: list[Manifest], expected: Gates
) -> None:
    assert gates(spec(**blocks), NAMES, observed(*children), BOOT) == expected


def test_database_held_at_zero_is_not_ready() -> None:
    """Zero of zero replicas is a complete rollout, yet nobody answers."""
    assert gates(spec(), NAMES, observed(held(DATABASE)), BOOT) == Gates()


@pytest.mark.parametrize(
    ("child", "gate"),
    [
        (started(starting(SERVER)), "server"),
        (started(held(SERVER)), "server"),
        (job(BOOT), "bootstrap"),
        (job(BOOT, "Failed"), "bootstrap"),
        (started(workload(DEPLOYMENT, NAMES.web, 2, ready=0)), "clients"),
        (started(WEB_AT_ZERO), "clients"),
    ],
    ids=["server", "server scaled by hand", "bootstrap", "failed bootstrap", "web", "web at zero"],
)
def test_gate_that_was_open_stays_open(child: Manifest, gate: str) -> None:
    """A database that restarts must not scale the site to zero, nor a failed Job be suspended."""
    rest = [starting(DATABASE), starting(PLUGIN), starting(REDIS)]
    assert getattr(gates(spec(), NAMES, observed(*rest, child), BOOT), gate)


@given(st.data())
def test_open_gates_never_close_whatever_happens(data: st.DataObject) -> None:
    """Any states of the parts: once what a gate lets through runs, the gate is open."""
    states = [up, starting, held]
    children = [data.draw(st.sampled_from(states))(n) for n in (DATABASE, PLUGIN, REDIS)]
    running = [
        started(data.draw(st.sampled_from(states))(SERVER)),
        job(BOOT, data.draw(st.sampled_from(["", "Complete", "Failed"]))),
        started(workload(DEPLOYMENT, NAMES.web, 2, ready=data.draw(st.integers(0, 2)))),
    ]
    assert gates(spec(), NAMES, observed(*children, *running), BOOT) == OPEN


@pytest.mark.parametrize("stage", STAGES)
def test_hibernation_closes_every_gate(stage: str) -> None:
    children, _ = STAGES[stage]
    assert gates(spec(hibernated=True), NAMES, observed(*children), BOOT) == Gates()


def test_clients_wait_for_everything_before_them() -> None:
    """No state of the parts but the one of all ready lets the clients start."""
    states = [up, starting, held]
    for parts in itertools.product(states, repeat=4):
        children = [s(n) for s, n in zip(parts, (DATABASE, PLUGIN, REDIS, SERVER), strict=True)]
        for outcome in ("", "Failed", "Complete"):
            found = gates(spec(), NAMES, observed(*children, job(BOOT, outcome)), BOOT)
            ready = outcome == "Complete" and all(state is up for state in parts[1:])
            assert found.clients == ready


def test_running_server_alone_does_not_open_its_gate_for_ever() -> None:
    """Somebody who scales the server by hand before its time is not obeyed: the annotation is."""
    view = observed(starting(DATABASE), starting(SERVER))
    assert not gates(spec(), NAMES, view, BOOT).server
