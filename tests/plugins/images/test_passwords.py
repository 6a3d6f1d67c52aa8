"""Passwords through the real parser of each program that gets them from a Secret.

Whatever `secret_rules` lets pass must arrive unchanged, without the line break at its end, and what
it refuses for one program is what that program cannot take.
"""

from __future__ import annotations

import io
import itertools
import os
import shlex
import subprocess
import tempfile
import time
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Final

import psycopg2
import pytest
import redis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from omero.cli import CLI
from omero.config import ConfigXml
from omero.plugins.db import DatabaseControl
from omero.plugins.prefs import PrefsControl

from local_services import ROOT, Service
from omero_operator.desired import postgres as postgres_builder
from omero_operator.desired import redis as redis_builder
from omero_operator.desired import server as server_builder
from omero_operator.desired.omero_config import render
from omero_operator.desired.secret_rules import Purpose, complaint
from omero_plugin_common.env_utils import get_secret_env
from omero_standin import omero_config
from operator_builders import context

# What has a meaning somewhere: shells, SQL, redis.conf, .pgpass, URLs, printf, XML, OMERO.
MEANINGFUL: Final = st.sampled_from(
    [*" '\"\\$`%:@#&<>{}()[]!*?~;|/+-=,._", "$(id)", "\\x41", "ß", "字"]
)
PASSWORDS: Final = st.lists(MEANINGFUL | st.characters(codec="utf-8"), min_size=1, max_size=24).map(
    "".join
)
ENDS: Final = ("", "\n", "\r\n")


def passwords(purpose: Purpose) -> st.SearchStrategy[str]:
    """What may stand in a Secret of this purpose, without a line break at its end."""
    return PASSWORDS.filter(
        lambda text: not text.endswith("\n") and not complaint(purpose, text.encode())
    )


few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


def run(script: str, **environment: str) -> None:
    """A container's script, with the environment of the container and nothing else."""
    done = subprocess.run(
        ["sh", "-c", script],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        # Some try again until it works.
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def from_file(folder: Path, stored: str) -> str:
    """The password as web, worker and bootstrap read it from its file."""
    (folder / "password").write_bytes(stored.encode())
    return get_secret_env("PASSWORD_FILE", source={"PASSWORD_FILE": str(folder / "password")})


@few
@given(passwords("password"), st.sampled_from(ENDS))
@example('two words "and" more', "\n")
@example("-begins like an option", "")
@example("it's \\ a $path", "\r\n")
def test_redis_has_the_password_that_its_clients_use(
    tmp_path: Path, password: str, end: str
) -> None:
    stored = password + end
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        folder = Path(name)
        socket = folder / "redis.sock"
        (folder / "redis.conf").write_text(f"port 0\nunixsocket {socket}\nsave ''\n")

        def placed(script: str) -> str:
            here = script.replace("/etc/redis/redis.conf", str(folder / "redis.conf"))
            here = here.replace("/run/redis/", f"{folder}/run-")
            return here.replace("redis-cli ", f"redis-cli -s {socket} ")

        environment = {"PATH": os.environ["PATH"], "REDISCLI_AUTH": stored}
        server = subprocess.Popen(
            ["sh", "-c", placed(redis_builder._script(context()))],
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            client = redis.Redis(unix_socket_path=str(socket), password=from_file(tmp_path, stored))
            for _ in range(200):
                with suppress(redis.ConnectionError):
                    assert client.ping()
                    break
                assert server.poll() is None, (server.stdout or io.BytesIO()).read()
                time.sleep(0.02)
            run(placed(redis_builder._PING), **environment)
            client.close()
        finally:
            server.kill()
            server.communicate()


@few
@given(passwords("password"), st.sampled_from(ENDS))
@example('two words "and" more', "\n")
@example("'; drop role omero; --", "\r\n")
@example("back\\slash", "")
def test_postgresql_has_the_password_that_its_clients_use(
    tmp_path: Path, postgres: Service, inside: dict[str, str], password: str, end: str
) -> None:
    stored = password + end
    run(
        postgres_builder._script(context()),
        **inside,
        POSTGRES_USER="omero",
        POSTGRES_PASSWORD=stored,
    )
    psycopg2.connect(
        host="127.0.0.1",
        port=postgres.port,
        dbname="omero",
        user="omero",
        password=from_file(tmp_path, stored),
    ).close()


MAINTAIN: Final = ROOT / "images" / "postgres-maintenance" / "maintain"


@settings(parent=few, max_examples=4)
@given(passwords("password"), st.sampled_from(ENDS))
@example("col:on \\ back\\\\slash \\", "\r\n")
@example(" blanks # around ", "\n")
def test_maintenance_logs_in_with_the_password(
    tmp_path: Path, postgres: Service, inside: dict[str, str], password: str, end: str
) -> None:
    """Through a file for libpq, whose notation has escapes of its own."""
    stored = password + end
    run(
        postgres_builder._script(context()),
        **inside,
        POSTGRES_USER="omero",
        POSTGRES_PASSWORD=stored,
    )
    (tmp_path / "stored").write_bytes(stored.encode())
    variables = {
        f"{prefix}_{name}": value
        for prefix in ("OMERO_DB", "PLUGIN_DB")
        for name, value in {
            "HOST": "127.0.0.1",
            "PORT": str(postgres.port),
            "NAME": "omero",
            "USER": "omero",
            "PASSWORD_FILE": str(tmp_path / "stored"),
        }.items()
    }
    run(f"{MAINTAIN} vacuum", PATH=inside["PATH"], **variables)


COUNTER: Final = itertools.count()


@settings(parent=few, max_examples=100)
@given(passwords("database-password"), st.sampled_from(ENDS))
@example("-begins like an option", "\n")
def test_omero_keeps_the_database_password_as_it_is(
    tmp_path: Path, password: str, end: str
) -> None:
    """The image sets it by `omero config set --`; the stand-in reads the same variable."""
    file = tmp_path / f"config-{next(COUNTER)}.xml"
    config = ConfigXml(str(file))
    command = CLI()
    command.register("config", PrefsControl, "configuration")
    prefs = command.controls["config"]
    words = ["config", "set", "--", "omero.db.pass", password]
    prefs.set(command.parser.parse_args(words), config)
    config.close()
    assert ConfigXml(str(file), read_only=True).as_map()["omero.db.pass"] == password
    given_as = {"CONFIG_omero_db_pass": password + end}
    assert omero_config.read(None, given_as)["omero.db.pass"] == password


@settings(parent=few, max_examples=100)
@given(passwords("root-password"))
def test_omero_takes_the_root_password_as_it_is(password: str) -> None:
    """The image hands it to omego, and omego to `omero db script`."""
    command = CLI()
    command.register("db", DatabaseControl, "database")
    # omego/db.py, DbCommand.__call__: every argument is formatted with all of them.
    handed = password % {"rootpass": password}
    arguments = command.parser.parse_args(["db", "script", "", "", handed])
    assert arguments.pospassword == password


@pytest.mark.parametrize("password", ["-root", "--", "50%", "%(x)s", "%%"])
def test_refused_root_passwords_are_those_that_omero_cannot_take(password: str) -> None:
    command = CLI()
    command.register("db", DatabaseControl, "database")
    assert complaint("root-password", password.encode())
    arrived = ""
    with suppress(SystemExit, ValueError, TypeError, KeyError), redirect_stderr(io.StringIO()):
        handed = password % {"rootpass": password}
        arrived = command.parser.parse_args(["db", "script", "", "", handed]).pospassword or ""
    assert arrived != password


@few
@given(passwords("root-password"), st.sampled_from(ENDS))
def test_start_up_scripts_of_omero_get_values_without_a_line_break(
    tmp_path: Path, password: str, end: str
) -> None:
    """The image's entry point and its steps are scripts for bash."""
    (tmp_path / "environment.sh").write_text(server_builder._ENVIRONMENT)
    step = tmp_path / "60-database.sh"
    step.write_text("#!/bin/bash\nset -eu\nprintf '%s' \"$ROOTPASS|$CONFIG_omero_db_pass\"\n")
    step.chmod(0o755)
    entry_point = tmp_path / "entrypoint.sh"
    entry_point.write_text(f"#!/bin/bash\nset -e\n{step}\n")
    entry_point.chmod(0o755)
    environment = dict.fromkeys(server_builder._FROM_SECRETS, password + end)
    environment |= {"BASH_ENV": str(tmp_path / "environment.sh"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([entry_point], env=environment, check=True, capture_output=True)
    assert done.stdout.decode() == f"{password}|{password}"


@settings(parent=few, max_examples=100)
@given(passwords("property"))
def test_property_from_a_secret_arrives_in_omero(password: str) -> None:
    """`omero load` splits a line like a shell and hands the words to the same command."""
    command = CLI()
    command.register("config", PrefsControl, "configuration")
    words = shlex.split(render({"omero.ldap.password": password}))
    arrived = command.parser.parse_args(words).VALUE
    assert arrived == password
