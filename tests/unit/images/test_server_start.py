"""The start-up of the image `omero-server`, over a table of situations, with fake programs.

Fake: `omero`, `psql`, `pg_isready`, `icegridnode` (`tests/support/fake_server`). Real: the
start-up, `check-repository`, `openssl`.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from omero.config import ConfigXml
from omero.install.jvmcfg import PercentStrategy, Settings, strip_dict
from omero_start.jmx import PROGRAMS

ROOT = Path(__file__).parents[3]
FAKES = ROOT / "tests" / "support" / "fake_server"
START = ROOT / "images" / "omero-server" / "start"
OURS, OTHERS = "11111111-2222-4333-8444-555555555555", "99999999-aaaa-4bbb-8ccc-dddddddddddd"
# No word of these may be in an argument, in a file that stays, or in what the container says.
DATABASE_PASSWORD, ROOT_PASSWORD = "pa:ss\\wörd'\"$x", "r00t:päss'word"
NEW: dict[str, Any] = {"schema": "", "tables": 0, "uuid": "", "facts": []}
CURRENT: dict[str, Any] = {"schema": "OMERO5.4__0", "tables": 180, "uuid": OURS, "facts": []}
OLDER = CURRENT | {"schema": "OMERO5.3__0"}


@dataclass(frozen=True)
class Ended:
    """How a start ended.

    Attributes:
        code: Exit code.
        words: The termination message.
        said: Everything in the log.
        state: The pretended site afterwards.
        calls: Every call of a fake program.
    """

    code: int
    words: str
    said: str
    state: dict[str, Any]
    calls: list[dict[str, Any]]

    def programs(self) -> list[str]:
        """What was called, in order, each with its first word."""
        return [" ".join([call["program"], *call["arguments"][:1]]) for call in self.calls]


class Pod:
    """A pretended pod: an installation of OMERO.server, a volume, a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.data = folder / "OMERO.server", folder / "OMERO"
        self.config = folder / "config"
        for each in (self.home / "etc", self.home / "var", self.data, self.config):
            each.mkdir(parents=True)
        (self.home / "etc" / "omero.properties").write_text(
            "# OMERO's\nomero.db.version=OMERO5.4\nomero.db.patch=0\nomero.version=5.6.18\n"
        )
        for to, of, text in (
            ("OMERO5.4__0", "OMERO5.3__1", "upgrade to OMERO5.4__0"),
            ("OMERO5.3__1", "OMERO5.3__0", "upgrade to OMERO5.3__1"),
        ):
            script = self.home / "sql" / "psql" / to / f"{of}.sql"
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(text)
        (self.config / "00-omero-server.omero").write_text("config drop default\ncertificates -v\n")
        (folder / "termination-log").touch()
        (folder / "limit").write_text(f"{8 << 30}\n")
        (folder / "calls").touch()

    def environment(self, **more: str) -> dict[str, str]:
        """What the operator sets."""
        return {
            "PATH": f"{FAKES}:{ROOT / 'images' / 'postgres-maintenance'}:{os.environ['PATH']}",
            "PYTHONPATH": str(START),
            "FAKES": str(self.folder),
            "TMPDIR": str(self.folder),
            "TERMINATION_LOG": str(self.folder / "termination-log"),
            "READY_SECONDS": "0",
            "OMERODIR": str(self.home),
            "OMERO_CONFIG_DIR": str(self.config),
            "OMERO_DATA_DIR": str(self.data),
            "OMERO_IMAGE_ROOT": "/proc",
            "OMERO_HOLD_SECONDS": "0",
            "OMERO_MEMORY_LIMIT_FILE": str(self.folder / "limit"),
            "OMERO_TLS_NAMES": "demo-server,omero.example.org",
            "CONFIG_omero_db_host": "demo-db",
            "CONFIG_omero_db_user": "omero\n",
            "CONFIG_omero_db_pass": f"{DATABASE_PASSWORD}\n",
            "ROOTPASS": f"{ROOT_PASSWORD}\r\n",
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        """The image's entry point."""
        return [sys.executable, "-S", "-m", "omero_start", *arguments]

    def start(self, site: dict[str, Any], *arguments: str, **environment: str) -> Ended:
        """Start it on a database, and wait for its end."""
        (self.folder / "state.json").write_text(json.dumps(site))
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return self.ended(done.returncode, done.stdout + done.stderr)

    def ended(self, code: int, said: str) -> Ended:
        """What the pretended pod looks like after its end; no secret is anywhere."""
        calls = [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]
        words = (self.folder / "termination-log").read_text()
        assert "Traceback" not in said
        for secret in (DATABASE_PASSWORD, ROOT_PASSWORD):
            assert secret not in said
            assert not [call for call in calls if any(secret in each for each in call["arguments"])]
        assert not list(self.folder.glob("omero-start-*"))
        return Ended(code, words, said, json.loads((self.folder / "state.json").read_text()), calls)

    def repository(self, database: str, folder: str = "ManagedRepository") -> None:
        """A repository that a database has used, with an image."""
        mark = self.data / folder / ".omero" / "repository" / database
        mark.mkdir(parents=True)
        (mark / "repo_uuid").write_bytes(b"\x00\x24" + OURS.encode())
        (self.data / folder / "user_2").mkdir()


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key for all pods: making one takes longer than all the rest."""
    path = tmp_path_factory.mktemp("key") / "server.key"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


@pytest.fixture
def pod(tmp_path: Path, key: Path) -> Pod:
    """A pod whose volume has a key, as after its first start."""
    made = Pod(tmp_path)
    (made.data / "certs").mkdir()
    shutil.copyfile(key, made.data / "certs" / "server.key")
    return made


def refused(ended: Ended, words: str) -> None:
    """The container ended with these words, and nothing was started or changed."""
    assert (ended.code, words in ended.words) == (1, True), ended.said
    assert "icegridnode --nochdir" not in ended.programs()
    assert "init" not in ended.state


def test_a_new_site_is_initialised_with_roots_password_in_no_argument(pod: Pod) -> None:
    ended = pod.start(NEW)
    assert ended.code == 0, ended.said
    made = ["omero db", "psql --no-psqlrc", "omero load", "omero admin", "icegridnode --nochdir"]
    assert ended.programs()[-5:] == made
    digest = hashlib.md5(bytes(8) + ROOT_PASSWORD.encode(), usedforsecurity=False).digest()
    assert base64.b64encode(digest).decode() in ended.state["init"]
    assert ended.state["mode"] == "0o600"
    assert "demo-db:5432 is new: schema OMERO5.4__0" in ended.said


def test_a_current_site_is_started_and_its_schema_left_alone(pod: Pod) -> None:
    pod.repository(OURS)
    ended = pod.start(CURRENT)
    assert ended.code == 0, ended.said
    assert "omero db" not in ended.programs()
    properties = ended.state["properties"]
    assert properties["omero.db.pass"] == DATABASE_PASSWORD
    assert (properties["omero.db.user"], properties["omero.db.host"]) == ("omero", "demo-db")
    assert properties["omero.data.dir"] == str(pod.data)
    assert properties["omero.jvmcfg.system_memory"] == "8192"
    assert "omero.jvmcfg.min_system_memory" not in properties


def test_the_server_and_the_scripts_of_its_users_get_no_secret_in_their_environment(
    pod: Pod,
) -> None:
    node = pod.start(NEW).calls[-1]
    assert node["program"] == "icegridnode"
    assert not [name for name in node["env"] if name.startswith("CONFIG_") or name == "ROOTPASS"]


def test_an_older_schema_waits_for_permission(pod: Pod) -> None:
    ended = pod.start(OLDER)
    refused(ended, "has schema OMERO5.3__0, and this OMERO.server needs OMERO5.4__0")
    assert ended.state["schema"] == "OMERO5.3__0"


def test_an_older_schema_is_upgraded_step_by_step_when_that_is_allowed(pod: Pod) -> None:
    ended = pod.start(OLDER, OMERO_DB_UPGRADE="allow")
    assert ended.code == 0, ended.said
    assert "was upgraded from OMERO5.3__0 to OMERO5.4__0" in ended.said
    assert "icegridnode --nochdir" in ended.programs()


def test_the_database_alone_is_brought_up_to_date_by_a_job(pod: Pod) -> None:
    ended = pod.start(OLDER, "schema", OMERO_DB_UPGRADE="allow")
    assert (ended.code, ended.state["schema"]) == (0, "OMERO5.4__0"), ended.said
    assert not [name for name in ended.programs() if not name.startswith("psql")]


def test_a_failed_upgrade_is_no_new_database(pod: Pod) -> None:
    (pod.home / "sql" / "psql" / "OMERO5.4__0" / "OMERO5.3__1.sql").write_text("broken")
    ended = pod.start(OLDER, OMERO_DB_UPGRADE="allow")
    refused(ended, "could not be upgraded by OMERO5.3__1.sql: psql ended with code 1")
    assert "column does not exist" in ended.words
    assert ended.state["schema"] == "OMERO5.3__1"


SITUATIONS = {
    "newer schema": (CURRENT | {"schema": "OMERO6.0__0"}, "which is newer than OMERO5.4__0"),
    "schema without a way": (CURRENT | {"schema": "OMERO4.4__0"}, "has no upgrade from it"),
    "unknown schema": (CURRENT | {"schema": "OMERO"}, "has an unknown schema 'OMERO'"),
    "tables of another program": (NEW | {"tables": 7}, "has 7 tables, and none of OMERO's"),
    "database away": (NEW | {"away": True}, "is not ready after 0 s"),
    "wrong password": (
        NEW | {"refuses": 'password authentication failed for user "omero"'},
        "cannot be read: error: connection to server failed",
    ),
    "empty volume, full database": (
        CURRENT | {"facts": ["data", "imports"]},
        "knows images or files, and",
    ),
    "another way to hash passwords": (NEW | {"unsalted": True}, "is not supported"),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_must_not_be_touched_is_refused_with_the_reason(pod: Pod, situation: str) -> None:
    site, words = SITUATIONS[situation]
    ended = pod.start(site, OMERO_DB_UPGRADE="allow")
    refused(ended, words)
    assert ended.state == site


def test_a_full_volume_with_an_empty_database_is_refused(pod: Pod) -> None:
    (pod.data / "Files" / "000").mkdir(parents=True)
    refused(pod.start(NEW), "is empty, and")


def test_a_foreign_repository_is_refused(pod: Pod) -> None:
    pod.repository(OTHERS)
    refused(pod.start(CURRENT), "has the repository of another database")


def test_two_repositories_are_refused(pod: Pod) -> None:
    pod.repository(OURS)
    pod.repository(OTHERS, "Elsewhere")
    refused(pod.start(CURRENT), "the volume has two repositories")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("ManagedRepository", "it must be an absolute folder below"),
        ("${omero.data.dir}/../elsewhere", "it must be an absolute folder below"),
        ("/proc/images", "which is on no volume"),
    ],
)
def test_images_go_to_the_volume_or_nowhere(pod: Pod, value: str, words: str) -> None:
    (pod.config / "90-platform.omero").write_text(f"config set -- omero.managed.dir '{value}'\n")
    refused(pod.start(NEW), words)
    assert [each.name for each in pod.data.iterdir()] == ["certs"]


def test_a_volume_that_another_server_holds_is_left_to_it(pod: Pod) -> None:
    with (pod.data / ".omero-platform-server").open("w") as file:
        file.write("demo-server-0 since 2026-11-30T04:00:00Z\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        refused(pod.start(CURRENT), "holds the volume")
    assert "demo-server-0 since" in (pod.folder / "termination-log").read_text()
    assert pod.start(CURRENT).code == 0


def test_locks_of_a_killed_server_are_removed_by_the_one_that_holds_the_volume(pod: Pod) -> None:
    pod.repository(OURS)
    lock = pod.data / "ManagedRepository" / ".omero" / "repository" / OURS / ".lock"
    lock.touch()
    ended = pod.start(CURRENT)
    assert (ended.code, lock.exists()) == (0, False)
    assert f"removed locks of a server that was killed: {lock}" in ended.said


def test_the_volume_is_held_as_long_as_the_server_runs_and_the_server_is_stopped_in_order(
    pod: Pod,
) -> None:
    (pod.folder / "state.json").write_text(json.dumps(CURRENT | {"stays": True}))
    log = pod.folder / "log"
    with log.open("w") as out:
        first = subprocess.Popen(pod.command(), env=pod.environment(), stdout=out, stderr=out)
    try:
        _until(lambda: "icegridnode" in (pod.folder / "calls").read_text())
        refused(_second(pod), "holds the volume")
    finally:
        first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    ended = pod.ended(0, log.read_text())
    assert ended.state["stopped"] == "in order"
    # Nothing holds it any more.
    assert pod.start(CURRENT).code == 0


def _second(pod: Pod) -> Ended:
    done = subprocess.run(
        pod.command(), env=pod.environment(), capture_output=True, text=True, check=False
    )
    calls = (pod.folder / "calls").read_text()
    (pod.folder / "calls").write_text("")
    ended = pod.ended(done.returncode, done.stdout + done.stderr)
    (pod.folder / "calls").write_text(calls)
    return ended


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_read_only_volume_is_refused(pod: Pod) -> None:
    # As root, who may write anywhere, only a place that takes no folders is like one.
    (pod.data / "Pixels").write_text("")
    refused(pod.start(CURRENT), "Pixels cannot be written by uid")


def _written(pod: Pod) -> set[str]:
    return {str(path.relative_to(pod.data)) for path in pod.data.rglob("*")}


def test_a_read_only_server_starts_beside_another_one_and_writes_nothing(pod: Pod) -> None:
    pod.repository(OURS)
    before = _written(pod)
    ended = pod.start(CURRENT, OMERO_READ_ONLY="true", ROOTPASS="")
    assert ended.code == 0, ended.said
    assert "icegridnode --nochdir" in ended.programs()
    assert _written(pod) == before
    assert "init" not in ended.state


@pytest.mark.parametrize("site", [NEW, OLDER], ids=["new", "older"])
def test_a_read_only_server_leaves_a_database_to_the_other_one(
    pod: Pod, site: dict[str, Any]
) -> None:
    ended = pod.start(site, OMERO_READ_ONLY="true", OMERO_DB_UPGRADE="allow")
    refused(ended, "A read-only server waits until the server that may change the database")
    assert ended.state["schema"] == site["schema"]


def test_what_ends_with_an_error_ends_the_container_with_its_code(pod: Pod) -> None:
    assert pod.start(CURRENT | {"exit": 7}).code == 7


def test_configuration_that_omero_rejects_names_where_it_comes_from(pod: Pod) -> None:
    (pod.config / "90-platform.omero").write_text("config set -- omero.rejected x\n")
    refused(pod.start(CURRENT), "OMERO rejected its configuration (spec.server.config")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("config set -- omero.ldap.base 'a\nb'\n", "line 1: No closing quotation"),
        ("certificates -v\n", "line 1: only `config` commands are possible"),
    ],
)
def test_a_file_that_omero_would_read_wrongly_is_refused(
    pod: Pod, content: str, words: str
) -> None:
    (pod.config / "90-platform.omero").write_text(content)
    refused(pod.start(CURRENT), words)


def test_a_small_container_gets_small_heaps(pod: Pod) -> None:
    (pod.folder / "limit").write_text(f"{2 << 30}\n")
    properties = pod.start(CURRENT).state["properties"]
    assert properties["omero.jvmcfg.system_memory"] == "2048"
    assert properties["omero.jvmcfg.min_system_memory"] == "2048"


def test_no_program_loads_the_agent_where_nobody_asks(pod: Pod) -> None:
    assert "append" not in str(pod.start(CURRENT).state["properties"])


def test_each_java_program_loads_the_agent_behind_the_sites_own_options(pod: Pod) -> None:
    (pod.config / "90-platform.omero").write_text(
        "config set -- omero.jvmcfg.append -XX:+UseParallelGC\n"
        "config set -- omero.jvmcfg.append.indexer '-Xss2m -Dmine=1'\n"
    )
    properties = pod.start(CURRENT, OMERO_JMX_PORT="9404").state["properties"]
    agent = "-javaagent:/opt/omero/jmx/agent.jar={}:/opt/omero/jmx/config.yaml"
    assert {name: properties[f"omero.jvmcfg.append.{name}"].split(" ") for name in PROGRAMS} == {
        "blitz": ["-XX:+UseParallelGC", agent.format(9404)],
        "indexer": ["-Xss2m", "-Dmine=1", agent.format(9405)],
        "pixeldata": ["-XX:+UseParallelGC", agent.format(9406)],
    }


def test_omero_gives_each_program_the_options_of_its_own(pod: Pod) -> None:
    """As the published omero-py reads them."""
    properties = pod.start(CURRENT, OMERO_JMX_PORT="9404").state["properties"]
    common = strip_dict(properties)
    found = [
        PercentStrategy(name, Settings(strip_dict(properties, suffix=name), common)).get_append()
        for name in PROGRAMS
    ]
    agent = "-javaagent:/opt/omero/jmx/agent.jar={}:/opt/omero/jmx/config.yaml"
    assert found == [[agent.format(port)] for port in (9404, 9405, 9406)]


def test_an_agent_of_the_sites_own_stays_alone(pod: Pod) -> None:
    own = "-javaagent:/mine.jar=9404:/mine.yaml"
    (pod.config / "90-platform.omero").write_text(
        f"config set -- omero.jvmcfg.append.blitz {own}\n"
    )
    properties = pod.start(CURRENT, OMERO_JMX_PORT="9404").state["properties"]
    assert {name: value for name, value in properties.items() if "append" in name} == {
        "omero.jvmcfg.append.blitz": own
    }


def test_without_a_limit_omero_looks_at_the_machine(pod: Pod) -> None:
    (pod.folder / "limit").write_text("max\n")
    assert "omero.jvmcfg.system_memory" not in pod.start(CURRENT).state["properties"]


def _certificate(folder: Path) -> str:
    shown = subprocess.run(
        [
            *("openssl", "x509", "-in", folder / "server.pem", "-noout", "-serial", "-subject"),
            *("-ext", "subjectAltName"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout


def test_a_certificate_of_its_own_is_kept_until_names_change(pod: Pod) -> None:
    (pod.data / "certs" / "server.key").unlink()
    ended = pod.start(CURRENT)
    first = _certificate(pod.data / "certs")
    assert "DNS:demo-server, DNS:omero.example.org" in first
    assert re.search("certificate of port 4064 is valid until .* 2036 GMT", ended.said)
    pod.start(CURRENT)
    assert _certificate(pod.data / "certs") == first
    pod.start(CURRENT, OMERO_TLS_NAMES="demo-server,elsewhere.example.org")
    assert "DNS:elsewhere.example.org" in _certificate(pod.home / "var" / "certs")


def test_a_certificate_from_a_secret_is_what_glacier2_gets(pod: Pod) -> None:
    secret = pod.folder / "tls"
    secret.mkdir()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-noenc", "-days", "30", "-subj", "/CN=secret.example.org"),
            *("-keyout", secret / "tls.key", "-out", secret / "tls.crt"),
        ],
        check=True,
        capture_output=True,
    )
    ended = pod.start(CURRENT, OMERO_TLS_DIR=str(secret))
    assert ended.code == 0, ended.said
    assert "CN = secret.example.org" in _certificate(pod.home / "var" / "certs")
    opened = subprocess.run(
        [
            *("openssl", "pkcs12", "-in", pod.home / "var" / "certs" / "server.p12", "-noenc"),
            *("-passin", f"pass:{ended.state['properties']['omero.glacier2.IceSSL.Password']}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert opened.stdout.count("BEGIN") == 2
    (secret / "tls.key").write_text("no key")
    (pod.folder / "calls").write_text("")
    refused(pod.start(CURRENT, OMERO_TLS_DIR=str(secret)), "and its key cannot be used")
    (secret / "tls.key").unlink()
    refused(pod.start(CURRENT, OMERO_TLS_DIR=str(secret)), "tls.key is missing")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CONFIG_omero_db_pass": ""}, "CONFIG_omero_db_pass is not set"),
        ({"CONFIG_omero_db_port": "pg"}, "CONFIG_omero_db_port is not a number: 'pg'"),
        ({"OMERO_DB_UPGRADE": "yes"}, "OMERO_DB_UPGRADE is 'yes'; write one of refuse, allow"),
        ({"ROOTPASS": ""}, "ROOTPASS, the password for OMERO's root user, is not set"),
    ],
)
def test_a_wrong_variable_is_named(pod: Pod, environment: dict[str, str], words: str) -> None:
    refused(pod.start(NEW, **environment), words)


def test_the_real_command_reads_odd_values_as_they_are(pod: Pod) -> None:
    """OMERO's own `omero load`, instead of the fake one."""
    from omero_operator.desired.omero_config import render

    odd = {
        "omero.ldap.base": 'ou=Müller & Söhne,o="a b"',
        "omero.ldap.password": "'\"\\ $HOME `id` #x",
        "omero.mail.from": "-n",
        "omero.x__y.z": "微鏡 ☃",
    }
    (pod.config / "90-platform.omero").write_text(render(odd))
    (pod.home / "etc" / "grid").mkdir()
    real = pod.folder / "real"
    real.mkdir()
    # Its main program refuses to run as root, as which tests may run.
    (real / "command.py").write_text(
        "import sys, omero.cli; sys.exit(omero.cli.argv(['omero', *sys.argv[1:]]))"
    )
    (real / "omero").write_text(
        f'#!/bin/sh\n[ "$1" = load ] || exec {FAKES}/omero "$@"\n'
        f'exec {sys.executable} -W ignore {real}/command.py "$@"\n'
    )
    (real / "omero").chmod(0o755)
    path = f"{real}:{pod.environment()['PATH']}"
    ended = pod.start(CURRENT, PATH=path)
    assert ended.code == 0, ended.said
    config = ConfigXml(str(pod.home / "etc" / "grid" / "config.xml"), read_only=True)
    found = config.as_map()
    config.close()
    assert {name: found[name] for name in odd} == odd
    assert found["omero.db.pass"] == DATABASE_PASSWORD
