"""The plugins' tables: numbered SQL files, each applied once.

A plugin keeps `migrations/0001_what.sql`, `0002_…` in its package. What was applied stands in the
database with a checksum. Processes that start at the same time wait for each other at an advisory
lock; the second finds nothing to do. Requests never change the schema.

A file `before_0001.sql` makes room for the tables of `0001_…`: it runs before that, in the same
transaction, and never in a database that has it. Any other table of a name that a plugin needs
stays as it is, and the error names it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from typing import Final

import psycopg2
import psycopg2.errors

from omero_plugin_common.database.pool import Connection, Cursor, Database
from omero_plugin_common.database.refusals import RETRY_AFTER_SECONDS, refusal
from omero_plugin_common.errors import Unavailable

LOGGER: Final = logging.getLogger(__name__)
FOLDER: Final = "migrations"
BEFORE: Final = "before_0001.sql"
TABLE_TAKEN: Final = "database_table_taken"
# Any number that nobody else locks in this database: "omero" as bytes.
_LOCK: Final = int.from_bytes(b"omero", "big")
_NAME: Final = re.compile(r"(?P<number>[0-9]{4})_[a-z0-9_]+\.sql")
_RECORD: Final = """
create table omero_plugin_migrations (
    package text not null,
    number integer not null,
    name text not null,
    checksum text not null,
    applied timestamptz not null default now(),
    primary key (package, number)
)
"""


class MigrationProblem(Exception):
    """Why the schema cannot be brought up to date, and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file.

    Args:
        package: the plugin's import name.
        number: 1 for `0001_….sql`.
        name: the file's name.
        sql: its text.
        before: what runs before it, in the same transaction; the text of `before_0001.sql`.
    """

    package: str
    number: int
    name: str
    sql: str
    before: str = ""

    @property
    def checksum(self) -> str:
        """SHA-256 of `sql`, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(package: str) -> list[Migration]:
    """A package's migrations in their order; none when it has no such folder.

    Raises:
        MigrationProblem: a file with another name, or a number that is missing or doubled.
    """
    folder = resources.files(package).joinpath(FOLDER)
    if not folder.is_dir():
        return []
    migrations = []
    before = folder.joinpath(BEFORE)
    first = before.read_text(encoding="utf-8") if before.is_file() else ""
    for file in folder.iterdir():
        if not file.name.endswith(".sql") or file.name == BEFORE:
            continue
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise MigrationProblem(
                f"{package}: {file.name} does not have a name such as 0001_what.sql"
            )
        text = file.read_text(encoding="utf-8")
        number = int(match["number"])
        migrations.append(Migration(package, number, file.name, text, first if number == 1 else ""))
    migrations.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(migrations) + 1)):
        raise MigrationProblem(
            f"{package}: the numbers of the migrations are {numbers}, not 1 to {len(migrations)}"
        )
    return migrations


def migrate(database: Database, packages: Iterable[str]) -> int:
    """Bring the tables of some packages up to date.

    Args:
        database: the plugin database.
        packages: import names; those without migrations are skipped.

    Returns:
        How many migrations were applied now.

    Raises:
        MigrationProblem: an applied file was changed, a file fails, or names and numbers are wrong.
        psycopg2.OperationalError: the database does not answer.
        Unavailable: it does not accept changes, and there is something to change; or it has a table
            of somebody else's with a name that is needed.
    """
    wanted = [migrations_of(package) for package in dict.fromkeys(packages)]
    with closing(database.address.connect()) as connection:
        with connection, connection.cursor(cursor_factory=Cursor) as cursor:
            cursor.execute("set statement_timeout = 0")
            cursor.execute("select pg_advisory_lock(%s)", (_LOCK,))
        try:
            with connection, connection.cursor(cursor_factory=Cursor) as cursor:
                _make_record(cursor)
            return sum(_apply_package(connection, each) for each in wanted if each)
        finally:
            # Closing ends the lock as well; a connection pooler between may keep the session.
            if not connection.closed:
                with connection, connection.cursor(cursor_factory=Cursor) as cursor:
                    cursor.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def _make_record(cursor: Cursor) -> None:
    """The table, unless it is there: a database that does not accept changes may need none."""
    cursor.execute("select to_regclass('omero_plugin_migrations') is null as missing")
    row = cursor.fetchone()
    if row is not None and row["missing"]:
        try:
            cursor.execute(_RECORD)
        except psycopg2.Error as error:
            if problem := refusal(error):
                raise problem from error
            raise


def _apply_package(connection: Connection, migrations: list[Migration]) -> int:
    package = migrations[0].package
    with connection, connection.cursor(cursor_factory=Cursor) as cursor:
        cursor.execute(
            "select number, name, checksum from omero_plugin_migrations where package = %s",
            (package,),
        )
        applied = {row["number"]: row for row in cursor.fetchall()}
    count = 0
    for migration in migrations:
        before = applied.pop(migration.number, None)
        if before is None:
            with connection, connection.cursor(cursor_factory=Cursor) as cursor:
                _apply(cursor, migration)
            _log_warnings(connection, package)
            count += 1
        elif before["checksum"] != migration.checksum:
            raise MigrationProblem(
                f"{package}: {migration.name} was changed after it had been applied as "
                f"{before['name']}. Restore it and write the change as a new migration"
            )
    if applied:
        # A newer version ran here: after a rollback of the image, and while pods are replaced.
        LOGGER.warning("%s: the database has newer migrations: %s", package, sorted(applied))
    return count


def _apply(cursor: Cursor, migration: Migration) -> None:
    """The file and its record in one transaction: either both are there or neither."""
    try:
        if migration.before:
            cursor.execute(migration.before)
        cursor.execute(migration.sql)
    except (psycopg2.errors.DuplicateTable, psycopg2.errors.InsufficientPrivilege) as error:
        raise Unavailable(
            f"The plugin database cannot be used by {migration.package}: "
            f"{error.diag.message_primary}. Nothing was changed: rename or delete a table that no "
            "plugin of this site made, or give the plugins a database of their own",
            code=TABLE_TAKEN,
            retry_after=RETRY_AFTER_SECONDS,
        ) from error
    except Exception as error:
        if problem := refusal(error):
            raise problem from error
        raise MigrationProblem(f"{migration.package}: {migration.name} failed: {error}") from error
    cursor.execute(
        "insert into omero_plugin_migrations (package, number, name, checksum) "
        "values (%s, %s, %s, %s)",
        (migration.package, migration.number, migration.name, migration.checksum),
    )
    LOGGER.info("%s: applied %s", migration.package, migration.name)


def _log_warnings(connection: Connection, package: str) -> None:
    """What migrations say by `raise warning`; PostgreSQL's own notices are left out."""
    for notice in connection.notices:
        level, _, text = notice.partition(":")
        if level == "WARNING":
            LOGGER.warning("%s: %s", package, text.strip())
    del connection.notices[:]
