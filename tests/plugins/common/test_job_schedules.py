"""Whatever dies, is lost or restarts: each job ends once, in a true state.

First every point at which a worker can be cut, one after the other; then many schedules by chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

import local_services
from job_world import CUTS, TABLES, Cut, World, inhabit
from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database.pool import Address
from omero_plugin_common.jobs import JobContext

FIXED, FRESH = 8, 300


@pytest.fixture(scope="module")
def base(postgres: local_services.Service) -> Iterator[Database]:
    """The plugin database with the tables that watch over the jobs."""
    made = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
    with made.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    migrate(made, ["omero_plugin_common"])
    with made.transaction() as cursor:
        cursor.execute(TABLES)
    yield made
    made.close()


@pytest.fixture
def world(base: Database) -> World:
    """Without jobs and messages."""
    return inhabit(base)


def test_without_trouble_each_item_is_done_once(world: World) -> None:
    job = world.start(items=3)
    world.deliver(world.messages.pop())
    assert world.check(job.id).state == "done"
    assert world.items_done(job.id) == {0: 1, 1: 1, 2: 1}
    assert world.store.get(job.id).attempt == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("ending", ["done", "failed", "cancelled", "again"])
def test_cut_at_every_point(world: World, cut: Cut, ending: str) -> None:
    """The points are found by trying: until a worker gets through without being cut."""
    point, was_cut = 0, True
    while was_cut:
        world.between_steps.clear()
        if ending == "cancelled":
            world.between_steps += [lambda _: None, lambda context: world.cancel(context.job.id)]
        job = world.start(
            items=3,
            fails_at=2 if ending == "failed" else None,
            trouble=1 if ending == "again" else 0,
        )
        was_cut = world.deliver(world.messages.pop(), point, cut)
        world.settle()
        ended = world.check(job.id)
        if ending != "cancelled":
            assert ended.state == ("failed" if ending == "failed" else "done"), (cut, point)
        assert all(times <= 2 for times in world.items_done(job.id).values())
        point += 1
    assert point > (3 if ending == "again" else 8)
    assert world.most_living == 1


@pytest.mark.parametrize("seed", range(FIXED))
def test_a_schedule_by_chance(world: World, seed: int) -> None:
    live_through(world, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(FRESH))
def test_a_fresh_schedule_by_chance(world: World, number: int) -> None:
    seed = random.randrange(2**32)
    try:
        live_through(world, seed)
    except Exception as failure:
        failure.add_note(f"the seed of schedule {number} was {seed}")
        raise


def live_through(world: World, seed: int) -> None:
    """What happens to one to three jobs follows from the seed."""
    chance = random.Random(seed)
    jobs = [
        world.start(
            items=chance.randint(0, 4),
            fails_at=chance.choice([None, None, None, 1, 3]),
            trouble=chance.choice([0, 0, 0, 1, 2, 9]),
        )
        for _ in range(chance.randint(1, 3))
    ]
    stalls = chance.random() < 0.3
    for _ in range(chance.randint(3, 14)):
        job = chance.choice(jobs)
        if stalls and chance.random() < 0.3:
            at = chance.choice([None, *range(10)])
            world.between_steps.append(_stall(world, at, chance.choice(CUTS)))
        if chance.random() < 0.15:
            world.between_steps.append(lambda context: world.cancel(context.job.id))
        if chance.random() < 0.15:
            world.between_steps.append(lambda _: world.end_connections())
        cut = chance.choice(CUTS)
        match chance.choice(["deliver"] * 3 + ["race", "reap", "lose", "cancel", "connections"]):
            case "deliver" if world.messages:
                at = chance.choice([None, *range(16)])
                world.deliver(world.messages.pop(chance.randrange(len(world.messages))), at, cut)
            case "race":
                # The same message twice, as after a broker's redelivery, or two jobs at once.
                others = [job.id, chance.choice([job.id, chance.choice(jobs).id])]
                points: list[int | None] = [chance.choice([None, *range(16)]) for _ in others]
                if not stalls:
                    world.between_steps.clear()
                    world.race(others, points, cut)
            case "reap":
                world.pass_time()
                world.reap()
            case "lose":
                world.messages.clear()
            case "cancel" if chance.random() < 0.4:
                world.cancel(job.id)
            case "connections":
                world.end_connections()
    world.settle()
    for job in jobs:
        world.check(job.id)
    if not stalls:
        assert world.most_living <= 1


def _stall(world: World, at: int | None, cut: Cut) -> Callable[[JobContext], None]:
    """A worker that stands still for so long that another one gets its job, and then goes on."""

    def stall(context: JobContext) -> None:
        world.pass_time()
        world.reap()
        if context.job.id in world.messages:
            world.messages.remove(context.job.id)
            world.deliver(context.job.id, at, cut)

    return stall
