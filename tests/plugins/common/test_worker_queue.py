"""A worker and its queue: what its probes say, what it waits for, and how soon it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from celery import Celery

import local_services
import worker_probes
from forked import Forked
from plugin_site import redis_variables, until

PLUGIN = '''
import time
from pathlib import Path
from celery import shared_task

@shared_task(name="slow", ignore_result=True)
def slow(seconds, begun, ended):
    """Something to wait for."""
    Path(begun).touch()
    time.sleep(seconds)
    Path(ended).touch()
'''


class Pod:
    """A worker as in its pod, with a Redis of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._redis = ExitStack()
        self.redis = self._redis.enter_context(local_services.redis(folder))
        self.variables = redis_variables(self.redis, folder)
        package = folder / "slow_plugin"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "jobs.py").write_text(PLUGIN)
        self._worker: Forked | None = None

    def start(self) -> None:
        """What the container runs."""
        environment = local_services.python_environment(
            **self.variables,
            WORKER_CONCURRENCY="1",
            TMPDIR=str(self.folder),
            PLUGIN_PACKAGES="slow_plugin",
        )
        environment["PYTHONPATH"] += f":{self.folder}"
        log = self.folder / "worker.log"
        self._worker = Forked(
            "omero_web_container",
            "worker",
            environment=environment,
            log=log,
            first=worker_probes.temporary_folder_unknown,
        )

    @property
    def worker(self) -> Forked:
        assert self._worker is not None
        return self._worker

    @property
    def sign(self) -> Path:
        return self.folder / "worker-alive"

    @property
    def is_alive(self) -> bool:
        return not worker_probes.said(self.folder, "worker-alive")

    @property
    def is_ready(self) -> bool:
        return not self.problem()

    def problem(self) -> str:
        """What the probe says of a worker that is not ready; nothing while it is."""
        return worker_probes.said(self.folder, "worker-ready")

    def until(self, true: Callable[[], object]) -> None:
        until(true, 120, told=self.said)

    def said(self) -> str:
        log = self.folder / "worker.log"
        return log.read_text() if log.exists() else ""

    def stop_redis(self) -> None:
        self._redis.close()

    def start_redis(self) -> None:
        """Empty, in the same place."""
        self.redis = self._redis.enter_context(local_services.redis(self.folder, again=self.redis))

    def client(self) -> redis.Redis:
        return redis.Redis("127.0.0.1", self.redis.port, 2, self.redis.password)

    def send(self, name: str, *arguments: object) -> None:
        url = f"redis://:{self.redis.password}@127.0.0.1:{self.redis.port}/2"
        with Celery(broker=url) as sender:
            sender.send_task(name, arguments, queue="default", ignore_result=True)

    def ping(self) -> str:
        """What a task of the worker answers."""
        code = (
            "from omero_plugin_common.celery_app import app; "
            "print(app.send_task('omero_plugin_common.ping').get(timeout=30)['answer'])"
        )
        environment = local_services.python_environment(**self.variables)
        return local_services.python(code, self.folder / "ping.log", environment).strip()

    def begin_something(self, seconds: float) -> Path:
        """A task that the worker works on when this returns; the file that is there at its end."""
        begun, ended = self.folder / "begun", self.folder / "ended"
        self.send("slow", seconds, str(begun), str(ended))
        self.until(begun.exists)
        return ended

    def ends_at_once(self, within: float = 5) -> None:
        """What Kubernetes does, without its patience."""
        self.worker.terminate()
        try:
            assert self.worker.wait(within) == 0
        except subprocess.TimeoutExpired:
            pytest.fail(f"it still runs\n{self.said()[-3000:]}")

    def close(self) -> None:
        if self._worker is not None and self._worker.poll() is None:
            os.killpg(self._worker.pid, signal.SIGKILL)
            self._worker.wait(10)
        self._redis.close()


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    made = Pod(tmp_path)
    yield made
    made.close()


def test_a_refused_password_is_not_ready_and_says_why(pod: Pod) -> None:
    right = pod.redis.password
    (pod.folder / "redis-password").write_text("not-the-right-one")
    pod.start()
    pod.until(lambda: pod.sign.exists() and "invalid username-password" in pod.sign.read_text())
    assert pod.problem().startswith("QueueUnreachable: the worker cannot use its queue in Redis: ")
    assert pod.is_alive
    # The sign of life is written first.
    pod.until(lambda: "cannot use its queue in Redis" in pod.said())
    assert "invalid username-password" in pod.said()
    assert "not-the-right-one" not in pod.said()
    assert right not in pod.said()
    pod.ends_at_once()


def test_it_waits_for_redis_and_goes_on(pod: Pod) -> None:
    pod.start()
    pod.until(lambda: pod.is_ready)
    pod.stop_redis()
    pod.until(lambda: not pod.is_ready)
    pod.until(lambda: "refused" in pod.problem())
    assert pod.is_alive
    pod.start_redis()
    pod.until(lambda: pod.is_ready)
    assert pod.ping() == "pong"
    assert pod.worker.poll() is None
    pod.ends_at_once()
    assert not pod.sign.exists()


def test_it_ends_at_once_while_redis_is_away(pod: Pod) -> None:
    pod.start()
    pod.until(lambda: pod.is_ready)
    pod.stop_redis()
    pod.until(lambda: "refused" in pod.sign.read_text())
    pod.ends_at_once()


def test_it_ends_at_once_where_redis_never_was(pod: Pod) -> None:
    pod.stop_redis()
    pod.start()
    pod.until(lambda: pod.sign.exists() and "refused" in pod.sign.read_text())
    pod.ends_at_once()


def test_a_frozen_redis_is_noticed_and_keeps_no_worker(pod: Pod) -> None:
    """Its connections stay, and the kernel accepts new ones."""
    pod.start()
    pod.until(lambda: pod.is_ready)
    pod.redis.process.send_signal(signal.SIGSTOP)
    try:
        pod.until(lambda: not pod.is_ready)
        assert pod.is_alive
        pod.redis.process.send_signal(signal.SIGCONT)
        pod.until(lambda: pod.is_ready)
        assert pod.ping() == "pong"
        pod.redis.process.send_signal(signal.SIGSTOP)
        pod.until(lambda: not pod.is_ready)
        # An attempt to connect that is under way waits for each answer, 2 s each.
        pod.ends_at_once(within=15)
    finally:
        pod.redis.process.send_signal(signal.SIGCONT)


def test_a_full_redis_ends_no_worker(pod: Pod) -> None:
    pod.start()
    pod.until(lambda: pod.is_ready)
    client = pod.client()
    client.config_set("maxmemory-policy", "volatile-lfu")
    # A message waits for a process, and the worker has to note in Redis that it has it.
    ended = pod.begin_something(2.0)
    pod.send("slow", 0, str(pod.folder / "second"), str(pod.folder / "second"))
    client.config_set("maxmemory", "1kb")
    pod.until(ended.exists)
    pod.until(lambda: "> 'maxmemory'" in pod.problem())
    assert pod.worker.poll() is None
    assert pod.is_alive
    client.config_set("maxmemory", "0")
    pod.until(lambda: pod.is_ready)
    assert pod.ping() == "pong"


@pytest.mark.parametrize("redis_away", [False, True], ids=["with Redis", "without Redis"])
def test_what_is_worked_on_gets_its_time(pod: Pod, redis_away: bool) -> None:
    pod.start()
    ended = pod.begin_something(3.0)
    if redis_away:
        pod.stop_redis()
        pod.until(lambda: "refused" in pod.sign.read_text())
    pod.worker.terminate()
    assert pod.worker.wait(30) == 0
    assert ended.exists()
