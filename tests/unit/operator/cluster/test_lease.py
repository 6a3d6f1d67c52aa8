"""Of two replicas at most one writes, at any moment, whatever happens to either."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterator

import pytest

from omero_operator import metrics
from omero_operator.cluster import lease as lease_module
from omero_operator.cluster.lease import DEADLINE, DURATION, PATIENCE, RENEW, RETRY, Lease
from omero_operator.identity.kinds import LEASE
from operator_builders import NAMESPACE, Cluster

AWAY: dict[str, int | tuple[int, str]] = {"get Lease": 0, "patch Lease": 0}


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr(lease_module, "time", found)
    yield found


def replica(cluster: Cluster, identity: str) -> Lease:
    return Lease(cluster, NAMESPACE, "omero-operator", identity)


def holder(cluster: Cluster) -> str:
    found = cluster.find(LEASE, "omero-operator")
    return str(found["spec"]["holderIdentity"]) if found else ""


async def round_of(lease: Lease) -> None:
    """One round of `keep`, up to its sleep: the cluster in memory makes nobody wait."""
    task = asyncio.create_task(lease.keep())
    await asyncio.sleep(0)
    assert not task.done(), "a replica is a candidate as long as it lives"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def turn(lease: Lease) -> None:
    """One round in the life of a replica."""
    asyncio.run(round_of(lease))


class Losses:
    """Told by a lease that it is lost; keeps whether writing was allowed at that moment."""

    def __init__(self, lease: Lease) -> None:
        self.could_write: list[bool] = []
        self._lease = lease
        lease.lost = self

    async def __call__(self) -> None:
        self.could_write.append(self._lease.held())


def test_constants_leave_room_for_a_request_on_its_way() -> None:
    assert 2 * RENEW < DEADLINE < DURATION
    assert RETRY < DURATION - DEADLINE
    assert RENEW + PATIENCE < DEADLINE, "a request that hangs must leave time for another"


def test_first_replica_gets_the_lease(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    assert not first.held()
    turn(first)
    assert first.held()
    assert first.acquired.is_set()
    assert holder(cluster) == "a"


def test_second_replica_waits_while_the_first_renews(clock: Clock) -> None:
    cluster = Cluster()
    first, second = replica(cluster, "a"), replica(cluster, "b")
    for _ in range(20):
        turn(first)
        turn(second)
        assert first.held() and not second.held()
        clock.now += RENEW


def test_second_replica_takes_over_after_the_last_renewal_expired(clock: Clock) -> None:
    cluster = Cluster()
    first, second = replica(cluster, "a"), replica(cluster, "b")
    turn(first)
    turn(second)
    clock.now += DURATION
    turn(second)
    assert not second.held(), "exactly at its end a lease still counts"
    clock.now += 0.1
    turn(second)
    assert second.held()
    assert holder(cluster) == "b"
    assert not first.held()


def test_age_of_a_lease_is_measured_from_its_first_sight(clock: Clock) -> None:
    """The holder's clock may be wrong: its renewTime of last year proves nothing."""
    cluster = Cluster()
    turn(replica(cluster, "a"))
    found = cluster.find(LEASE, "omero-operator")
    assert found is not None
    cluster.replace(LEASE, "omero-operator", spec={**found["spec"], "renewTime": "2001-01-01"})
    second = replica(cluster, "b")
    turn(second)
    assert not second.held()


def test_paused_process_does_not_believe_it_still_holds(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    clock.now += DEADLINE - 0.1
    assert first.held()
    clock.now += 0.2
    assert not first.held()


@pytest.mark.parametrize(("slow", "held"), [("get", True), ("patch", False)])
def test_time_counts_from_the_sending_of_a_renewal(clock: Clock, slow: str, held: bool) -> None:
    """A slow answer shortens the permission; it never lengthens it. Reading before takes nothing.

    On an API server that is slow for a while a replica would end that nobody waits to replace.
    """
    cluster = Cluster()
    turn(replica(cluster, "a"))
    # Started again, it knows nothing of the Lease and reads it first.
    first = replica(cluster, "a")

    def slowly(call: str) -> None:
        clock.now += 8 if call.startswith(slow) else 0

    cluster.before = slowly
    turn(first)
    cluster.before = lambda _: None
    assert first.held()
    clock.now += DEADLINE - 6
    assert first.held() is held


@pytest.mark.parametrize("seconds", [2.5, 4.5])
def test_slow_answers_do_not_lose_it(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """On a busy machine every answer takes seconds: still less than half of what it may."""
    cluster = Cluster()
    first = replica(cluster, "a")
    losses = Losses(first)
    turn(first)
    asked: list[str] = []

    def slowly(call: str) -> None:
        asked.append(call)
        clock.now += seconds

    async def sleep(seconds: float) -> None:
        clock.now += max(seconds, 0)
        if len(asked) > 20:
            raise asyncio.CancelledError

    cluster.before = slowly
    monkeypatch.setattr(lease_module.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(first.keep())
    assert losses.could_write == []
    assert set(asked) == {"patch Lease/omero-operator"}, "a renewal is one request"


def test_lease_that_somebody_touched_is_read_and_renewed_in_the_same_round(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    found = cluster.find(LEASE, "omero-operator")
    assert found is not None
    cluster.replace(LEASE, "omero-operator", spec=found["spec"])
    clock.now += RENEW
    turn(first)
    clock.now += DEADLINE - 0.1
    assert first.held()


def test_deleted_lease_is_created_again(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    del cluster.objects[LEASE.name, NAMESPACE, "omero-operator"]
    clock.now += RENEW
    turn(first)
    assert holder(cluster) == "a"
    clock.now += DEADLINE - 0.1
    assert first.held()


def test_replica_that_lost_the_lease_is_a_candidate_again(clock: Clock) -> None:
    cluster = Cluster()
    first, second = replica(cluster, "a"), replica(cluster, "b")
    losses = Losses(first)
    turn(first)
    turn(second)
    clock.now += DURATION + 1
    turn(second)
    turn(first)
    assert losses.could_write == [False]
    assert not first.acquired.is_set()
    assert metrics.LEADER._value.get() == 0
    asyncio.run(second.give_back())
    turn(first)
    assert first.held()
    assert first.acquired.is_set()
    assert metrics.LEADER._value.get() == 1
    assert len(losses.could_write) == 1


def test_lease_that_another_had_meanwhile_counts_as_lost(clock: Clock) -> None:
    """A replica that slept finds the lease free again: what it had begun is stale all the same."""
    cluster = Cluster()
    first, second = replica(cluster, "a"), replica(cluster, "b")
    losses = Losses(first)
    turn(first)
    turn(second)
    clock.now += DURATION + 1
    turn(second)
    asyncio.run(second.give_back())
    turn(first)
    assert losses.could_write == [False], "passes must have ended before writing is allowed again"
    assert first.held()
    assert first.acquired.is_set()


def test_candidate_has_nothing_to_lose(clock: Clock) -> None:
    cluster = Cluster()
    cluster.refusals["get Lease"] = 503
    first = replica(cluster, "a")
    losses = Losses(first)
    for _ in range(3):
        clock.now += DEADLINE
        turn(first)
    assert losses.could_write == []


def test_answer_that_comes_too_late_is_no_permission(clock: Clock) -> None:
    """The process was stopped between the renewal and the answer to it."""
    cluster = Cluster()
    first = replica(cluster, "a")

    def slowly(call: str) -> None:
        clock.now += DEADLINE if call.startswith("create") else 0

    cluster.before = slowly
    turn(first)
    assert not first.held()
    assert not first.acquired.is_set()


def test_short_outage_of_the_api_server_is_survived(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    cluster.refusals = AWAY
    clock.now += RENEW
    turn(first)
    assert first.held()
    assert first.acquired.is_set()
    cluster.refusals = {}
    clock.now += RETRY
    turn(first)
    clock.now += DEADLINE - 1
    assert first.held()


@pytest.mark.parametrize("minutes", [1, 10, 600])
def test_long_outage_is_survived_without_writing(
    clock: Clock, minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    losses = Losses(first)
    turn(first)
    cluster.refusals = AWAY
    with caplog.at_level(logging.INFO, logger="omero_operator"):
        for _ in range(6 * minutes):
            clock.now += DEADLINE
            turn(first)
            assert not first.held()
        cluster.refusals = {}
        turn(first)
    assert losses.could_write == [False]
    assert first.held()
    assert first.acquired.is_set()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 4, told


def test_candidate_waits_through_an_outage(clock: Clock) -> None:
    cluster = Cluster()
    cluster.refusals["get Lease"] = 503
    first = replica(cluster, "a")
    turn(first)
    assert not first.held()


def test_of_two_who_create_at_once_one_wins(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")

    def overtake(call: str) -> None:
        if call.startswith("create"):
            cluster.before = lambda _: None
            metadata = {"name": "omero-operator", "namespace": NAMESPACE}
            spec = {"holderIdentity": "b", "leaseDurationSeconds": DURATION}
            cluster.add({"kind": "Lease", "metadata": metadata, "spec": spec})

    cluster.before = overtake
    turn(first)
    assert not first.held()
    assert not first.acquired.is_set()
    assert holder(cluster) == "b"


def test_renewal_that_was_overtaken_does_not_count(clock: Clock) -> None:
    """Between reading and writing another replica took over: the resource version tells."""
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    clock.now += DEADLINE + 1

    def overtake(call: str) -> None:
        if call.startswith("patch"):
            cluster.before = lambda _: None
            taken = {"holderIdentity": "b", "leaseDurationSeconds": DURATION}
            cluster.replace(LEASE, "omero-operator", spec=taken)

    cluster.before = overtake
    turn(first)
    assert not first.held()
    assert holder(cluster) == "b"


def test_given_back_lease_is_taken_at_once(clock: Clock) -> None:
    cluster = Cluster()
    first, second = replica(cluster, "a"), replica(cluster, "b")
    turn(first)
    turn(second)
    asyncio.run(first.give_back())
    assert not first.held()
    turn(second)
    assert second.held()


def test_lease_of_another_is_not_given_back(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    cluster.replace(LEASE, "omero-operator", spec={"holderIdentity": "b"})
    asyncio.run(first.give_back())
    assert holder(cluster) == "b"


def test_expired_permission_gives_nothing_back(clock: Clock) -> None:
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    writes = len(cluster.writes)
    clock.now += DEADLINE + 1
    asyncio.run(first.give_back())
    assert len(cluster.writes) == writes


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            "get Lease",
        ),
        "patch Lease",
    ],
)
def test_end_of_the_process_survives_an_unreachable_server(clock: Clock, call: str) -> None:
    """The connections are closed after it; the lease simply expires."""
    cluster = Cluster()
    first = replica(cluster, "a")
    turn(first)
    cluster.refusals[call] = 0
    asyncio.run(first.give_back())
    assert not first.held()


@pytest.mark.parametrize("seed", range(20))
def test_never_two_at_once(clock: Clock, seed: int) -> None:
    """Random pauses, outages and restarts of three replicas."""
    dice = random.Random(seed)
    cluster = Cluster()
    replicas = [replica(cluster, name) for name in "abc"]
    paused_until = [0.0, 0.0, 0.0]
    holders = set()

    async def live() -> None:
        for _ in range(150):
            clock.now += dice.choice([0.5, 1, 2, 4])
            cluster.refusals = {"patch Lease": 503} if dice.random() < 0.1 else {}
            for index, lease in enumerate(replicas):
                if dice.random() < 0.05:
                    paused_until[index] = clock.now + dice.choice([5, 12, 30])
                if clock.now < paused_until[index]:
                    continue
                if dice.random() < 0.02:
                    await lease.give_back()
                    replicas[index] = replica(cluster, f"{'abc'[index]}{clock.now}")
                await round_of(replicas[index])
                assert [one.held() for one in replicas].count(True) <= 1
                holders.add(holder(cluster))

    asyncio.run(live())
    assert len(holders - {""}) > 1, "nobody ever took over: the test would prove nothing"


def test_passes_that_compute_for_long_do_not_lose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their event loop stands still for longer than the permission lasts."""
    monkeypatch.setattr(lease_module, "DEADLINE", 4)
    monkeypatch.setattr(lease_module, "RENEW", 0.1)
    cluster, lost = Cluster(), list[str]()

    async def scenario() -> None:
        lease = replica(cluster, "a")

        async def noted() -> None:
            lost.append("lost")

        async def connect() -> Cluster:
            return cluster

        lease.lost = noted
        kept = asyncio.create_task(lease.keep_in_thread(connect))
        await lease.acquired.wait()
        time.sleep(5)  # noqa: ASYNC251 - that is what is tested
        assert lease.held()
        # And a loss reaches them.
        cluster.refusals = AWAY
        monkeypatch.setattr(lease_module, "DEADLINE", 0)
        while not lost:  # noqa: ASYNC110 - the thread says nothing else
            await asyncio.sleep(0.01)
        assert not lease.acquired.is_set()
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)

    asyncio.run(scenario())
    assert lost == ["lost"]


def test_what_ends_the_thread_is_seen_by_who_waits_for_it() -> None:
    async def connect() -> Cluster:
        raise KeyError("a defect")

    with pytest.raises(KeyError, match="a defect"):
        asyncio.run(replica(Cluster(), "a").keep_in_thread(connect))
