"""The databases: what is in them, their dumps, and putting a dump back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from omero_backup import processes
from omero_backup.errors import BackupError
from omero_backup.settings import Database

# Tables of people; those of an extension come with it.
_TABLES = """
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"""

# A line of JSON for each table: schema, name, rows.
_COUNTS = rf"""
select format('select json_build_array(%L::text, %L::text, count(*)) from only %I.%I',
              n.nspname, c.relname, n.nspname, c.relname)
{_TABLES} order by 1 \gexec
"""  # noqa: S608 - constants

_FACTS = """
select json_build_object(
    'version', current_setting('server_version'),
    'major', current_setting('server_version_num')::int / 10000,
    'bytes', pg_database_size(current_database()),
    'schema', to_regclass('dbpatch') is not null,
    'uuid', to_regclass('configuration') is not null,
    'files', to_regclass('originalfile') is not null
             and to_regclass('checksumalgorithm') is not null);
"""

# A line of JSON for each file that OMERO knows: repository, path, name, size, checksum, its kind.
_FILES = """
select json_build_array(f.id, f.repo, f.path, f.name, f.size, f.hash, a.value)
from originalfile f left join checksumalgorithm a on a.id = f.hasher
where f.mimetype is distinct from 'Directory' and f.mimetype is distinct from 'Repository';
"""

_TELL = "backup: the answer ends here"


@dataclass
class Server:
    """One database, through the programs of PostgreSQL.

    Attributes:
        database: Which one.
        work: Scratch folder; it gets the password in a file for libpq.
    """

    database: Database
    work: Path

    def __post_init__(self) -> None:
        if not (self.database.host and self.database.name and self.database.user):
            raise BackupError(
                f"host, name or user of the {self.database.title} database is not set"
            )
        self.work.mkdir(parents=True, exist_ok=True)
        self._errors = self.work / f"{self.database.title}-errors"
        secret = self.work / f"{self.database.title}-pass"
        secret.touch(mode=0o600)
        fields = (self.database.host, self.database.port, "*", self.database.user)
        words = [_escaped(str(each)) if each != "*" else "*" for each in fields]
        secret.write_text(":".join([*words, _escaped(self.database.password)]) + "\n")

    # --- programs -------------------------------------------------------------------------------

    def _environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        authorities = self.database.authorities
        checked = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": authorities} if authorities else {}
        return (
            kept
            | checked
            | {
                "PGHOST": self.database.host,
                "PGPORT": str(self.database.port),
                "PGUSER": self.database.user,
                "PGDATABASE": self.database.name,
                "PGPASSFILE": str(self.work / f"{self.database.title}-pass"),
                "PGCONNECT_TIMEOUT": "10",
                # Whatever the database has: what is read here, and what a new site has.
                "PGCLIENTENCODING": "UTF8",
                # A dump of a large table, and the counts, may take as long as they need.
                "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=600000",
            }
        )

    @contextmanager
    def _started(
        self, *command: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[bytes]]:
        with processes.started(
            command, self._errors, environment=self._environment(), stdin=stdin, stdout=stdout
        ) as process:
            yield process

    def _failed(self, doing: str) -> BackupError:
        return BackupError(f"{doing} {self.database}: {processes.last_words(self._errors)}")

    def wait(self, seconds: int) -> None:
        """Wait until the server answers.

        Raises:
            BackupError: It does not.
        """
        deadline = time.monotonic() + seconds
        while True:
            with self._started("pg_isready", "-q", "-t", "3") as process:
                process.communicate()
            if not process.returncode:
                return
            if time.monotonic() > deadline:
                raise BackupError(f"{self.database} does not answer within {seconds} s")
            time.sleep(1)

    def query(self, sql: str) -> list[Any]:
        """Each line of an answer, read as JSON.

        Raises:
            BackupError: The server refused it.
        """
        with self._started(*_PSQL, stdin=subprocess.PIPE) as process:
            output, _ = process.communicate(sql.encode())
        if process.returncode:
            raise self._failed("cannot ask")
        return [_read(line) for line in output.splitlines()]

    def check_programs(self) -> None:
        """`pg_dump` reads no server of a newer major version.

        Raises:
            BackupError: The server is newer than the programs of this image.
        """
        with self._started("pg_dump", "--version") as asked:
            output, _ = asked.communicate()
        if asked.returncode:
            raise self._failed("no pg_dump for")
        # It says, for example, pg_dump (PostgreSQL) 16.9 (Debian 16.9-1.pgdg120+1).
        programs = int(output.split(b")", 1)[1].split(b".")[0])
        major = self.facts()["major"]
        if major > programs:
            raise BackupError(
                f"{self.database} is PostgreSQL {major}, and the programs of this image are of "
                f"{programs}: set spec.images.maintenance to one with {major} or newer, made with "
                f"`--build-arg BASE=postgres:{major}`"
            )

    def facts(self) -> dict[str, Any]:
        """Its version, its size, and which of OMERO's tables it has."""
        return dict(self.query(_FACTS)[0])

    def tables(self) -> int:
        """How many tables of people it has."""
        return int(self.query(f"select count(*) {_TABLES}")[0])

    # --- a dump ---------------------------------------------------------------------------------

    @contextmanager
    def frozen(self) -> Iterator[Frozen]:
        """The database as it is at one moment, for the dump and the counts alike."""
        with self._started(*_PSQL, stdin=subprocess.PIPE) as session:
            yield Frozen(self, session)

    @contextmanager
    def dumping(self, snapshot: str) -> Iterator[IO[bytes]]:
        """`pg_dump` in its custom format, as a stream.

        Not compressed: the store compresses, and finds again what was in the dump before.

        Raises:
            BackupError: The dump is not complete.
        """
        command = ["pg_dump", "--format=custom", "--compress=0", "--no-password"]
        with self._started(*command, f"--snapshot={snapshot}") as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            yield process.stdout
            process.wait()
            if process.returncode:
                raise self._failed("cannot dump")

    # --- and back -------------------------------------------------------------------------------

    def load(self, dump: IO[bytes], after: Callable[[], str]) -> None:
        """Put a dump into the empty database: all of it, or nothing.

        Args:
            dump: What `pg_dump` wrote.
            after: Gives SQL for the end of the same transaction; what it raises undoes all.

        Raises:
            BackupError: The dump is damaged, or the server refused it.
        """
        script = ["pg_restore", "--no-owner", "--no-privileges", "--file=-"]
        errors = self.work / f"{self.database.title}-restore-errors"
        unmarked = self.work / f"{self.database.title}-marks-errors"
        pipe = subprocess.PIPE
        with (
            self._started(*_PSQL, "--single-transaction", stdin=pipe) as into,
            processes.started(
                _FIT_FOR_LOADING, unmarked, stdin=pipe, stdout=into.stdin or 0
            ) as between,
            processes.started(script, errors, stdin=pipe, stdout=between.stdin or 0) as out,
        ):
            whole = _copied(dump, out) and not out.wait()
            # What it reads ends when nobody holds the other end any more.
            between.communicate()
            if between.returncode == -signal.SIGPIPE:
                # Nobody read on: the server refused something, and the end of psql tells what.
                into.wait()
                raise self._failed("cannot restore")
            if not whole or between.returncode:
                into.kill()
                told = unmarked if between.returncode else errors
                raise BackupError(f"the dump is damaged: {processes.last_words(told)}")
            _, _ = into.communicate(after().encode())
        if into.returncode:
            raise self._failed("cannot restore")

    def counts(self) -> list[list[Any]]:
        """Schema, name and rows of each table."""
        return self.query(_COUNTS)

    def owned(self) -> bool:
        """Whether the account may do with the database what its owner may."""
        found = self.query(
            "select to_json(pg_has_role(datdba, 'usage')) from pg_database "
            "where datname = current_database()"
        )
        return bool(found[0])

    def note(self) -> str:
        """What a restore noted on the database."""
        found = self.query(
            "select to_json(coalesce(shobj_description(oid, 'pg_database'), '')) "
            "from pg_database where datname = current_database()"
        )
        return str(found[0])


_PSQL = (
    "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--no-password",
    "--set", "ON_ERROR_STOP=1", "--file=-",
)  # fmt: skip


# Newer minor versions of PostgreSQL keep a mark at columns, which `pg_dump` of an older one hands
# on, and which an older server then does not know. Only before the first row of data.
# Large objects are a transaction of their own in a script, whose end would be that of the whole.
_FIT_FOR_LOADING = (
    "env", "LC_ALL=C", "sed",
    "-e", r"1,/^COPY /{/^ALTER .* ALTER COLUMN .* SET (.*pg_attver=[0-9]/{"
    r"s/(pg_attver=[0-9]*, /(/;s/, pg_attver=[0-9]*//;/ SET (pg_attver=[0-9]*);$/d}}",
    "-e", r"/^-- Data for Name: [^;]*; Type: BLOBS;/,/^COMMIT;$/{/^BEGIN;$/d;/^COMMIT;$/d}",
)  # fmt: skip


def _read(line: bytes) -> Any:
    """A line of JSON. A database without an encoding has names that are no text."""
    return json.loads(line.decode(errors="surrogateescape"))


def set_note(database: Database, text: str) -> str:
    """SQL that notes something on a database, where nothing of the site reads it."""
    name = '"' + database.name.replace('"', '""') + '"'
    return f"comment on database {name} is '{text.replace(chr(39), chr(39) * 2)}';\n"


def _copied(source: IO[bytes], out: subprocess.Popen[bytes]) -> bool:
    """Feed a program; whether it read everything."""
    assert out.stdin is not None  # noqa: S101 - a pipe was asked for
    try:
        while block := source.read(processes.BLOCK):
            out.stdin.write(block)
        out.stdin.close()
    except BrokenPipeError:
        return False
    return True


class Frozen:
    """A transaction that sees the database as it was when it began.

    Attributes:
        snapshot: Its name, by which `pg_dump` sees the same.
    """

    def __init__(self, server: Server, session: subprocess.Popen[bytes]) -> None:
        self._server, self._session = server, session
        begin = "begin isolation level repeatable read read only;\n"
        (name,) = self._ask(f"{begin} select to_json(pg_export_snapshot());")
        self.snapshot = str(name)

    def _ask(self, sql: str) -> Iterator[Any]:
        stdin, stdout = self._session.stdin, self._session.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - pipes were asked for
        try:
            stdin.write(f"{sql}\n\\echo {_TELL}\n".encode())
            stdin.flush()
        except BrokenPipeError:
            self._session.wait()
            raise self._server._failed("cannot ask") from None
        for line in stdout:
            if line.rstrip(b"\n") == _TELL.encode():
                return
            yield _read(line)
        self._session.wait()
        raise self._server._failed("cannot ask")

    def counts(self) -> list[list[Any]]:
        """Schema, name and rows of each table."""
        return list(self._ask(_COUNTS))

    def files(self) -> Iterator[list[Any]]:
        """Each file that OMERO knows: id, repository, path, name, size, checksum and its kind."""
        return self._ask(_FILES)

    def uuid(self) -> str:
        """The id that OMERO gave its database; empty where it has none."""
        sql = "select to_json(value) from configuration where name = 'omero.db.uuid';"
        return str(next(iter(list(self._ask(sql))), ""))

    def schema(self) -> str:
        """Version of OMERO's schema, for example OMERO5.4__0."""
        sql = "select to_json(currentversion || '__' || currentpatch) from dbpatch "
        found = list(self._ask(f"{sql} order by id desc limit 1;"))
        return str(found[0]) if found else ""


def _escaped(text: str) -> str:
    """A field of libpq's password file."""
    return text.replace("\\", "\\\\").replace(":", "\\:")
