"""The start script of the local PostgreSQL image, the real one, with Debian's PostgreSQL."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest

import local_services
from free_ports import free_port

SCRIPT = local_services.ROOT / "images" / "local" / "postgres" / "docker-entrypoint.sh"
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"))
ACCOUNT = pwd.getpwnam("postgres")


@pytest.fixture
def data(folder: Path) -> Path:
    """A volume with a place for PGDATA below it."""
    os.chown(folder, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    return folder / "pgdata"


@pytest.fixture
def run(data: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the script as the postgres user."""

    def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        script = data.parent / "docker-entrypoint.sh"
        script.write_bytes(SCRIPT.read_bytes())
        script.chmod(0o755)
        variables = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "PGDATA": str(data), **environment}
        return subprocess.Popen(
            [script, *arguments],
            env=variables,
            user=ACCOUNT.pw_uid,
            group=ACCOUNT.pw_gid,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return started


def connect(port: int, **more: Any) -> Any:
    """A connection, waited for."""
    for _ in range(200):
        try:
            return psycopg2.connect(dbname="omero", user="omero", port=port, **more)
        except psycopg2.OperationalError as error:
            if "password" in str(error):
                raise
            time.sleep(0.1)
    raise AssertionError("the database did not come up")


def test_it_initialises_once_and_asks_the_network_for_the_password(
    data: Path, run: Callable[..., subprocess.Popen[str]]
) -> None:
    port, sockets = free_port(), data.parent
    (data.parent / "password").write_text("first-password")
    arguments = ["-c", f"unix_socket_directories={sockets}"]
    variables = {"PGPORT": str(port), "POSTGRES_USER": "omero", "POSTGRES_DB": "omero"}
    file = {"POSTGRES_PASSWORD_FILE": str(data.parent / "password")}
    for settings in (file, {"POSTGRES_PASSWORD": "another"}):
        server = run(*arguments, **variables, **settings)
        try:
            connect(port, host="127.0.0.1", password="first-password").close()
            # A hook inside the pod: no password over the socket.
            connect(port, host=str(sockets)).close()
            with pytest.raises(psycopg2.OperationalError, match="password"):
                connect(port, host="127.0.0.1", password="another")
        finally:
            server.terminate()
            output, _ = server.communicate(timeout=30)
        assert "first-password" not in output
        assert ("initialised database omero" in output) is (settings is file)


def test_an_empty_volume_needs_a_password(run: Callable[..., subprocess.Popen[str]]) -> None:
    server = run()
    output, _ = server.communicate(timeout=30)
    assert server.returncode == 1
    assert "POSTGRES_PASSWORD is not set" in output


def test_what_is_no_database_is_not_touched(
    data: Path, run: Callable[..., subprocess.Popen[str]]
) -> None:
    data.mkdir()
    os.chown(data, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    (data / "thesis.txt").write_text("mine")
    server = run(POSTGRES_PASSWORD="x")
    output, _ = server.communicate(timeout=30)
    assert server.returncode == 1
    assert "neither empty nor a database" in output
    assert (data / "thesis.txt").read_text() == "mine"


def test_an_interrupted_first_start_is_done_again(
    data: Path, run: Callable[..., subprocess.Popen[str]]
) -> None:
    port = free_port()
    data.mkdir()
    (data / "PG_VERSION").write_text("15")
    for path in (data, data / "PG_VERSION"):
        os.chown(path, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    mark = data.parent / "pgdata.initialising"
    mark.touch()
    os.chown(mark, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    settings = {"POSTGRES_USER": "omero", "POSTGRES_PASSWORD": "again", "PGPORT": str(port)}
    server = run("-c", f"unix_socket_directories={data.parent}", **settings)
    try:
        connect(port, host="127.0.0.1", password="again").close()
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert not mark.exists()


def test_other_commands_are_run_as_they_are(run: Callable[..., subprocess.Popen[str]]) -> None:
    other = run("echo", "hello")
    assert other.communicate(timeout=30)[0] == "hello\n"
