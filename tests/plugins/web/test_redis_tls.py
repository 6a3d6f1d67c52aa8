"""A Redis that speaks TLS alone: sessions, cache, rate limit, queue and results go through it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

import local_services
import tls_certificates

PING = """
import json
from omero_plugin_common.celery_app import app
print(json.dumps(app.send_task("omero_plugin_common.ping").get(timeout=30)))
"""
CONNECT = """
from omero_plugin_common.redis_client import CACHE_DATABASE, connection
print(connection(CACHE_DATABASE).ping())
"""


@contextmanager
def encrypted(
    folder: Path, host: str = "localhost"
) -> Iterator[tuple[dict[str, str], redis.Redis]]:
    """A Redis; what the operator tells its clients, and a client of the test's own."""
    authority, certificate = tls_certificates.make(folder, host)
    (folder / "redis").mkdir()
    with local_services.redis(folder / "redis", certificate=certificate) as service:
        (folder / "password").write_text(service.password)
        variables = {
            "REDIS_HOST": "localhost",
            "REDIS_PORT": str(service.port),
            "REDIS_PASSWORD_FILE": str(folder / "password"),
            "REDIS_TLS": "true",
            "REDIS_CA_FILE": str(authority),
        }
        client = redis.Redis(
            "localhost",
            service.port,
            1,
            service.password,
            ssl=True,
            ssl_ca_certs=str(authority),
            ssl_check_hostname=host == "localhost",
        )
        yield variables, client


def connect(variables: dict[str, str]) -> str:
    """What a plugin's client says."""
    done = subprocess.run(
        [sys.executable, "-c", CONNECT],
        env=local_services.python_environment(**variables),
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_sessions_and_cache(
    site: local_services.Site, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    with (
        encrypted(tmp_path) as (variables, client),
        local_services.web_beside(site, tmp_path, **variables) as beside,
    ):
        visitor = new_visitor(beside.url)
        assert visitor.log_in(site.standin.password).url.path == "/webclient/"
        assert visitor.is_logged_in
        session = visitor.cookies["sessionid"]
        assert [key for key in client.scan_iter() if session.encode() in key]
        assert visitor.get("/healthz").json()["redis"] == "ok"


def test_queue_and_results(tmp_path: Path) -> None:
    with encrypted(tmp_path) as (variables, _):
        environment = local_services.python_environment(
            **variables, WORKER_CONCURRENCY="1", TMPDIR=str(tmp_path)
        )
        with local_services.worker(tmp_path, environment):
            answer = subprocess.run(
                [sys.executable, "-c", PING],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
    assert json.loads(answer.stdout)["answer"] == "pong"


def test_a_server_of_another_authority_or_name_is_refused(tmp_path: Path) -> None:
    with encrypted(tmp_path) as (variables, _):
        assert connect(variables) == "True"
        of_the_image = {name: text for name, text in variables.items() if name != "REDIS_CA_FILE"}
        assert "certificate verify failed" in connect(of_the_image)
    other = tmp_path / "other"
    other.mkdir()
    with encrypted(other, host="redis.example.org") as (variables, _):
        assert "Hostname mismatch" in connect(variables)


@pytest.mark.parametrize("command", ["web", "worker"])
def test_an_authority_that_is_none_is_one_message(tmp_path: Path, command: str) -> None:
    for name in ("key", "password", "authority"):
        (tmp_path / name).write_text("secret-in-the-wrong-place")
    environment = local_services.python_environment(
        OMERO_HOST="localhost",
        OMERO_WEB_SECRET_KEY_FILE=str(tmp_path / "key"),
        REDIS_HOST="localhost",
        REDIS_PASSWORD_FILE=str(tmp_path / "password"),
        REDIS_TLS="true",
        REDIS_CA_FILE=str(tmp_path / "authority"),
        OMERODIR=str(tmp_path),
        TERMINATION_LOG=str(tmp_path / "termination-log"),
    )
    log = tmp_path / "log"
    assert local_services.of_the_image(command, log, environment).wait(60) == 1
    said = log.read_text()
    assert "REDIS_CA_FILE" in said and "spec.redis.external.tls.caSecretRef" in said
    assert "Traceback" not in said and "secret-in-the-wrong-place" not in said
