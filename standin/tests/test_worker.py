"""The Celery worker, started as in its pod."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import local_services
import worker_probes

PING = """
import json, sys
from omero_plugin_common.celery_app import app
print(json.dumps(app.send_task("omero_plugin_common.ping", queue=sys.argv[1]).get(timeout=30)))
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The worker's variables, with a Redis of its own."""
    with local_services.redis(tmp_path) as cache:
        (tmp_path / "password").write_text(cache.password)
        yield local_services.python_environment(
            REDIS_HOST="127.0.0.1",
            REDIS_PORT=str(cache.port),
            REDIS_PASSWORD_FILE=str(tmp_path / "password"),
            WORKER_CONCURRENCY="1",
            TMPDIR=str(tmp_path),
        )


@pytest.mark.parametrize(("which", "queue"), [("worker", "default"), ("network-worker", "network")])
def test_it_answers_a_task_gives_signs_of_life_and_stops(
    tmp_path: Path, environment: dict[str, str], which: str, queue: str
) -> None:
    sign = tmp_path / "worker-alive"
    command = [sys.executable, "-m", "omero_web_container"]
    log = (tmp_path / "worker.log").open("wb")
    with (
        log,
        subprocess.Popen([*command, which], env=environment, stdout=log, stderr=log) as worker,
    ):
        try:
            until = time.monotonic() + 30
            while not sign.exists() and time.monotonic() < until:
                time.sleep(0.1)
            assert worker_probes.said(tmp_path, "worker-alive") == ""
            answer = subprocess.run(
                [sys.executable, "-c", PING, queue],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            assert json.loads(answer.stdout)["answer"] == "pong"
        finally:
            worker.terminate()
            assert worker.wait(30) == 0
    assert not sign.exists()
    said = (tmp_path / "worker.log").read_text()
    assert (tmp_path / "password").read_text() not in said
