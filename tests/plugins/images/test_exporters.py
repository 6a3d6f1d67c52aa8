"""The real exporters beside the real PostgreSQL and Redis, with the accounts of the operator.

Their containers and scripts are those of the operator's manifests; only addresses are of here.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg2
import pytest
import redis

import local_services
from free_ports import free_port
from omero_operator.desired.plan import desired
from omeroweb_admin_tools.doctor import catalogue, settings
from omeroweb_admin_tools.doctor.run import run
from operator_builders import by_title, context, spec
from scraping import Samples, key, scrape

PASSWORD: Final = "of-the-exporter"


def _pod(workload: str, **blocks: Any) -> dict[str, dict[str, Any]]:
    """The containers of a workload by name, in a site with exporters."""
    objects = by_title(desired(context(spec(monitoring={"exporters": True}, **blocks))))
    pod = objects[workload]["spec"]["template"]["spec"]
    return {each["name"]: each for each in pod["containers"]}


def _variables(container: dict[str, Any], **secret: str) -> dict[str, str]:
    """What the kubelet sets; values of Secrets as given."""
    return {
        each["name"]: each.get("value") or secret[each["name"]]
        for each in container["env"]
        if "value" in each or each["name"] in secret
    }


@contextmanager
def _running(program: str, port: int, variables: dict[str, str], log: Path) -> Iterator[None]:
    """An exporter that answers."""
    environment = {"PATH": os.environ["PATH"], **variables}
    with log.open("wb") as output:
        process = subprocess.Popen([program], env=environment, stdout=output, stderr=output)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            with suppress(httpx.TransportError):
                scrape(port)
                break
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _names(samples: Samples) -> set[str]:
    return {name for name, _ in samples}


@pytest.fixture
def monitored(postgres: local_services.Service, inside: dict[str, str]) -> dict[str, str]:
    """PostgreSQL as after two starts of its container; the variables of its exporter."""
    pod = _pod("StatefulSet/demo-db")
    script = pod["postgres"]["lifecycle"]["postStart"]["exec"]["command"]
    secrets = {"POSTGRES_USER": "omero", "POSTGRES_PASSWORD": postgres.password}
    secrets["MONITORING_PASSWORD"] = f"{PASSWORD}\n"
    for _ in range(2):
        done = subprocess.run(
            script,
            env={**inside, **secrets},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert PASSWORD not in done.stdout + done.stderr
    return _variables(pod["postgres-exporter"])


def test_statistics_of_postgresql(
    postgres: local_services.Service, monitored: dict[str, str], tmp_path: Path
) -> None:
    port, secret = free_port(), tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    monitored |= {
        "DATA_SOURCE_URI": monitored["DATA_SOURCE_URI"].replace(":5432", f":{postgres.port}"),
        "DATA_SOURCE_PASS_FILE": str(secret),
        "PG_EXPORTER_WEB_LISTEN_ADDRESS": f"127.0.0.1:{port}",
    }
    log = tmp_path / "exporter.log"
    with _running("prometheus-postgres-exporter", port, monitored, log):
        samples = scrape(port)
    assert samples[key("pg_up")] == 1
    wanted = {
        "pg_database_size_bytes",
        "pg_locks_count",
        "pg_settings_max_connections",
        "pg_stat_activity_count",
        "pg_stat_bgwriter_buffers_alloc_total",
        "pg_stat_database_deadlocks",
        "pg_stat_database_xact_commit",
    }
    assert wanted <= _names(samples), sorted(_names(samples))
    assert any(("datname", "omero") in labels for name, labels in samples if "database" in name)
    said = log.read_text()
    assert "permission denied" not in said
    assert PASSWORD not in said


def test_its_role_reads_no_table(
    postgres: local_services.Service, monitored: dict[str, str]
) -> None:
    owner = _as_role(postgres, "omero", postgres.password)
    with owner, owner.cursor() as cursor:
        cursor.execute("create table if not exists images_of_ada (name text)")
    role = _as_role(postgres, monitored["DATA_SOURCE_USER"], PASSWORD)
    for statement in (
        "select * from images_of_ada",
        "create table mine (n int)",
        "alter system set log_statement = 'all'",
        "create role other",
        "select pg_read_file('PG_VERSION')",
    ):
        with role.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
    role.close()
    owner.close()


def test_its_role_is_enough_for_the_check_of_omeros_database(
    postgres: local_services.Service,
    monitored: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The admin tools' own, with the settings that the operator gives to workers."""
    tools = {"plugins": {"adminTools": {"enabled": True}}}
    container = _pod("Deployment/demo-worker", web=tools)["network-worker"]
    for name, value in _variables(container).items():
        if name.startswith("ADMIN_TOOLS_"):
            monkeypatch.setenv(name, value)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv(settings.DATABASE_PASSWORD, str(tmp_path / "password"))
    monkeypatch.setenv(settings.DATABASE_HOST, "127.0.0.1")
    monkeypatch.setenv(settings.DATABASE_PORT, str(postgres.port))

    def found() -> tuple[str, str]:
        ((result),) = run(catalogue.chosen(catalogue.checks(), ["omero-database.sql"]))
        return str(result.found.outcome), result.found.words

    outcome, words = found()
    assert (outcome, "has no table of OMERO" in words) == ("failed", True), words
    owner = _as_role(postgres, "omero", postgres.password)
    with owner.cursor() as cursor:
        cursor.execute("create table dbpatch (id int)")
        try:
            outcome, words = found()
            assert (outcome, "has OMERO's tables, " in words) == ("ok", True), words
            cursor.execute("alter role omero_monitoring set default_transaction_read_only = on")
            outcome, words = found()
            assert (outcome, "accepts no changes" in words) == ("failed", True), words
        finally:
            cursor.execute("alter role omero_monitoring reset default_transaction_read_only")
            cursor.execute("drop table dbpatch")
    owner.close()


def _as_role(postgres: local_services.Service, user: str, password: str) -> Any:
    connection = psycopg2.connect(
        host="127.0.0.1", port=postgres.port, dbname="omero", user=user, password=password
    )
    connection.autocommit = True
    return connection


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    """Redis as its container starts it."""
    port, container = free_port(), _pod("StatefulSet/demo-redis")["redis"]
    (tmp_path / "redis.conf").write_text(f"port {port}\nbind 127.0.0.1\nsave ''\n")
    script = container["command"][-1].replace("/etc/redis/redis.conf", f"{tmp_path}/redis.conf")
    script = script.replace("/run/redis/", f"{tmp_path}/run-")
    secrets = {"REDISCLI_AUTH": "of all", "MONITORING_PASSWORD": PASSWORD}
    variables = {"PATH": os.environ["PATH"], **_variables(container, **secrets)}
    server = subprocess.Popen(["sh", "-c", script], env=variables, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port, password="of all")
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(redis.ConnectionError):
                client.ping()
                break
            time.sleep(0.02)
        yield port
    finally:
        client.close()
        server.kill()
        server.wait()


def test_counters_of_redis(redis_port: int, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "exporter.log"
    variables = _variables(
        _pod("StatefulSet/demo-redis")["redis-exporter"], REDIS_PASSWORD=PASSWORD
    )
    variables["REDIS_ADDR"] = f"redis://localhost:{redis_port}"
    variables["REDIS_EXPORTER_WEB_LISTEN_ADDRESS"] = f"127.0.0.1:{port}"
    with _running("prometheus-redis-exporter", port, variables, log):
        samples = scrape(port)
    assert samples[key("redis_up")] == 1
    wanted = {
        "redis_connected_clients",
        "redis_commands_processed_total",
        "redis_evicted_keys_total",
        "redis_memory_max_bytes",
        "redis_memory_used_bytes",
        "redis_slowlog_length",
        "redis_uptime_in_seconds",
    }
    assert wanted <= _names(samples), sorted(_names(samples))
    assert "NOPERM" not in log.read_text()


def test_its_account_reads_no_key_and_no_password(redis_port: int) -> None:
    user = _variables(_pod("StatefulSet/demo-redis")["redis-exporter"])["REDIS_USER"]
    account = redis.Redis(port=redis_port, username=user, password=PASSWORD)
    assert account.info()["redis_version"]
    for command in (
        ("GET", "x"), ("SET", "x", "1"), ("KEYS", "*"), ("CONFIG", "GET", "requirepass"),
        ("ACL", "LIST"), ("MONITOR",), ("EVAL", "return 1", "0"), ("FLUSHALL",), ("CLIENT", "LIST"),
    ):  # fmt: skip
        with pytest.raises(redis.exceptions.NoPermissionError):
            account.execute_command(*command)  # type: ignore[no-untyped-call]
    account.close()
