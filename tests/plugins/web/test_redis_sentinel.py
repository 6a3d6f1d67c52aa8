"""A Redis behind Sentinels: sessions and the queue outlive the loss of the master."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local_services
import sentinel_redis
from plugin_site import until

PLUGIN = '''
from pathlib import Path
from celery import shared_task

@shared_task(name="note", ignore_result=True)
def note(file):
    """A line for each time that it runs."""
    with Path(file).open("a") as lines:
        lines.write("ran\\n")
'''
SEND = """
import sys
from omero_plugin_common.broker import app
app().send_task("note", [sys.argv[1]], queue="default", ignore_result=True)
"""
PING = """
from omero_plugin_common.broker import app
print(app().send_task("omero_plugin_common.ping").get(timeout=120)["answer"])
"""


DOCTOR = """
import dataclasses, json
from omeroweb_admin_tools.doctor.databases import redis_stores
print(json.dumps(dataclasses.asdict(redis_stores()), default=str))
"""


class Pods:
    """Programs of the image with these variables."""

    def __init__(self, folder: Path, lab: sentinel_redis.Lab) -> None:
        self.lab, self.ran, self._folder = lab, folder / "ran", folder
        (folder / "note_plugin").mkdir()
        (folder / "note_plugin" / "__init__.py").touch()
        (folder / "note_plugin" / "jobs.py").write_text(PLUGIN)
        self.environment = local_services.python_environment(
            **lab.variables,
            WORKER_CONCURRENCY="1",
            TMPDIR=str(folder),
            PLUGIN_PACKAGES="note_plugin",
        )
        self.environment["PYTHONPATH"] += f":{folder}"

    def run(self, code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def runs(self) -> int:
        return len(self.ran.read_text().splitlines()) if self.ran.exists() else 0

    def probe(self) -> tuple[bool, str]:
        """What the kubelet asks, and what it quotes."""
        log = self._folder / "probe.log"
        log.write_text("")
        ended = local_services.of_the_image("redis-ready", log, self.environment).wait(60)
        return ended == 0, log.read_text()


@pytest.mark.parametrize(
    "encrypted", [pytest.param(False, marks=pytest.mark.nightly, id="plain"), True]
)
def test_a_session_and_a_job_outlive_the_master(
    site: local_services.Site,
    tmp_path: Path,
    new_visitor: Callable[[str], Any],
    encrypted: bool,
) -> None:
    with (
        sentinel_redis.lab(tmp_path, encrypted=encrypted) as lab,
        local_services.web_beside(site, tmp_path, **lab.variables) as beside,
    ):
        pods, master = Pods(tmp_path, lab), lab.master()
        assert pods.probe() == (True, "")
        visitor = new_visitor(beside.url)
        assert visitor.log_in(site.standin.password).url.path == "/webclient/"
        session = visitor.cookies["sessionid"]
        with lab.client(master, 1) as client:
            assert [key for key in client.scan_iter() if session.encode() in key]
        # No worker yet: it waits.
        pods.run(SEND, str(pods.ran))

        # A Sentinel may be lost as well: two of three decide.
        lab.kill_a_sentinel()
        lab.kill_master()
        lab.wait_for_failover(master)

        until(lambda: visitor.get("/healthz").json().get("redis") == "ok")
        assert visitor.is_logged_in and visitor.cookies["sessionid"] == session
        with local_services.worker(tmp_path, pods.environment) as worker:
            assert pods.run(PING) == "pong"
            assert pods.runs() == 1
        assert pods.probe() == (True, "")
        for said in (beside.web.log.read_text(), worker.log.read_text()):
            assert lab.password not in said and lab.sentinel_password not in said


def test_the_probe_says_what_is_wrong(tmp_path: Path) -> None:
    with sentinel_redis.lab(tmp_path, encrypted=False) as lab:
        pods = Pods(tmp_path, lab)
        pods.environment["REDIS_MASTER_NAME"] = sentinel_redis.MASTER.lower()
        ready, said = pods.probe()
        assert not ready
        assert said.startswith("NoMaster: no Sentinel names a working master omero: 127.0.0.1:")
        assert said.count("has no master of this name, but Omero") == 3
        pods.environment["REDIS_MASTER_NAME"] = sentinel_redis.MASTER
        (tmp_path / "sentinel-password").write_text("another-password")
        ready, said = pods.probe()
        assert not ready
        assert said.startswith("NoMaster: ") and "invalid username-password pair" in said
        assert "another-password" not in said
        (tmp_path / "sentinel-password").write_text(lab.sentinel_password)
        for service in lab.sentinels.values():
            sentinel_redis.kill(service)
        ready, said = pods.probe()
        assert not ready
        assert said.startswith("NoMaster: ") and said.count("Connection refused") == 3
        found = json.loads(pods.run(DOCTOR))
        assert found["outcome"] == "failed"
        assert found["words"].startswith("No Sentinel names a working master Omero: 127.0.0.1:")
