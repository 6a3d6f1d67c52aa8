"""The pool and the migrations against a real PostgreSQL."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg2
import pytest

import local_services
from free_ports import free_port
from omero_plugin_common.database import Database, check_writable, migrate, pool
from omero_plugin_common.database.migrations import MigrationProblem
from omero_plugin_common.database.pool import Address
from omero_plugin_common.errors import Unavailable
from plugin_site import read_only

FIRST = "create table thing (id integer primary key);"
SECOND = "alter table thing add column name text; insert into thing values (1, 'one');"


class Package:
    """A plugin's package on disk that can be changed between starts."""

    def __init__(self, folder: Path) -> None:
        """Without any migration."""
        self.folder = folder / "a_plugin" / "migrations"
        self.folder.mkdir(parents=True)
        (self.folder.parent / "__init__.py").write_text("")

    def write(self, name: str, sql: str) -> None:
        """Add or change a migration."""
        (self.folder / name).write_text(sql)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """A plugin called `a_plugin`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Package(tmp_path)
    sys.modules.pop("a_plugin", None)


def rows(base: Database, statement: str) -> list[tuple[object, ...]]:
    with base.transaction() as cursor:
        cursor.execute(statement)
        return [tuple(row.values()) for row in cursor.fetchall()]


def run(base: Database, statement: str) -> None:
    with base.transaction() as cursor:
        cursor.execute(statement)


def test_migrations_are_applied_once_in_their_order(database: Database, package: Package) -> None:
    package.write("0001_thing.sql", FIRST)
    assert migrate(database, ["a_plugin"]) == 1
    package.write("0002_name.sql", SECOND)
    assert migrate(database, ["a_plugin"]) == 1
    assert migrate(database, ["a_plugin", "a_plugin"]) == 0
    assert rows(database, "select * from thing") == [(1, "one")]


def test_a_changed_migration_is_refused(database: Database, package: Package) -> None:
    package.write("0001_thing.sql", FIRST)
    migrate(database, ["a_plugin"])
    package.write("0001_thing.sql", FIRST + " -- and more")
    package.write("0002_name.sql", SECOND)
    with pytest.raises(MigrationProblem, match=r"a_plugin: 0001_thing\.sql was changed"):
        migrate(database, ["a_plugin"])
    assert rows(database, "select * from thing") == []


def test_a_failing_migration_leaves_nothing_behind(database: Database, package: Package) -> None:
    package.write("0001_thing.sql", FIRST + "table nowhere;")
    with pytest.raises(MigrationProblem, match=r"0001_thing\.sql failed.*nowhere"):
        migrate(database, ["a_plugin"])
    package.write("0001_thing.sql", FIRST)
    assert migrate(database, ["a_plugin"]) == 1


def test_a_table_of_somebody_elses_is_named_and_left_alone(
    database: Database, package: Package
) -> None:
    package.write("0001_thing.sql", "create table first (n integer);" + FIRST)
    run(database, "create table thing as select 'theirs' as whose")
    with pytest.raises(Unavailable, match=r'a_plugin: relation "thing" already exists') as caught:
        migrate(database, ["a_plugin"])
    assert caught.value.code == "database_table_taken"
    assert rows(database, "select * from thing") == [("theirs",)]
    assert rows(database, "select to_regclass('first')") == [(None,)]
    run(database, "alter table thing rename to theirs")
    assert migrate(database, ["a_plugin"]) == 1


def test_room_is_made_once_before_the_first_migration(
    database: Database, package: Package, caplog: pytest.LogCaptureFixture
) -> None:
    move = "alter table thing rename to theirs; do $$ begin raise warning 'moved'; end $$"
    package.write("before_0001.sql", move)
    package.write("0001_thing.sql", "table nowhere")
    run(database, "create table thing as select 'theirs' as whose")
    with pytest.raises(MigrationProblem, match="nowhere"):
        migrate(database, ["a_plugin"])
    assert rows(database, "select * from thing") == [("theirs",)]
    package.write("0001_thing.sql", FIRST)
    assert migrate(database, ["a_plugin"]) == 1
    assert rows(database, "select * from theirs") == [("theirs",)]
    assert "a_plugin: moved" in caplog.text
    # A site that has the first migration does not run it, nor does a change of it matter.
    package.write("before_0001.sql", "table nowhere")
    package.write("0002_name.sql", SECOND)
    assert migrate(database, ["a_plugin"]) == 1


@pytest.mark.parametrize("names", [("1_thing.sql",), ("0002_thing.sql",), ("0001_A.sql",)])
def test_names_and_numbers_are_checked(
    database: Database, package: Package, names: tuple[str, ...]
) -> None:
    for name in names:
        package.write(name, FIRST)
    with pytest.raises(MigrationProblem, match="a_plugin"):
        migrate(database, ["a_plugin"])


def test_newer_migrations_in_the_database_are_left_alone(
    database: Database, package: Package, caplog: pytest.LogCaptureFixture
) -> None:
    """After the rollback of an image, and while pods are being replaced."""
    package.write("0001_thing.sql", FIRST)
    package.write("0002_name.sql", SECOND)
    migrate(database, ["a_plugin"])
    (package.folder / "0002_name.sql").unlink()
    assert migrate(database, ["a_plugin"]) == 0
    assert "newer migrations: [2]" in caplog.text


def _migrate_in_a_process(address: Address, path: str, ready: object, counts: object) -> None:
    sys.path.insert(0, path)
    ready.wait()
    counts.put(migrate(Database(address), ["a_plugin"]))


def test_processes_that_start_together_apply_each_once(
    database: Database, package: Package
) -> None:
    package.write("0001_slow.sql", "select pg_sleep(0.3);" + FIRST)
    package.write("0002_name.sql", SECOND)
    context = multiprocessing.get_context("fork")
    ready, counts = context.Barrier(4), context.Queue()
    arguments = (database.address, str(package.folder.parents[1]), ready, counts)
    processes = [context.Process(target=_migrate_in_a_process, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    applied = sorted(counts.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert applied == [0, 0, 0, 2]
    assert rows(database, "select * from thing") == [(1, "one")]


def test_a_transaction_keeps_all_or_nothing(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("create table kept (n integer)")
    with pytest.raises(ZeroDivisionError), database.transaction() as cursor:
        cursor.execute("insert into kept values (1)")
        raise ZeroDivisionError
    assert rows(database, "select * from kept") == []


def test_more_threads_than_connections_wait_for_their_turn(database: Database) -> None:
    small = Database(database.address, size=2)
    busiest: list[int] = []

    def work() -> None:
        with small.transaction() as cursor:
            cursor.execute("select pg_sleep(0.05)")
            cursor.execute(
                "select count(*) as n from pg_stat_activity "
                "where application_name = 'omero_plugin_common' and state = 'active'"
            )
            row = cursor.fetchone()
            assert row is not None
            busiest.append(row["n"])

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    small.close()
    assert len(busiest) == 10
    assert max(busiest) <= 2


def test_each_thread_of_the_web_has_a_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Eight threads that hold one each, as while a job is started, and one that needs a second."""
    address = database.address
    (tmp_path / "password").write_text(address.password)
    for name, value in {
        "HOST": address.host,
        "PORT": str(address.port),
        "DB": address.database,
        "USER": address.user,
        "PASS_FILE": str(tmp_path / "password"),
    }.items():
        monkeypatch.setenv(f"OMP_DATA_{name}", value)
    for connections in (None, "3"):
        if connections:
            monkeypatch.setenv("OMP_DATA_CONNECTIONS", connections)
        base = pool.default.__wrapped__()
        with ExitStack() as held:
            for _ in range(int(connections or 9)):
                held.enter_context(base.transaction()).execute("select 1")
        base.close()
    monkeypatch.setattr(pool, "_WAIT_SECONDS", 0.1)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(base.transaction())
        with pytest.raises(Unavailable, match="busy"), base.transaction():
            pass
    base.close()


def test_a_restarted_database_is_connected_to_anew() -> None:
    with local_services.folder_for_postgres() as folder:
        _restart(folder)


def _restart(folder: Path) -> None:
    with ExitStack() as first:
        service = first.enter_context(local_services.postgres(folder))
        base = Database(Address("127.0.0.1", service.port, "omero", "omero", service.password))
        with base.transaction() as cursor:
            cursor.execute("create table kept as select 1 as n")
        with pytest.raises(psycopg2.OperationalError), base.transaction() as cursor:
            first.close()
            cursor.execute("select 1")
    with pytest.raises(psycopg2.OperationalError), base.transaction():
        pass
    with local_services.postgres(folder, again=service):
        assert rows(base, "select n from kept") == [(1,)]
        base.close()


def _ask_in_a_child(base: Database, answers: object) -> None:
    answers.put(rows(base, "select pg_backend_pid()")[0][0])


def test_a_forked_process_has_connections_of_its_own(database: Database) -> None:
    """As a web server's and a Celery worker's children."""
    mine = rows(database, "select pg_backend_pid()")[0][0]
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_ask_in_a_child, args=(database, answers))
    child.start()
    assert answers.get(timeout=120) != mine
    child.join(120)
    assert child.exitcode == 0
    assert rows(database, "select pg_backend_pid()")[0][0] == mine


def test_a_server_that_is_not_there_is_said_soon() -> None:
    base = Database(Address("127.0.0.1", free_port(), "omero", "omero", "hidden"))
    began = time.monotonic()
    with pytest.raises(psycopg2.OperationalError) as caught, base.transaction():
        pass
    assert time.monotonic() - began < 20
    assert "hidden" not in f"{caught.value} {base.address}"


def test_a_read_only_database_is_said_and_used_again_afterwards(
    database: Database, package: Package
) -> None:
    package.write("0001_thing.sql", FIRST)
    migrate(database, ["a_plugin"])
    check_writable(database)
    read_only(database.address, True)
    try:
        # Nothing to change, nothing to refuse: web and workers start.
        assert migrate(database, ["a_plugin"]) == 0
        assert rows(database, "select * from thing") == []
        for statement in ("insert into thing values (1)", "create table other (n integer)"):
            with pytest.raises(Unavailable, match="it is read-only") as caught:
                run(database, statement)
            assert caught.value.code == "database_read_only"
        with pytest.raises(Unavailable, match="it is read-only"):
            check_writable(database)
        package.write("0002_name.sql", SECOND)
        with pytest.raises(Unavailable, match="it is read-only"):
            migrate(database, ["a_plugin"])
        # A connection of this time would stay read-only for as long as it lives.
        assert rows(database, "select * from thing") == []
    finally:
        read_only(database.address, False)
    run(database, "insert into thing values (8)")
    assert rows(database, "select * from thing") == [(8,)]
    check_writable(database)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "database_full"),
        ("53200", "database_no_resources"),
        ("58030", "database_storage"),
    ],
)
def test_a_database_without_room_is_said(database: Database, state: str, code: str) -> None:
    """As PostgreSQL reports it; a trigger stands for the disk."""
    run(
        database,
        "create table full_up (n integer); create function refuse() returns trigger "
        f"language plpgsql as $$ begin raise sqlstate '{state}'; end $$; "
        "create trigger refuse before insert on full_up for each row execute function refuse()",
    )
    with pytest.raises(Unavailable) as caught:
        run(database, "insert into full_up values (1)")
    assert caught.value.code == code
    assert rows(database, "select * from full_up") == []


def test_the_check_writes_to_the_databases_disk(database: Database) -> None:
    """Else it would not notice a full one."""
    run(database, "alter role omero set temp_file_limit = '64kB'")
    database.close()
    try:
        with pytest.raises(Unavailable) as caught:
            check_writable(database)
    finally:
        run(database, "alter role omero reset temp_file_limit")
        database.close()
    assert caught.value.code == "database_no_resources"
