"""The maintenance script with a real PostgreSQL: what it finds, mends and reports."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from local_services import ROOT, Service

SCRIPT = ROOT / "images" / "postgres-maintenance" / "maintain"


@dataclass(frozen=True)
class Run:
    """How a run ended, and its message for the operator."""

    code: int
    output: str
    message: dict[str, Any]

    @property
    def omero(self) -> dict[str, Any]:
        """What the message says of the OMERO database."""
        return dict(self.message["databases"][0])


@pytest.fixture
def connect(postgres: Service) -> Iterator[Callable[..., Any]]:
    """Connections, each statement on its own; closed at the end."""
    opened = []

    def connected(user: str = "omero", password: str = "", database: str = "omero") -> Any:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=postgres.port,
            dbname=database,
            user=user,
            password=password or postgres.password,
        )
        connection.autocommit = True
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        connection.close()


@pytest.fixture
def sql(connect: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Runs a statement and returns the first column of its rows."""

    def run(statement: str, database: str = "omero") -> list[Any]:
        connection = connect(database=database)
        cursor = connection.cursor()
        cursor.execute(statement)
        found = [row[0] for row in cursor.fetchall()] if cursor.description else []
        connection.close()
        return found

    return run


@pytest.fixture(autouse=True)
def tables(sql: Callable[..., list[Any]]) -> Iterator[None]:
    """A table with an index by text and a TOAST table; the plugin database is the same server's."""
    if not sql("select 1 from pg_database where datname = 'omero-plugin'"):
        sql('create database "omero-plugin"')
    sql("create table image (id serial primary key, name text)")
    sql("create index image_name on image (name)")
    sql("insert into image (name) select 'image ' || n from generate_series(1, 100) n")
    yield
    sql("drop schema public cascade; create schema public")


def start(
    tmp_path: Path, postgres: Service, inside: dict[str, str], *arguments: str, **environment: str
) -> subprocess.Popen[str]:
    """The script in the environment of its pod."""
    password = tmp_path / "password"
    password.write_text(f"{postgres.password}\r\n")
    (tmp_path / "termination-log").touch()
    variables = {"PATH": inside["PATH"], "TERMINATION_LOG": str(tmp_path / "termination-log")}
    for prefix, name in (("OMERO_DB", "omero"), ("PLUGIN_DB", "omero-plugin")):
        variables |= {
            f"{prefix}_HOST": "127.0.0.1",
            f"{prefix}_PORT": str(postgres.port),
            f"{prefix}_NAME": name,
            f"{prefix}_USER": "omero\n",
            f"{prefix}_PASSWORD_FILE": str(password),
        }
    return subprocess.Popen(
        [SCRIPT, *arguments],
        env=variables | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def maintain(tmp_path: Path, postgres: Service, inside: dict[str, str]) -> Callable[..., Run]:
    """Runs the script to its end."""

    def run(*arguments: str, **environment: str) -> Run:
        process = start(tmp_path, postgres, inside, *arguments, **environment)
        output, _ = process.communicate(timeout=120)
        assert postgres.password not in output
        return Run(
            process.returncode, output, json.loads((tmp_path / "termination-log").read_text())
        )

    return run


INVALID = """
    select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid
"""


def cut_off_a_reindex(connect: Callable[..., Any], *, writing: bool) -> None:
    """Somebody is in a transaction, so the reindex waits for them, and is ended.

    It waits for writers with the new indexes made, for readers with the old ones replaced.
    """
    somebody, other = connect(), connect().cursor()
    somebody.autocommit = False
    mode = "row exclusive" if writing else "access share"
    somebody.cursor().execute(f"lock table image in {mode} mode")
    other.execute("set statement_timeout = '300ms'")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        other.execute("reindex table concurrently image")
    somebody.rollback()


def test_nothing_to_say(maintain: Callable[..., Run]) -> None:
    for action in ("vacuum", "reindex"):
        run = maintain(action)
        assert (run.code, run.message) == (
            0,
            {
                "action": action,
                "result": "succeeded",
                "message": f"{action} done for all databases",
                "databases": [
                    {"name": "omero", "result": "succeeded"},
                    {"name": "omero-plugin", "result": "succeeded"},
                ],
            },
        ), run.output


@pytest.mark.parametrize("writing", [True, False], ids=["ccnew", "ccold"])
def test_leftovers_of_a_cut_off_reindex_are_dropped(
    maintain: Callable[..., Run],
    connect: Callable[..., Any],
    sql: Callable[..., list[Any]],
    writing: bool,
) -> None:
    cut_off_a_reindex(connect, writing=writing)
    end = "_ccnew" if writing else "_ccold"
    left = sql(INVALID)
    # The third is that of the TOAST table.
    assert {"image_pkey" + end, "image_name" + end} < set(left) and len(left) == 3
    run = maintain("reindex")
    assert run.code == 0, run.output
    assert sql(INVALID) == []
    assert run.omero["result"] == "succeeded"
    assert run.omero["dropped"][-1] == "and 1 more"
    assert run.output.count("left by an interrupted reindex, will be dropped") == 3
    assert f"public.image_name{end}" in run.output
    assert maintain("reindex").omero == {"name": "omero", "result": "succeeded"}


OTHER_VERSION = "1.0"


def versions(sql: Callable[..., list[Any]]) -> tuple[str, str]:
    """The recorded version of the database and of the collation of its table."""
    (database,) = sql("select datcollversion from pg_database where datname = 'sorted'")
    (collation,) = sql("select collversion from pg_collation where collname = 'lab'", "sorted")
    return database, collation


@pytest.fixture
def image_changed(sql: Callable[..., list[Any]]) -> str:
    """A database that sorts by ICU, made with another ICU than the server has now.

    Returns:
        The version of the ICU that the server has.
    """
    sql("drop database if exists sorted")
    sql(
        "create database sorted template template0 locale_provider icu icu_locale 'en-US' "
        "encoding 'UTF8'"
    )
    sql("create collation lab (provider = icu, locale = 'de-CH')", "sorted")
    sql("create table sample (name text, place text collate lab)", "sorted")
    sql("create index by_name on sample (name)", "sorted")
    sql("create index by_place on sample (place)", "sorted")
    actual, same = versions(sql)
    assert actual == same != OTHER_VERSION
    sql("update pg_database set datcollversion = '1.0' where datname = 'sorted'")
    # All of the server's are old then; only those in use are worth a word.
    sql(
        "update pg_collation set collversion = '1.0' where collprovider = 'i'",
        "sorted",
    )
    return actual


def test_vacuum_reports_the_mismatch_and_mends_nothing(
    maintain: Callable[..., Run], sql: Callable[..., list[Any]], image_changed: str
) -> None:
    run = maintain("vacuum", OMERO_DB_NAME="sorted")
    assert run.code == 0, run.output
    assert run.omero == {
        "name": "sorted",
        "result": "succeeded",
        "collations": [
            f"collation public.lab: version {OTHER_VERSION}, now {image_changed}",
            f"database sorted: version {OTHER_VERSION}, now {image_changed}",
        ],
    }
    assert versions(sql) == (OTHER_VERSION, OTHER_VERSION)
    assert "collation version mismatch" in run.output


def test_full_reindex_refreshes_the_version(
    maintain: Callable[..., Run], sql: Callable[..., list[Any]], image_changed: str
) -> None:
    before = sql("select pg_relation_filenode('by_name')", "sorted")
    run = maintain("reindex", OMERO_DB_NAME="sorted")
    assert run.code == 0, run.output
    assert "collations" not in run.omero and len(run.omero["refreshed"]) == 2
    assert versions(sql) == (image_changed, image_changed)
    assert sql("select pg_relation_filenode('by_name')", "sorted") != before
    assert maintain("vacuum", OMERO_DB_NAME="sorted").omero == {
        "name": "sorted",
        "result": "succeeded",
    }


@pytest.mark.parametrize(
    "obstacle",
    [
        # REINDEX CONCURRENTLY passes over both with a warning and the exit code 0.
        "alter table sample add constraint once exclude using btree (name with =)",
        "create index broken on sample (name); "
        "update pg_index set indisvalid = false where indexrelid = 'broken'::regclass",
    ],
    ids=["exclusion constraint", "invalid index"],
)
def test_reindex_that_skipped_something_refreshes_nothing(
    maintain: Callable[..., Run],
    sql: Callable[..., list[Any]],
    image_changed: str,
    obstacle: str,
) -> None:
    sql(obstacle, "sorted")
    run = maintain("reindex", OMERO_DB_NAME="sorted")
    assert run.code == 0, run.output
    assert len(run.omero["skipped"]) == 1 and "skipping" in run.omero["skipped"][0]
    assert len(run.omero["collations"]) == 2 and "refreshed" not in run.omero
    assert versions(sql) == (OTHER_VERSION, OTHER_VERSION)


@pytest.fixture
def visitor(tmp_path: Path, sql: Callable[..., list[Any]]) -> dict[str, str]:
    """A role that owns nothing, as the variables of both databases."""
    if not sql("select 1 from pg_roles where rolname = 'visitor'"):
        sql("create role visitor login password 'visitor'")
    (tmp_path / "visitor").write_text("visitor")
    return {
        f"{prefix}_DB_{name}": value
        for prefix in ("OMERO", "PLUGIN")
        for name, value in (("USER", "visitor"), ("PASSWORD_FILE", str(tmp_path / "visitor")))
    }


def test_leftovers_that_cannot_be_dropped_are_named(
    maintain: Callable[..., Run], connect: Callable[..., Any], visitor: dict[str, str]
) -> None:
    cut_off_a_reindex(connect, writing=True)
    only_omero = {name: value for name, value in visitor.items() if name.startswith("OMERO")}
    run = maintain("reindex", **only_omero)
    assert run.code == 1
    assert run.message["result"] == "failed"
    assert run.message["message"] == "reindex failed for: OMERO_DB"
    assert "could not be dropped: " in run.omero["error"]
    assert "image_name_ccnew" in run.omero["error"]
    assert "permission denied" in run.output
    assert "dropped" not in run.omero
    # The other database is looked after nevertheless.
    assert run.message["databases"][1] == {"name": "omero-plugin", "result": "succeeded"}


def test_tables_that_a_vacuum_skips_are_reported(
    maintain: Callable[..., Run], sql: Callable[..., list[Any]], visitor: dict[str, str]
) -> None:
    """Vacuumdb ends with 0 although the role may vacuum nothing."""
    sql("grant usage on schema public to visitor")
    run = maintain("vacuum", **visitor)
    assert run.code == 0, run.output
    assert any(line.startswith("and ") for line in run.omero["skipped"])
    assert 'skipping "image"' in run.output


def test_owner_who_is_no_superuser_is_told_nothing_of_the_servers_catalogs(
    maintain: Callable[..., Run], sql: Callable[..., list[Any]], visitor: dict[str, str]
) -> None:
    """As in an external database, every week."""
    sql("drop database if exists theirs")
    sql("create database theirs owner visitor")
    sql(
        "create table sample (name text primary key); alter table sample owner to visitor", "theirs"
    )
    for action in ("vacuum", "reindex"):
        run = maintain(action, **visitor, OMERO_DB_NAME="theirs", PLUGIN_DB_NAME="theirs")
        assert run.omero == {"name": "theirs", "result": "succeeded"}, run.output


def test_message_always_fits_into_the_termination_log(
    tmp_path: Path,
    maintain: Callable[..., Run],
    sql: Callable[..., list[Any]],
    visitor: dict[str, str],
) -> None:
    """The kubelet keeps 4096 bytes. Here all names are long, and JSON or SQL would escape them."""
    sql("grant usage on schema public to visitor")
    for number in range(30):
        sql(f'create table "{number}{8 * chr(223)}{"x" * 30} ""\\" (name text)')
    run = maintain("vacuum", **visitor, PLUGIN_DB_NAME="omero")
    assert run.code == 0, run.output
    assert len(run.omero["skipped"]) == 3
    assert len((tmp_path / "termination-log").read_bytes()) < 4096


def test_stopped_run_says_so_and_ends_its_work_on_the_server(
    tmp_path: Path,
    postgres: Service,
    inside: dict[str, str],
    connect: Callable[..., Any],
    sql: Callable[..., list[Any]],
) -> None:
    """As at the Job's deadline: the kubelet sends SIGTERM."""
    somebody = connect()
    somebody.autocommit = False
    somebody.cursor().execute("lock table image in row exclusive mode")
    process = start(tmp_path, postgres, inside, "reindex")
    waiting = (
        "select 1 from pg_stat_activity where query ilike 'reindex%' and wait_event is not null"
    )
    for _ in range(400):
        if sql(waiting):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 143, output
    message = json.loads((tmp_path / "termination-log").read_text())
    assert message["result"] == "failed" and "stopped by SIGTERM" in message["message"]
    assert sql("select 1 from pg_stat_activity where query ilike 'reindex%'") == []
    somebody.rollback()
