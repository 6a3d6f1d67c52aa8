"""A small world in which workers die: jobs in a real PostgreSQL, everything else steerable.

A worker here is a call of the runner whose database transactions can be cut at a chosen point: the
worker dies (nothing of it runs any more), or only its connection is lost, each before the statement
or after its commit. Messages are a list that can be lost, time passes when it is told to.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast
from uuid import UUID

import psycopg2

from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs import JobContext, JobFailed
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.reaper import look
from omero_plugin_common.jobs.registry import job, kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing

Cut = Literal["dies before", "dies after", "connection lost before", "connection lost after"]
CUTS: Final[tuple[Cut, ...]] = (
    "dies before",
    "dies after",
    "connection lost before",
    "connection lost after",
)
KIND: Final = "world.count"
ATTEMPTS: Final = 6
# Heartbeats come from a thread of their own, which has tests of its own.
TIMING: Final = Timing(lease=3600, heartbeat=3600, resend=60, retry=1, log_lines=20)
OWNER: Final = Owner(7, "ada", 3, "request-1")
TABLES: Final = """
create table effect (job uuid, item integer, times integer not null default 1,
    primary key (job, item));
create table ended (job uuid, state text);
create function note_the_end() returns trigger language plpgsql as $$
begin
    if old.finished is not null and (old.state, old.result, old.error_code)
            is distinct from (new.state, new.result, new.error_code) then
        raise exception 'job % had ended as %, now %', old.id, old.state, new.state;
    end if;
    if old.finished is null and new.finished is not null then
        insert into ended values (new.id, new.state);
    end if;
    return new;
end $$;
create trigger note_the_end before update on omero_plugin_jobs
    for each row execute function note_the_end();
"""


class Killed(BaseException):
    """The worker is dead: no handler of it runs."""


class CutDatabase:
    """A worker's way to the database, cut once at its n-th point (two per transaction)."""

    def __init__(self, base: Database, at: int | None, cut: Cut) -> None:
        """Without a point nothing is cut."""
        self._base = base
        self._left = at
        self._cut = cut
        self._dead = False
        self.was_cut = False

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """As the real one's."""
        self._point("before")
        with self._base.transaction() as cursor:
            yield cursor
        self._point("after")

    def _point(self, where: str) -> None:
        if self._dead:
            raise Killed
        if self._left is None or not self._cut.endswith(where):
            return
        self._left -= 1
        if self._left >= 0:
            return
        self._left, self.was_cut = None, True
        if self._cut.startswith("dies"):
            self._dead = True
            raise Killed
        raise psycopg2.OperationalError("server closed the connection unexpectedly")


@dataclass
class World:
    """Jobs, messages and what happened to them."""

    base: Database
    messages: list[UUID] = field(default_factory=list)
    cancelled: set[UUID] = field(default_factory=set)
    between_steps: list[Callable[[JobContext], None]] = field(default_factory=list)
    living: Counter[UUID] = field(default_factory=Counter)
    most_living: int = 0
    intruders: list[UUID] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """The reaper's and the web's view is never cut."""
        self.store = JobStore(self.base, TIMING)

    def start(self, items: int, fails_at: int | None = None, trouble: int = 0) -> Job:
        """A job of some items; it fails at one, or finds a server away in its first attempts."""
        parameters = {"items": items, "fails_at": fails_at, "trouble": trouble}
        made = self.store.create(kind_of(KIND), OWNER, parameters)
        self.messages.append(made.id)
        return made

    def send(self, job_id: UUID, _queue: str) -> None:
        """What the reaper sends with."""
        self.messages.append(job_id)

    def deliver(self, job_id: UUID, at: int | None = None, cut: Cut = "dies before") -> bool:
        """A worker gets a message; whether it was cut."""
        cut_base = CutDatabase(self.base, at, cut)
        store = JobStore(cast(Database, cut_base), TIMING)
        # A connection that is lost while a job is taken: Celery logs it and takes the next message.
        with suppress(Killed, psycopg2.OperationalError):
            run(job_id, store, worker="test")
        return cut_base.was_cut

    def race(self, job_ids: list[UUID], at: list[int | None], cut: Cut) -> None:
        """Workers that get their messages at the same moment."""
        barrier = threading.Barrier(len(job_ids))

        def one(job_id: UUID, point: int | None) -> None:
            barrier.wait()
            self.deliver(job_id, point, cut)

        threads = [
            threading.Thread(target=one, args=pair) for pair in zip(job_ids, at, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def cancel(self, job_id: UUID) -> None:
        """The user presses the button."""
        before = self.store.get(job_id)
        self.store.request_cancel(job_id)
        if before is not None and before.finished is None:
            self.cancelled.add(job_id)

    def pass_time(self) -> None:
        """Long enough for every lease, pause and resending."""
        with self.base.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set lease_until = lease_until - interval '1 day', "
                "run_after = run_after - interval '1 day', sent = sent - interval '1 day' "
                "where finished is null"
            )

    def reap(self) -> None:
        """One look of a worker's reaper."""
        look(self.store, self.send)

    def end_connections(self) -> None:
        """What clients see of a restart of the database."""
        with self.base.transaction() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'omero_plugin_common' and pid <> pg_backend_pid()"
            )

    def settle(self) -> None:
        """From now on nothing goes wrong any more: every job must end."""
        self.between_steps.clear()
        for _ in range(ATTEMPTS + 2):
            while self.messages:
                self.deliver(self.messages.pop())
            ended = self.all_ended()
            self.pass_time()
            self.reap()
            if ended and not self.messages:
                # The next look at jobs that have ended would be this one once more.
                return

    def all_ended(self) -> bool:
        """Whether no job waits or runs."""
        with self.base.transaction() as cursor:
            cursor.execute("select 1 from omero_plugin_jobs where finished is null limit 1")
            return cursor.fetchone() is None

    def items_done(self, job_id: UUID) -> dict[int, int]:
        """How often each item of a job was done."""
        with self.base.transaction() as cursor:
            cursor.execute("select item, times from effect where job = %s", (job_id,))
            return {row["item"]: row["times"] for row in cursor.fetchall()}

    def check(self, job_id: UUID) -> Job:
        """The job ended once, in a state that is true."""
        found = self.store.get(job_id)
        assert found is not None
        with self.base.transaction() as cursor:
            cursor.execute("select state from ended where job = %s", (job_id,))
            ends = [row["state"] for row in cursor.fetchall()]
        assert ends == [found.state], f"ended {ends}, is {found.state}"
        assert found.attempt <= ATTEMPTS
        assert job_id not in self.intruders, "a worker wrote after it had lost the job"
        wanted, done = set(range(found.parameters["items"])), self.items_done(job_id)
        match found.state:
            case "done":
                assert set(done) == wanted
                assert found.result == {"items": len(wanted)}
                assert found.done == len(wanted)
            case "failed":
                by_itself = found.error_code == "bad_item"
                exhausted = found.attempt == ATTEMPTS
                assert by_itself or exhausted, found
                assert not by_itself or found.parameters["fails_at"] not in done
            case "cancelled":
                assert job_id in self.cancelled
        return found

    def expect_holder(self, context: JobContext) -> None:
        """A worker whose write was taken holds the job."""
        now = self.store.get(context.job.id)
        if now is None or now.token != context.job.token:
            self.intruders.append(context.job.id)

    @contextmanager
    def alive(self, job_id: UUID) -> Iterator[None]:
        """Counts the copies of a job that run."""
        with self._lock:
            self.living[job_id] += 1
            self.most_living = max(self.most_living, self.living[job_id])
        try:
            yield
        finally:
            with self._lock:
                self.living[job_id] -= 1


_world: World | None = None


def inhabit(base: Database) -> World:
    """A new world, whose jobs the work below does."""
    global _world
    _world = World(base)
    return _world


@job(KIND, attempts=ATTEMPTS, unit="items")
def count(context: JobContext) -> dict[str, Any]:
    """Does each item once, and goes on after the last checkpoint."""
    world = _world
    assert world is not None
    with world.alive(context.job.id):
        items = context.parameters["items"]
        if context.attempt <= context.parameters["trouble"]:
            raise Unavailable("a server is away")
        context.progress(context.job.done, items)
        for item in range((context.checkpoint or {"next": 0})["next"], items):
            if world.between_steps:
                world.between_steps.pop(0)(context)
            context.check()
            if item == context.parameters["fails_at"]:
                raise JobFailed(f"item {item} is bad", code="bad_item")
            # As in OMERO: done once more it changes nothing, and the worker may die around it.
            with context._store.database.transaction() as cursor:
                cursor.execute(
                    "insert into effect (job, item) values (%s, %s) "
                    "on conflict (job, item) do update set times = effect.times + 1",
                    (context.job.id, item),
                )
            context.log(f"item {item}")
            context.progress(item + 1, checkpoint={"next": item + 1})
            world.expect_holder(context)
        return {"items": items}
