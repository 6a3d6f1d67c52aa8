"""A site for the tests of `omero-backup`: two databases, a data folder, and a place for backups."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg2

from local_services import ROOT, Service
from local_site.programs import postgres_account, postgres_programs

SOURCE: Final = ROOT / "images" / "postgres-maintenance" / "src"

UUID: Final = "6f1d2a52-0000-4000-8000-00000000c0de"
REPOSITORY: Final = "0b2ee2f5-0000-4000-8000-0000000feed5"

# What the program reads of OMERO's schema, as its own SQL has it, and a table with an odd name.
_SCHEMA: Final = """
create table dbpatch (id serial primary key, currentversion text, currentpatch int);
insert into dbpatch (currentversion, currentpatch) values ('OMERO5.4', 0);
create table configuration (name text primary key, value text);
create table experimenter (id int primary key, omename text);
create table password (experimenter_id int primary key references experimenter, hash text);
create table checksumalgorithm (id int primary key, value text);
create table originalfile (id int primary key, repo text, path text, name text, size bigint,
                           hash text, hasher int references checksumalgorithm, mimetype text);
insert into experimenter values (0, 'root'), (2, 'Zoë');
insert into password values (0, 'old hash'), (2, 'vvFwuczAmpyoRC0Nsv8FCw==');
insert into checksumalgorithm values (1, 'SHA1-160'), (2, 'File-Size-64');
create table "odd ""name""
of 表" (id serial primary key, value text);
insert into "odd ""name""
of 表" (value) select repeat(md5(n::text), 20) from generate_series(1, 500) n;
"""

# Name below the managed folder → content.
FILES: Final[dict[bytes, bytes]] = {
    b"user_2/2026-11/30/cells.tif": b"pixels " * 4000,
    b"user_2/2026-11/30/line\nbreak 'quoted' \"twice\".tif": b"1",
    "user_2/2026-11/30/Zellkern_核_ядро.tif".encode(): b"2" * 70000,
    b"user_2/2026-11/30/not utf-8 \xff\xfe.tif": b"3",
    b"user_2/2026-11/30/--help": b"4",
    b"user_2/2026-11/30/empty": b"",
}


@dataclass(frozen=True)
class Run:
    """How a command ended, what it printed, and its message for the operator."""

    code: int
    output: str
    message: dict[str, Any]


@dataclass
class BackupSite:
    """Two databases of a server and a data folder.

    Attributes:
        folder: Everything of it; the account that PostgreSQL runs as may enter.
        server: The PostgreSQL server.
        store: Where the backups are, as restic writes it.
        name: Beginning of the names of its databases.
    """

    folder: Path
    server: Service
    store: str
    name: str = "omero"

    @property
    def data(self) -> Path:
        """Its OMERO folder."""
        return self.folder / "OMERO"

    def sql(self, statement: str, database: str = "", *values: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement gives; `%s` in it stands for the values."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.server.port,
            user="omero",
            password=self.server.password,
            dbname=database or self.name,
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def make(self) -> None:
        """Empty databases and an empty folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.folder, self.data):
            folder.mkdir()
            own(folder)
        for database in (self.name, f"{self.name}-plugin"):
            self.sql(f'drop database if exists "{database}" with (force)', "postgres")
            self.sql(f'create database "{database}"', "postgres")
        # The program's own copy: PostgreSQL's account may not enter this repository.
        shutil.copytree(SOURCE, self.folder / "src")

    def fill(self) -> None:
        """Give it what a site has."""
        self.sql(_SCHEMA)
        self.sql("insert into configuration values ('omero.db.uuid', %s)", "", UUID)
        self.sql("create table job (id int); insert into job select generate_series(1, 7)",
                 f"{self.name}-plugin")  # fmt: skip
        managed = self.data / "ManagedRepository"
        mark = managed / ".omero" / "repository" / UUID / "repo_uuid"
        mark.parent.mkdir(parents=True)
        mark.write_text(REPOSITORY)
        for number, (name, content) in enumerate(FILES.items(), 1):
            self.add(number, name, content)
        (self.data / "Files" / "Dir-001").mkdir(parents=True)
        (self.data / "Files" / "Dir-001" / "1001").write_bytes(b"an attachment")
        self._row(1001, None, "", "notes.txt", b"an attachment")
        (self.data / "BioFormatsCache").mkdir()
        (self.data / "BioFormatsCache" / "memo").write_bytes(b"is made again")
        (self.data / "a link").symlink_to("ManagedRepository")
        own(self.data)

    def add(self, number: int, name: bytes, content: bytes) -> None:
        """An imported file, and its row. A name that is no text has no row: OMERO has none."""
        path = self.data / "ManagedRepository" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        try:
            folder, _, last = name.decode().rpartition("/")
        except UnicodeDecodeError:
            return
        self._row(number, REPOSITORY, f"{folder}/", last, content)

    def _row(self, number: int, repo: str | None, path: str, name: str, content: bytes) -> None:
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        values = (number, repo, path, name, len(content), checksum)
        statement = "insert into originalfile values (%s, %s, %s, %s, %s, %s, 1, 'image/tiff')"
        self.sql(statement, "", *values)

    def files(self) -> dict[bytes, str]:
        """Checksum of each file of the data folder, without the cache of Bio-Formats."""
        found = {}
        for path in self.data.rglob("*"):
            below = path.relative_to(self.data)
            if path.is_file() and "BioFormatsCache" not in below.parts:
                found[os.fsencode(below)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in both databases."""
        found = {}
        for database in (self.name, f"{self.name}-plugin"):
            names = self.sql(
                "select format('%I', relname) from pg_class "
                "where relkind = 'r' and relnamespace = 'public'::regnamespace", database
            )  # fmt: skip
            for (name,) in sorted(names):
                rows = self.sql(f"select * from {name} order by 1", database)  # noqa: S608
                found[f"{database}.{name}".removeprefix(self.name)] = rows
        return found

    # --- the program ------------------------------------------------------------------------

    def environment(self, **more: str) -> dict[str, str]:
        """What its pod has in its environment."""
        password = self.folder / "password"
        password.write_text(f"{self.server.password}\n")
        log = self.folder / "termination-log"
        log.write_text("")
        for path in (password, log):
            own(path)
        variables = {
            "PATH": f"{postgres_programs()}:/usr/bin:/bin",
            "PYTHONPATH": str(self.folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERMINATION_LOG": str(log),
            "BACKUP_SITE": "lab/omero",
            "BACKUP_STORE": self.store,
            "BACKUP_WORK_DIR": str(self.folder / "work"),
            "OMERO_DATA_DIR": str(self.data),
            "READY_SECONDS": "5",
        }
        for prefix, name in (("OMERO_DB", self.name), ("PLUGIN_DB", f"{self.name}-plugin")):
            variables |= {
                f"{prefix}_HOST": "127.0.0.1",
                f"{prefix}_PORT": str(self.server.port),
                f"{prefix}_NAME": name,
                f"{prefix}_USER": "omero\n",
                f"{prefix}_PASSWORD_FILE": str(password),
            }
        return variables | more

    def secret(self, name: str, value: str) -> str:
        """A file with a secret, as a pod has it."""
        path = self.folder / name
        path.write_text(value)
        own(path)
        return str(path)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """The program, as in its pod: as nobody who is root."""
        return subprocess.Popen(
            ["/usr/bin/python3", "-m", "omero_backup", *arguments],
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            start_new_session=True,
            **postgres_account(),
        )

    def run(self, *arguments: str, **environment: str) -> Run:
        """The program, to its end."""
        return self.ended(self.start(*arguments, **environment))

    def ended(self, process: subprocess.Popen[str]) -> Run:
        """How a started one ends."""
        output, _ = process.communicate(timeout=120)
        assert self.server.password not in output
        message = (self.folder / "termination-log").read_text()
        return Run(process.returncode, output, json.loads(message) if message else {})


def filled(places: Path, server: Service) -> BackupSite:
    """A site with data, and an empty store."""
    store = places / "store"
    store.mkdir()
    own(store)
    site = BackupSite(places / "site", server, str(store))
    site.make()
    site.fill()
    return site


def own(path: Path) -> None:
    """Give a file, or a folder with everything in it, to the account that the program runs as."""
    account = postgres_account()
    if not account:
        return
    user, group = account["user"], account["group"]
    os.chown(path, user, group, follow_symlinks=False)
    for folder, folders, names in os.walk(os.fsencode(path)):
        for name in folders + names:
            os.chown(folder + b"/" + name, user, group, follow_symlinks=False)


def everything(site: BackupSite) -> Iterator[bytes]:
    """The content of each file of a store."""
    for folder, _, names in os.walk(site.store):
        for name in names:
            yield Path(folder, name).read_bytes()


def restored(site: BackupSite, other: BackupSite) -> bool:
    """Whether the other site is what the first one is."""
    return (other.rows(), other.files()) == (site.rows(), site.files())


def kill_at(process: subprocess.Popen[str], point: str) -> None:
    """Kill a run and all its children when it says something, as a node that goes out does.

    Args:
        process: The run.
        point: A part of that line; empty for its beginning.
    """
    said_until(process, point)
    kill(process)


def said_until(process: subprocess.Popen[str], point: str) -> None:
    """Wait until a run says something."""
    assert process.stdout is not None
    if not point:
        time.sleep(0.3)
        return
    for line in process.stdout:
        if point in line:
            return
    raise AssertionError(f"it ended without {point!r}")


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a run and all its children."""
    assert process.stdout is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()


def killing_restic(folder: Path) -> Path:
    """A `restic` that kills its whole process group at its n-th call, where `KILL_AT` says so.

    Args:
        folder: A new folder for it.

    Returns:
        The folder, for the beginning of PATH.
    """
    folder.mkdir()
    program = folder / "restic"
    program.write_text(_KILLING)
    program.chmod(0o755)
    own(folder)
    return folder


# The group is that of omero-backup, which `start` makes a new one.
_KILLING: Final = """\
#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/calls"
if [ "$(wc -l <"$here/calls")" = "$KILL_AT" ]; then kill -9 0; fi
exec /usr/bin/restic "$@"
"""
