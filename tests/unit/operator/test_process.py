"""The life of the process: what is wired to what, and in which order it ends."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import kopf
import pytest

from free_ports import free_port
from omero_operator import settings as own_settings
from omero_operator.cluster.errors import ForbiddenError, LeadershipLostError, TemporaryError
from omero_operator.cluster.lease import DEADLINE, PATIENCE, Lease
from omero_operator.handlers import kopf_settings, process
from omero_operator.handlers.process import Parts
from omero_operator.identity.kinds import CHILD_KINDS, LEASE, PLATFORM, POD
from omero_operator.liveness import PATIENCE as WATCH_PATIENCE
from omero_operator.reconcile import Key
from operator_builders import IMAGES, NAMESPACE, Cluster, platform

VARIABLES = {"OPERATOR_NAMESPACE": NAMESPACE, "POD_NAME": "a", "HEALTH_PORT": str(free_port())}
OWN = replace(own_settings.read(VARIABLES), images=IMAGES)


class World:
    """One cluster for both connections, and what Kopf hands to the handlers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cluster = Cluster()
        self.connections: list[Any] = []
        self.patience: list[tuple[float, ...]] = []
        self.settings = kopf.OperatorSettings()
        self.memo = kopf.Memo(settings=OWN, again=asyncio.Event())
        monkeypatch.setattr(process, "connect", self._connect)
        monkeypatch.setattr(process, "LOOK_FOR_DEFINITION", 0.01)

    async def _connect(self, *patience: float) -> Cluster:
        connection = Fenced(self.cluster)
        self.connections.append(connection)
        self.patience.append(patience)
        return connection

    @property
    def parts(self) -> Parts:
        return cast(Parts, self.memo.parts)

    async def start(self) -> None:
        await process.start(settings=self.settings, memo=self.memo)

    async def stop(self) -> None:
        await process.stop(memo=self.memo)

    def holder(self) -> str:
        found = self.cluster.find(LEASE, OWN.lease_name)
        return str(found["spec"]["holderIdentity"]) if found else ""


class Fenced(Cluster):
    """A connection to a cluster that others are connected to as well; it asks its own fence."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self.closed = False

    async def served(self, kind: Any) -> bool:
        return await self._cluster.served(kind)

    async def _send(self, request: Any) -> Any:
        if request.verb not in ("get", "list") and not self.may_write():
            raise LeadershipLostError("not sent")
        return await self._cluster._send(request)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def live(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 10))


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - asked from outside; it has no event
        await asyncio.sleep(0.005)


def test_the_kubelet_is_answered_from_the_start_to_the_end(world: World) -> None:
    url = f"http://127.0.0.1:{OWN.health_port}/healthz"

    async def scenario() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await world.start()
            assert (await client.get(url)).text == "alive"
            await world.stop()
            with pytest.raises(httpx.ConnectError):
                await client.get(url)

    live(scenario)


def test_a_port_that_is_taken_ends_the_start(world: World) -> None:
    """And not a process that no kubelet can ask."""

    async def scenario() -> None:
        with (
            socket.create_server(("127.0.0.1", OWN.health_port)),
            pytest.raises(kopf.PermanentError, match=f"on :: port {OWN.health_port}: "),
        ):
            await world.start()
        assert "parts" not in world.memo

    live(scenario)


def test_a_write_needs_the_lease(world: World) -> None:
    """The fence is on the connection of the passes, and not on that of the Lease itself."""

    async def scenario() -> None:
        parts = await process.assemble(OWN)
        with pytest.raises(LeadershipLostError):
            await parts.api.create(PLATFORM, platform())
        turn = asyncio.create_task(parts.lease.keep())
        await parts.lease.acquired.wait()
        await parts.api.create(PLATFORM, platform())
        turn.cancel()
        parts.lease._confirmed -= DEADLINE
        with pytest.raises(LeadershipLostError):
            await parts.api.create(PLATFORM, platform(name="other"))

    live(scenario)
    assert world.patience == [(), (PATIENCE,)]


def test_active_replica_looks_after_platforms_that_no_watch_reported(world: World) -> None:
    world.cluster.add(platform())

    async def scenario() -> None:
        await world.start()
        await until(lambda: "status" in (world.cluster.find(PLATFORM, "demo") or {}))
        assert world.holder() == "a"
        await world.stop()

    live(scenario)


def test_a_replica_that_waits_makes_no_pass(world: World) -> None:
    """Its tasks run, and wait for the lease that another one holds."""
    world.cluster.add(platform())

    async def scenario() -> None:
        other = Lease(Fenced(world.cluster), OWN.namespace, OWN.lease_name, "b")
        turn = asyncio.create_task(other.keep())
        await other.acquired.wait()
        asked: list[str] = []
        world.cluster.before = asked.append
        await world.start()
        await until(lambda: sum("Lease" in call for call in asked) > 1)
        assert [call for call in asked if "Lease" not in call] == []
        assert world.holder() == "b"
        await world.stop()
        assert world.holder() == "b"
        turn.cancel()

    live(scenario)
    assert "status" not in (world.cluster.find(PLATFORM, "demo") or {})


def test_platforms_are_looked_for_where_this_operator_works(world: World) -> None:
    world.memo.settings = replace(OWN, watch_namespaces=("one", "two"))
    listed: list[str | None] = []

    async def scenario() -> None:
        await world.start()
        listing = world.parts.api.list

        async def noted(kind: Any, namespace: str | None, *given: Any, **named: Any) -> Any:
            if kind == PLATFORM:
                listed.append(namespace)
            return await listing(kind, namespace, *given, **named)

        world.parts.api.list = noted  # type: ignore[method-assign]
        await until(lambda: len(listed) > 1)
        await world.stop()

    live(scenario)
    assert listed == ["one", "two"]
    assert world.settings.scanning.disabled


def test_the_kubelet_is_told_of_a_dead_watch(world: World) -> None:
    url = f"http://127.0.0.1:{OWN.health_port}/healthz"

    async def scenario() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await world.start()
            world.parts.audit.listed([platform()])
            now = time.monotonic()
            world.parts.audit._clock = lambda: now + WATCH_PATIENCE + 1
            answer = await client.get(url)
            assert answer.status_code == 500
            assert "the watch of OmeroPlatform no longer reports events" in answer.text
            await world.stop()

    live(scenario)


def test_what_never_ran_is_stopped_too(world: World) -> None:
    """The start failed after the connections were made: nothing answers the kubelet."""

    async def scenario() -> None:
        world.memo.parts = await process.assemble(OWN)
        await world.stop()

    live(scenario)
    assert [connection.closed for connection in world.connections] == [True, True]


def test_a_task_that_failed_does_not_keep_the_process_from_ending(world: World) -> None:
    async def scenario() -> None:
        await world.start()

        async def failed() -> None:
            raise KeyError("a defect")

        world.parts.tasks.append(asyncio.create_task(failed()))
        await asyncio.sleep(0)
        await world.stop()

    live(scenario)
    # Of passes, of the Lease, and of the thread that renews it.
    assert [connection.closed for connection in world.connections] == [True, True, True]
    assert world.holder() == ""


def test_passes_end_before_the_lease_is_given_back(world: World) -> None:
    """Another replica writes from the moment on at which it is given back."""
    order: list[str] = []

    async def scenario() -> None:
        await world.start()
        await world.parts.lease.acquired.wait()
        queue, give_back = world.parts.queue, world.parts.lease.give_back

        async def stopped() -> None:
            order.append(f"queue stopped, holder {world.holder()}")

        async def given_back() -> None:
            await give_back()
            order.append(f"given back, holder {world.holder()}")

        queue.stop = stopped  # type: ignore[method-assign]
        world.parts.lease.give_back = given_back  # type: ignore[method-assign]
        tasks = world.parts.tasks
        await world.stop()
        assert all(task.done() for task in tasks)

    live(scenario)
    assert order == ["queue stopped, holder a", "given back, holder "]
    assert [connection.closed for connection in world.connections] == [True, True, True]
    assert not world.memo.again.is_set()


def test_a_pass_under_way_has_ended_when_the_process_stops(world: World) -> None:
    running = [0]

    async def scenario() -> None:
        await world.start()
        await world.parts.lease.acquired.wait()

        async def run(key: Any) -> None:
            running[0] += 1
            try:
                await asyncio.sleep(60)
            finally:
                running[0] -= 1

        world.parts.queue._run = run
        world.parts.queue.add(Key(NAMESPACE, "demo"))
        await until(lambda: running[0])
        await world.stop()
        assert running == [0]

    live(scenario)


def test_stop_before_the_start_was_done_ends_nothing(world: World) -> None:
    live(world.stop)
    assert world.connections == []
    assert world.cluster.writes == []


def test_loss_of_the_lease_ends_passes_and_forgets_what_was_missed(world: World) -> None:
    began: list[str] = []

    async def scenario() -> None:
        parts = await process.assemble(OWN)

        async def begin_anew() -> None:
            began.append("queue")

        parts.queue.begin_anew = begin_anew  # type: ignore[method-assign]
        parts.audit.listed([platform()])
        await parts.lease.lost()
        assert parts.audit.lag() == 0
        assert parts.audit._missed == {}

    live(scenario)
    assert began == ["queue"]


def test_defect_in_a_lasting_task_begins_everything_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        await world.start()

        def broken(call: str) -> None:
            raise KeyError("a defect")

        world.cluster.before = broken
        await asyncio.wait_for(world.memo.again.wait(), 5)
        world.cluster.before = lambda _: None
        await world.stop()

    live(scenario)
    assert "lease stopped unexpectedly, everything restarts" in caplog.text
    assert "KeyError: 'a defect'" in caplog.text


@pytest.mark.parametrize("name", ["lease", "relist"])
def test_a_lasting_task_that_just_ends_begins_everything_anew(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    async def ended(*_: Any) -> None:
        pass

    target: Any = process if name == "relist" else Lease
    monkeypatch.setattr(target, "relist" if name == "relist" else "keep", ended)

    async def scenario() -> None:
        await world.start()
        await asyncio.wait_for(world.memo.again.wait(), 5)
        await world.stop()

    live(scenario)
    assert f"{name} stopped unexpectedly, everything restarts" in caplog.text


def test_definition_is_looked_for_until_the_server_answers(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[bool | Exception] = [
        False,
        TemporaryError("get", "OmeroPlatform", "", 503, "away"),
        False,
        True,
    ]

    async def served(_: Any, kind: Any) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Fenced, "served", served)

    async def scenario() -> None:
        await world.start()
        await asyncio.wait_for(world.memo.again.wait(), 5)
        await world.stop()

    live(scenario)
    assert answers == []
    assert "waiting for the CustomResourceDefinition omeroplatforms.platform" in caplog.text
    assert caplog.text.count("the API server does not answer yet: ") == 1


def test_definition_that_comes_later_begins_everything_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Kopf looks for kinds at its start and, without rights in the whole cluster, never again."""
    world.cluster.unserved.add(PLATFORM.name)

    async def scenario() -> None:
        await world.start()
        await asyncio.sleep(0.05)
        assert not world.memo.again.is_set()
        world.cluster.unserved.clear()
        await asyncio.wait_for(world.memo.again.wait(), 5)
        await world.stop()

    live(scenario)
    assert "omeroplatforms.platform.omero.dev is installed" in caplog.text


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (TemporaryError("get", "OmeroPlatform", "", 0, "away"), True),
        (ForbiddenError("get", "OmeroPlatform", "", 403, "no"), False),
    ],
    ids=["away at first", "may not ask"],
)
def test_server_that_did_not_say_what_it_serves(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, *, again: bool
) -> None:
    async def scenario() -> None:
        answers: list[Exception] = [error]

        async def served(_: Any, kind: Any) -> bool:
            if answers:
                raise answers.pop()
            return True

        monkeypatch.setattr(Fenced, "served", served)
        await world.start()
        await asyncio.sleep(0.05)
        assert world.memo.again.is_set() is again
        await world.stop()

    live(scenario)


def test_kopf_watches_what_is_ours_and_never_gives_up() -> None:
    """A request that is given up ends its watch, and a watch that ended ends Kopf."""
    settings = kopf.OperatorSettings()
    kopf_settings.configure(settings, ["a"])
    assert settings.scanning.disabled
    assert not settings.posting.enabled
    backoffs: Any = settings.networking.error_backoffs
    assert not hasattr(backoffs, "__len__")
    delays = [delay for delay, _ in zip(iter(backoffs), range(1000), strict=False)]
    assert len(delays) == 1000
    assert min(delays) > 0 and max(delays) <= 6
    for kind in (*CHILD_KINDS, POD):
        resource = SimpleNamespace(group=kind.group, plural=kind.plural)
        assert settings.watching.label_selectors[resource.group, resource.plural]
    kopf_settings.configure(settings, [])
    assert not settings.scanning.disabled
