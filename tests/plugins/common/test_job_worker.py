"""Jobs in real Celery workers that are killed, with a Redis and a PostgreSQL that restart."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest
import redis
from celery import Celery

import local_services
import plugin_probe.jobs  # noqa: F401 - makes the kinds known here as well
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs.launch import TASK
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from plugin_site import (
    Worker,
    database_variables,
    read_only,
    redis_variables,
    until,
    worker,
)
from plugin_tables import make_empty

LEASE = 2.0
OWNER = Owner(7, "ada", 3)


class Platform:
    """The servers of a site, and how a test sees its jobs; `folder` is for logs of the test."""

    def __init__(self, folder: Path, database: Path) -> None:
        """Starts the servers."""
        self.folder, self._redis_folder, self._database = folder, folder, database
        self._redis, self._postgres = ExitStack(), ExitStack()
        self.redis = self._redis.enter_context(local_services.redis(folder))
        self.postgres = self._postgres.enter_context(local_services.postgres(database))
        secret = self.postgres.password
        self.base = Database(Address("127.0.0.1", self.postgres.port, "omero", "omero", secret))
        self.store = JobStore(self.base, Timing(lease=LEASE, resend=LEASE))
        self.variables = {
            **database_variables(self.postgres, folder),
            **redis_variables(self.redis, folder),
        }

    def begin(self, folder: Path) -> None:
        """As after the start of the servers, for a test."""
        self.folder = folder
        self.variables["JOB_LEASE_SECONDS"] = str(LEASE)
        make_empty(self.base.address, ("omero_plugin_common", "plugin_probe"))
        with closing(redis.Redis(port=self.redis.port, password=self.redis.password)) as client:
            client.flushall()

    def close(self) -> None:
        """End the servers."""
        self.base.close()
        self._redis.close()
        self._postgres.close()

    def start(self, items: int, pause: float = 0.0, **more: Any) -> Job:
        """A queued job, without its message."""
        return self.store.create(
            kind_of("plugin_probe.steps"), OWNER, {"items": items, "pause": pause, **more}
        )

    def send(self, job: Job) -> None:
        """Its message."""
        url = f"redis://:{self.redis.password}@127.0.0.1:{self.redis.port}/2"
        with Celery(broker=url) as sender:
            sender.send_task(TASK, (str(job.id),), queue="default", ignore_result=True)

    def now(self, job: Job) -> Job:
        """As it is."""
        found = self.store.get(job.id)
        assert found is not None
        return found

    def in_state(self, job: Job, *states: str, done: int = 0) -> bool:
        """Whether it is so, and that far; no while the database is away."""
        try:
            found = self.now(job)
        except (psycopg2.OperationalError, Unavailable):
            return False
        return found.state in states and found.done >= done

    def effects(self, job_id: UUID) -> dict[int, int]:
        """How often each step was done."""
        with self.base.transaction() as cursor:
            cursor.execute("select item, times from probe_effect where job = %s", (job_id,))
            return {row["item"]: row["times"] for row in cursor.fetchall()}

    def restart_redis(self) -> None:
        """Everything in it is lost."""
        self._redis.close()
        self.redis = self._redis.enter_context(
            local_services.redis(self._redis_folder, again=self.redis)
        )

    def restart_postgres(self) -> None:
        """Everything in it is kept, every connection ends."""
        self._postgres.close()
        self.postgres = self._postgres.enter_context(
            local_services.postgres(self._database, again=self.postgres)
        )


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The servers of this file: its tests restart them."""
    with local_services.folder_for_postgres() as database:
        running = Platform(tmp_path_factory.mktemp("servers"), database)
        yield running
        running.close()


@pytest.fixture
def platform(servers: Platform, tmp_path: Path) -> Platform:
    """The servers, with nothing of the test before."""
    servers.begin(tmp_path)
    return servers


def test_a_job_is_done_and_tells_how_far_it_is(platform: Platform) -> None:
    with worker(platform.variables, platform.folder / "one.log") as one:
        job = platform.start(items=40, pause=0.1)
        platform.send(job)
        until(lambda: platform.in_state(job, "running", done=15))
        seen = platform.now(job).as_json()
        until(lambda: platform.in_state(job, "done"))
        one.stop()
    assert seen["total"] == 40
    assert seen["unit"] == "steps"
    assert 2 < seen["rate"] < 12
    assert 0 < seen["remaining"] < 20
    ended = platform.now(job).as_json()
    assert ended["result"] == {"items": 40}
    assert (ended["attempt"], ended["canCancel"], ended["error"]) == (1, False, None)
    assert platform.effects(job.id) == dict.fromkeys(range(40), 1)
    lines = platform.store.log_after(job.id, 0)
    assert [line["text"] for line in lines] == [f"step {n}" for n in range(40)]
    audit = [line for line in one.said().splitlines() if '"audit": "plugin_probe.steps"' in line]
    assert len(audit) == 1
    assert json.loads(audit[0])["outcome"] == "done"


@pytest.mark.parametrize("state", ["queued", "running", "cancelling", "done"])
def test_a_killed_workers_job_is_ended_by_another(platform: Platform, state: str) -> None:
    with worker(platform.variables, platform.folder / "one.log") as one:
        job = platform.start(items=6, pause=0.0 if state == "done" else 0.4)
        if state == "queued":
            one.kill()
        platform.send(job)
        if state in ("running", "cancelling"):
            until(lambda: platform.in_state(job, "running", done=2))
        if state == "cancelling":
            platform.store.request_cancel(job.id)
        if state == "done":
            until(lambda: platform.in_state(job, "done"))
        one.kill()
    before = platform.now(job)
    assert before.state in (state, "cancelled" if state == "cancelling" else state)
    with worker(platform.variables, platform.folder / "two.log"):
        wanted = "cancelled" if state == "cancelling" else "done"
        until(lambda: platform.in_state(job, wanted))
    ended = platform.now(job)
    assert ended.attempt == (2 if state == "running" else 1)
    if wanted == "done":
        times = platform.effects(job.id)
        assert set(times) == set(range(6))
        # Only the step that was going on may have been done again.
        assert sum(times.values()) <= 6 + (state == "running")
    if state == "running":
        texts = [line["text"] for line in platform.store.log_after(job.id, 0)]
        assert any("stopped responding" in text for text in texts)


def test_a_message_that_redis_forgot_is_sent_again(platform: Platform) -> None:
    running, waiting = platform.start(items=15, pause=0.2), platform.start(items=1)
    with worker(platform.variables, platform.folder / "one.log"):
        platform.send(running)
        until(lambda: platform.in_state(running, "running", done=1))
        # The only process of the worker is busy, so this message lies in Redis.
        platform.send(waiting)
        platform.restart_redis()
        until(lambda: platform.in_state(running, "done"))
        until(lambda: platform.in_state(waiting, "done"))
    assert platform.effects(running.id) == dict.fromkeys(range(15), 1)
    assert platform.now(running).attempt == 1


def test_a_job_outlives_a_restart_of_the_database(platform: Platform) -> None:
    job = platform.start(items=15, pause=0.2)
    with worker(platform.variables, platform.folder / "one.log"):
        platform.send(job)
        until(lambda: platform.in_state(job, "running", done=2))
        platform.restart_postgres()
        until(lambda: platform.in_state(job, "done"), 60)
    times = platform.effects(job.id)
    assert set(times) == set(range(15))
    assert sum(times.values()) <= 16


@pytest.mark.parametrize("done", [0, 2], ids=["in its first step", "later"])
def test_a_killed_childs_job_goes_on_at_once(platform: Platform, done: int) -> None:
    """The lease is longer than the test may wait."""
    platform.variables["JOB_LEASE_SECONDS"] = "600"
    job = platform.start(items=6, pause=0.5)
    with worker(platform.variables, platform.folder / "one.log") as one:
        platform.send(job)
        until(lambda: platform.in_state(job, "running", done=done))
        child = int(platform.now(job).worker.rpartition(":")[2])
        assert child != one.process.pid
        os.kill(child, signal.SIGKILL)
        until(lambda: platform.now(job).attempt == 2, 20)
        until(lambda: platform.in_state(job, "done"))
    assert platform.now(job).attempt == 2
    times = platform.effects(job.id)
    assert set(times) == set(range(6))
    assert sum(times.values()) <= 7
    texts = [line["text"] for line in platform.store.log_after(job.id, 0)]
    assert [text for text in texts if "ended suddenly" in text]


def test_a_database_that_takes_no_changes_is_waited_for(platform: Platform) -> None:
    running, waiting = platform.start(items=15, pause=0.2), platform.start(items=1)
    with worker(platform.variables, platform.folder / "one.log") as one:
        platform.send(running)
        until(lambda: platform.in_state(running, "running", done=2))
        read_only(platform.base.address, True)
        # A message for which nobody can do anything now.
        platform.send(waiting)
        problem = "checked: The plugin database does not accept changes: it is read-only"
        until(lambda: problem in one.said())
        until(lambda: f"job {waiting.id} waits for the plugin database" in one.said())
        states = [platform.now(job).state for job in (running, waiting)]
        assert states == ["running", "queued"]
        read_only(platform.base.address, False)
        until(lambda: platform.in_state(running, "done"))
        until(lambda: platform.in_state(waiting, "done"))
    assert set(platform.effects(running.id)) == set(range(15))
    assert sum(platform.effects(running.id).values()) <= 16
    assert platform.effects(waiting.id) == {0: 1}


def test_two_workers_and_many_messages_run_it_once(platform: Platform) -> None:
    job = platform.start(items=10, pause=0.1)
    with (
        worker(platform.variables, platform.folder / "one.log"),
        worker(platform.variables, platform.folder / "two.log"),
    ):
        for _ in range(8):
            platform.send(job)
        until(lambda: platform.in_state(job, "done"))
    assert platform.effects(job.id) == dict.fromkeys(range(10), 1)
    assert platform.now(job).attempt == 1


def test_a_job_that_waits_for_another_gives_its_place_back(platform: Platform) -> None:
    """Two workers with one place each; the lease, and with it a turn, is longer than the test."""
    platform.variables["JOB_LEASE_SECONDS"] = "600"
    first = platform.start(items=10, pause=0.4, lock=1)
    waiting, other = platform.start(items=2, lock=1), platform.start(items=2)
    with (
        worker(platform.variables, platform.folder / "one.log"),
        worker(platform.variables, platform.folder / "two.log"),
    ):
        platform.send(first)
        until(lambda: platform.in_state(first, "running", done=1))
        platform.send(waiting)
        until(lambda: platform.now(waiting).message.startswith("Waits for: "))
        platform.send(other)
        until(lambda: platform.in_state(other, "done"))
        assert platform.in_state(first, "running")
        assert platform.in_state(waiting, "queued")
        # Nobody sends its message but the worker that does the first one, at its end.
        until(lambda: platform.in_state(waiting, "done"), 20)
    ended = [platform.now(job).finished for job in (other, first, waiting)]
    assert ended == sorted(each for each in ended if each)
    for job in (first, waiting, other):
        assert platform.now(job).attempt == 1
        assert set(platform.effects(job.id).values()) == {1}


def test_jobs_take_turns_and_a_killed_worker_keeps_nobody_waiting(platform: Platform) -> None:
    long, short = platform.start(items=40, pause=0.2, lock=1), platform.start(items=1, lock=1)
    last = platform.start(items=1, lock=1)
    with worker(platform.variables, platform.folder / "one.log") as one:
        platform.send(long)
        until(lambda: platform.in_state(long, "running", done=1))
        with worker(platform.variables, platform.folder / "two.log") as two:
            platform.send(short)
            until(lambda: platform.in_state(short, "done"))
            # A step that was done is not done again after the turn of the other.
            assert platform.in_state(long, "queued", "running")
            until(lambda: platform.in_state(long, "running", done=8))
            {"one": one, "two": two}[platform.now(long).worker.partition("@")[0]].kill()
            platform.send(last)
            until(lambda: platform.in_state(last, "done"))
            until(lambda: platform.in_state(long, "done"))
    times = platform.effects(long.id)
    assert set(times) == set(range(40))
    assert sum(times.values()) <= 41


def test_a_running_job_is_cancelled(platform: Platform) -> None:
    job = platform.start(items=500, pause=0.1)
    with worker(platform.variables, platform.folder / "one.log"):
        platform.send(job)
        until(lambda: platform.in_state(job, "running", done=2))
        cancelled: Any = platform.store.request_cancel(job.id)
        assert cancelled.state == "cancelling"
        until(lambda: platform.in_state(job, "cancelled"))
    assert len(platform.effects(job.id)) < 100


def test_a_worker_with_a_broken_plugin_does_not_start(platform: Platform) -> None:
    broken = Worker(platform.variables, platform.folder / "broken.log", plugins="no_such_plugin")
    try:
        assert broken.process.wait(30) != 0
    finally:
        broken.kill()
    assert "no_such_plugin" in broken.said()
    assert platform.redis.password not in broken.said()
