"""Platforms that no watch reported are found by looking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from omero_operator.reconcile import Key
from omero_operator.relist import relist
from omero_operator.work_queue import WorkQueue
from operator_builders import NAMESPACE, Cluster, platform

STEP = 0.01


async def watch_it(
    cluster: Cluster, namespaces: tuple[str, ...], active: asyncio.Event, check: Callable[[], bool]
) -> list[Key]:
    """Let it look until something holds; the passes that were made."""
    passes: list[Key] = []

    async def run(key: Key) -> None:
        passes.append(key)

    queue = WorkQueue(run, active.wait, 60)
    task = asyncio.create_task(relist(cluster, namespaces, queue, active.wait, STEP))
    while not check() and not passes:  # noqa: ASYNC110 - asked from outside; it has no event
        await asyncio.sleep(STEP)
    await asyncio.sleep(5 * STEP)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await queue.stop()
    return passes


def passes(
    cluster: Cluster,
    *namespaces: str,
    active: bool = True,
    check: Callable[[], bool] = lambda: False,
) -> list[Key]:
    async def scenario() -> list[Key]:
        event = asyncio.Event()
        if active:
            event.set()
        return await asyncio.wait_for(watch_it(cluster, namespaces, event, check), 10)

    return asyncio.run(scenario())


def test_unknown_platform_gets_a_pass_and_a_known_one_no_more() -> None:
    assert passes(Cluster(platform())) == [Key(NAMESPACE, "demo")]


def test_each_watched_namespace_is_looked_at_and_no_other() -> None:
    cluster = Cluster(*[platform(namespace=name, name="site") for name in "abc"])
    found = passes(cluster, "a", "b")
    assert sorted(map(str, found)) == ["a/site", "b/site"]


def test_candidate_does_not_look() -> None:
    calls: list[str] = []
    cluster = Cluster(platform())
    cluster.before = calls.append
    assert passes(cluster, active=False, check=lambda: True) == []
    assert calls == []


@pytest.mark.parametrize(("status", "words"), [(0, ""), (404, ""), (403, "could not be listed")])
def test_refusal_is_survived_and_told_where_nobody_else_does(
    status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls = [0]
    cluster = Cluster(platform())
    cluster.refusals["list OmeroPlatform"] = status

    def count(call: str) -> None:
        calls[0] += 1
        if calls[0] == 3:
            cluster.refusals.clear()

    cluster.before = count
    with caplog.at_level(logging.WARNING):
        assert passes(cluster) == [Key(NAMESPACE, "demo")]
    assert words in caplog.text
    assert bool(words) == bool(caplog.text)
