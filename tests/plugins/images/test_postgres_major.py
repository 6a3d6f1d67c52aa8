"""The copy of a database into another major version of PostgreSQL, between two real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

import local_services
import postgres_major
from local_services import Service
from omero_operator.desired.line_break import drop_line_break
from omero_operator.operations.postgres_copy_script import COPY

# What a site has, and what a person may have added to it.
DATA = [
    "create role reader login password 'kept' connection limit 3",
    'create role "odd \'name\\"',
    'grant reader to "odd \'name\\"',
    "alter role reader set work_mem = '8MB'",
    "create table image (id bigserial primary key, name text not null, pixels bytea)",
    "insert into image (name) select 'Zelle ' || n from generate_series(1, 2000) n",
    "insert into image (name, pixels) values ('large', decode(repeat('ab', 3000000), 'hex'))",
    "insert into image (name) values (E'quote '' line\\nbreak 字 \\\\')",
    "select nextval('image_id_seq') from generate_series(1, 39)",
    "create sequence never_used",
    "create index image_name on image (lower(name))",
    'create table "Odd Schema\'s" (note text)',
    "create table child () inherits (image)",
    "insert into child (name) values ('a child')",
    "create function twice(n int) returns int language sql as 'select 2 * n'",
    "create view names as select name from image",
    "create materialized view counted as select count(*) from image",
    "grant select on image to reader",
    'alter table image owner to "odd \'name\\"',
    "select lo_from_bytea(0, decode('00ff', 'hex'))",
    "create extension pgcrypto",
    "alter table image alter column name set (n_distinct = 5)",
    # As PostgreSQL 15.20 writes it, which 17.10 does not know.
    "update pg_attribute set attoptions = attoptions || '{pg_attver=26586176}'"
    " where attrelid = 'image'::regclass and attnum > 0",
    "update pg_attribute set attoptions = '{pg_attver=26586176}'"
    " where attrelid = 'child'::regclass and attnum > 0",
    "alter database omero set statement_timeout = '1ms'",
    "alter role omero in database omero set default_transaction_read_only = on",
]


@dataclass
class Lab:
    """Both servers, and what a container of the new version's image has."""

    old: Service
    new: Service
    programs: Path
    folder: Path

    def copy(self, password: str = "") -> subprocess.CompletedProcess[str]:
        """The program of the Job."""
        script = drop_line_break("POSTGRES_PASSWORD") + COPY
        places = ["127.0.0.1", str(self.old.port), str(self.new.port), str(self.folder / "copied")]
        environment = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "POSTGRES_USER": "omero",
            "POSTGRES_PASSWORD": f"{password or self.old.password}\r\n",
            "TERMINATION_LOG": "/dev/null",
        }
        return subprocess.run(
            ["sh", "-c", script, "copy", *places],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, server: Service, query: str, database: str = "omero", **login: str) -> list[Any]:
        """What a question gives."""
        who = {"user": "omero", "password": server.password, **login}
        options = "-c statement_timeout=0 -c default_transaction_read_only=off"
        with closing(
            psycopg2.connect(
                host="127.0.0.1", port=server.port, dbname=database, options=options, **who
            )
        ) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(query)
            return list(cursor.fetchall()) if cursor.description else []

    def both(self, query: str, database: str = "omero") -> tuple[list[Any], list[Any]]:
        """The same question to both."""
        return self.rows(self.old, query, database), self.rows(self.new, query, database)


@pytest.fixture(scope="module")
def old(postgres: Service) -> Service:
    """The server with data."""
    lab = Lab(postgres, postgres, Path(), Path())
    for statement in DATA:
        lab.rows(postgres, statement)
    lab.rows(postgres, "create database \"it's = \\ odd\" template template0 lc_collate 'C'")
    lab.rows(postgres, "create table kept (n int)", "it's = \\ odd")
    lab.rows(postgres, "create table mine (n int)", "postgres")
    return postgres


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Of the new servers."""
    with local_services.folder_for_postgres() as made:
        yield made


@pytest.fixture
def lab(tmp_path: Path, old: Service, folder: Path) -> Iterator[Lab]:
    """Both servers, the new one empty."""
    with postgres_major.newer(folder, old.password) as new:
        yield Lab(old, new, postgres_major.programs(folder), tmp_path)


def test_everything_is_in_the_next_major_version(lab: Lab) -> None:
    majors = [
        lab.rows(each, "show server_version_num", "postgres")[0][0][:2]
        for each in (lab.old, lab.new)
    ]
    assert majors == ["15", "17"]
    done = lab.copy()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 databases with 6 tables are the same in both servers\n"
    for query in (
        "select id, name, md5(pixels) from only image order by id",
        "select name from child",
        "select last_value, is_called from image_id_seq",
        "select last_value, is_called from never_used",
        "select count from counted",
        "select twice(21)",
        "select loid, data from pg_largeobject",
        "select relname, relowner::regrole::text from pg_class where relname in ('image', 'names')"
        " order by 1",
        "select rolname, rolconnlimit, rolpassword, rolcanlogin, rolsuper from pg_authid"
        " where rolname !~ '^pg_' order by 1",
        "select setconfig, setrole::regrole::text from pg_db_role_setting order by 1, 2",
        "select datname, datcollate, datctype, pg_encoding_to_char(encoding) from pg_database"
        " order by 1",
        "select member::regrole::text, roleid::regrole::text from pg_auth_members"
        " where roleid::regrole::text = 'reader'",
    ):
        old, new = lab.both(query)
        assert old == new, query
        assert old, query
    assert lab.rows(lab.new, "select count(*) from image", user="reader", password="kept") == [
        (2003,)
    ]
    kept = "select attname, attoptions from pg_attribute where attoptions is not null"
    assert lab.rows(lab.new, kept) == [("name", ["n_distinct=5"])]
    assert lab.rows(lab.new, "select reltuples > 0 from pg_class where relname = 'image'") == [
        (True,)
    ], "the planner has statistics"
    assert lab.rows(lab.new, "insert into image (name) values ('next') returning id") == [(2043,)]
    assert lab.both("select count(*) from kept", "it's = \\ odd") == ([(0,)], [(0,)])
    assert lab.both("select count(*) from mine", "postgres") == ([(0,)], [(0,)])


@pytest.mark.nightly
def test_copy_is_made_again_until_it_was_done_once(lab: Lab) -> None:
    """A pod that was killed between the last row and the mark; then one that comes too late."""
    assert lab.copy().returncode == 0
    (lab.folder / "copied").unlink()
    lab.rows(lab.new, "delete from image")
    done = lab.copy()
    assert (done.returncode, done.stderr) == (0, "")
    old, new = lab.both("select count(*) from image")
    assert old == new
    lab.rows(lab.new, "insert into image (name) values ('of today')")
    assert lab.copy().returncode == 0
    assert lab.rows(lab.new, "select count(*) from image where name = 'of today'") == [(1,)]


@pytest.mark.nightly
def test_copy_that_lacks_a_row_fails_and_says_where(lab: Lab) -> None:
    """Another program deletes a row of the new server before it is counted."""
    programs, lab.programs = lab.programs, lab.folder / "bin"
    lab.programs.mkdir()
    for each in programs.iterdir():
        (lab.programs / each.name).symlink_to(each)
    restore = lab.programs / "pg_restore"
    restore.unlink()
    delete = "delete from only image where id = 7"
    restore.write_text(
        f'#!/bin/sh\n{programs}/pg_restore "$@" || exit\n'
        f"psql -q -d omero -c '{delete}' >/dev/null 2>&1 || true\n"
    )
    restore.chmod(0o755)
    done = lab.copy()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "the copy of dbname='omero' is not the same: it lacks \"rows of public.image: 2002\"\n"
    )
    assert not (lab.folder / "copied").exists()


def test_what_cannot_be_copied_is_said(lab: Lab) -> None:
    wrong = lab.copy("wrong")
    assert wrong.returncode == 1
    assert "the old server cannot be asked: " in wrong.stderr
    assert 'password authentication failed for user "omero"' in wrong.stderr
