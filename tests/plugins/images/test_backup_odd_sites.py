"""`omero-backup` with what sites of others have in their databases and folders."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

import pytest

import quick_store
from backup_lab import BackupSite, own, restored


@pytest.fixture(autouse=True)
def quick(site: BackupSite) -> None:
    """A store that opens at once."""
    quick_store.make(Path(site.store))


def test_an_odd_site_comes_back(site: BackupSite, other: BackupSite) -> None:
    plugins = f"{site.name}-plugin"
    site.sql(f'drop database "{plugins}"', "postgres")
    odd = "encoding 'LATIN1' template template0 locale 'C'"
    site.sql(f'create database "{plugins}" {odd}', "postgres")
    site.sql("""create table "Größe" (v text); insert into "Größe" values ('grün')""", plugins)
    site.sql("select lo_from_bytea(0, 'a large object'), lo_from_bytea(0, 'another')")
    # As OMERO's user has it who is called as a schema.
    site.sql("create schema omero; alter table configuration set schema omero")
    site.sql("alter table password set schema omero")
    folder = site.data / "ManagedRepository" / "user_2"
    (folder / ("n" * 255)).write_bytes(b"long")
    os.link(folder / ("n" * 255), folder / "the same")
    with (folder / "hole").open("wb") as hole:
        hole.truncate(5_000_000)
    (folder / "gone").symlink_to("nowhere")
    (folder / "around").symlink_to(".")
    os.mkfifo(folder / "pipe")
    own(site.data)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        made = site.run("run", "--verify")
    assert made.code == 0, made.output
    # The administrators of a server may have words of their own for a new, empty database.
    other.sql(f"""comment on database "{other.name}" is 'Ticket 4711'""", "postgres")
    password = other.secret("root-password", "omero")
    done = other.run("restore", OMERO_ROOT_PASSWORD_FILE=password)
    assert done.code == 0, done.output
    query = "select convert_from(lo_get(oid), 'UTF8') from pg_largeobject_metadata order by oid"
    assert other.sql(query) == [("a large object",), ("another",)]
    (row,) = other.sql("select hash from omero.password where experimenter_id = 0")
    assert row == ("LSjpGNDDKH/7iZyIwB8OTA==",)
    assert restored(site, other)
    # The site is still the one whose backups these are.
    site.sql("update omero.configuration set value = 'another' where name = 'omero.db.uuid'")
    assert "another OMERO database" in site.run("backup").output


# Refuses the first index, which comes after all rows and large objects.
_NO_INDEXES = """
create function public.no() returns event_trigger language plpgsql as $$ begin
    if exists (select from pg_largeobject_metadata) then raise exception 'not here'; end if;
end $$;
create event trigger nothing_after_objects on ddl_command_end
    when tag in ('ALTER TABLE') execute function public.no()"""


def test_large_objects_are_in_the_transaction_of_the_dump(
    site: BackupSite, other: BackupSite
) -> None:
    site.sql("select lo_from_bytea(0, 'a large object')")
    site.sql("create procedure p() language plpgsql as $$ begin\nCOMMIT;\nend $$")
    assert site.run("backup").code == 0
    other.sql(_NO_INDEXES)
    refused = other.run("restore")
    assert (refused.code, "not here" in refused.output) == (1, True), refused.output
    assert (other.rows(), other.sql("select from pg_largeobject_metadata")) == ({}, [])
    other.sql("drop event trigger nothing_after_objects")
    other.sql("drop function public.no")
    done = other.run("restore")
    assert done.code == 0, done.output
    assert other.sql("select prosrc from pg_proc where proname = 'p'") == [
        (" begin\nCOMMIT;\nend ",)
    ]
    assert restored(site, other)


def test_what_is_not_as_it_was_fails_again(
    site: BackupSite, other: BackupSite, places: Path
) -> None:
    assert site.run("backup").code == 0
    # The program that the dump goes through loses a row.
    programs = places / "programs"
    programs.mkdir()
    (programs / "sed").write_text('#!/bin/sh\n/usr/bin/sed "$@" | grep -vx 7\n')
    (programs / "sed").chmod(0o755)
    own(programs)
    path = f"{programs}:{other.environment()['PATH']}"
    for _ in range(2):
        refused = other.run("restore", PATH=path)
        words = "public.job: 6 of 7 rows"
        assert (refused.code, words in refused.output) == (1, True), refused.output


def test_a_backup_before_the_first_start_is_followed(site: BackupSite) -> None:
    site.sql("delete from configuration")
    assert site.run("backup").code == 0
    site.sql("insert into configuration values ('omero.db.uuid', 'new')")
    assert site.run("backup").code == 0
    site.sql("delete from configuration")
    assert "this site has uuid none" in site.run("backup").output


def test_a_restore_begins_again_over_folders_without_a_right_to_write(
    site: BackupSite, other: BackupSite
) -> None:
    locked = site.data / "ManagedRepository" / "user_2" / "locked"
    locked.mkdir()
    (locked / "file").write_bytes(b"1")
    own(site.data)
    locked.chmod(0o555)
    made = site.run("backup").message["backup"]
    # What a run leaves that is killed at its very end.
    (other.data / ".restore-in-progress").write_text(made)
    half = other.data / "ManagedRepository" / "locked"
    half.mkdir(parents=True)
    (half / "file").write_bytes(b"2")
    own(other.data)
    half.chmod(0o555)
    done = other.run("restore")
    assert done.code == 0, done.output
    assert restored(site, other)


class Churn(threading.Thread):
    """Somebody who deletes, writes and grows files meanwhile."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._ended = folder, threading.Event()
        folder.mkdir(parents=True)
        for number in range(3000):
            (folder / f"{number:05}").write_bytes(os.urandom(5000))

    def run(self) -> None:
        number = 0
        while not self._ended.wait(0.001):
            number += 1
            file = self._folder / f"{number * 37 % 3000:05}"
            if number % 3 == 0:
                file.unlink(missing_ok=True)
            elif number % 3 == 1:
                with file.open("ab") as grown:
                    grown.write(b"more")
            else:
                folder = self._folder / f"folder {number}"
                folder.mkdir()
                (folder / "file").write_bytes(b"for a moment")
                shutil.rmtree(folder)

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_files_come_and_go_while_a_backup_is_made(site: BackupSite, other: BackupSite) -> None:
    churn = Churn(site.data / "DropBox" / "scratch")
    own(site.data)
    churn.start()
    try:
        made = site.run("run", "--verify")
    finally:
        churn.end()
    assert made.code == 0, made.output
    assert other.run("restore").code == 0


def test_what_may_not_be_read_is_named_with_what_to_do(site: BackupSite) -> None:
    closed = site.data / "ManagedRepository" / "closed"
    closed.mkdir()
    (closed / "file").write_bytes(b"1")
    os.chown(closed, 0, 0)
    # The first may not be listed, the second may, and its files may not be looked at.
    for mode, name in ((0o700, "closed/"), (0o744, "closed/file")):
        closed.chmod(mode)
        refused = site.run("backup")
        words = f"ManagedRepository/{name} in {site.data} cannot be read: Permission denied for uid"
        assert (refused.code, words in refused.output) == (1, True), refused.output
        assert "chown -R" in refused.output


def test_a_database_of_somebody_else_is_refused_before_hours_of_work(
    site: BackupSite, other: BackupSite
) -> None:
    assert site.run("backup").code == 0
    other.sql("drop role if exists plain", "postgres")
    other.sql("create role plain login password 'pw'", "postgres")
    password = other.secret("plain", "pw")
    names = (other.name, f"{other.name}-plugin")
    for name in names:
        other.sql("grant all on schema public to public", name)
    given = {f"{each}_USER": "plain" for each in ("OMERO_DB", "PLUGIN_DB")}
    given |= {f"{each}_PASSWORD_FILE": password for each in ("OMERO_DB", "PLUGIN_DB")}
    refused = other.run("restore", **given)
    words = 'alter database "new-omero" owner to "plain"'
    assert (refused.code, words in refused.output) == (1, True), refused.output
    for name in names:
        other.sql(f'alter database "{name}" owner to plain', "postgres")
    done = other.run("restore", **given)
    assert done.code == 0, done.output
    assert restored(site, other)


def test_a_half_store_is_not_begun_anew(site: BackupSite) -> None:
    assert site.run("backup").code == 0
    config = Path(site.store, "config")
    content = config.read_bytes()
    keys = sorted(Path(site.store, "keys").iterdir())
    config.unlink()
    refused = site.run("backup")
    assert "its file config is missing" in refused.output, refused.output
    assert (config.exists(), sorted(Path(site.store, "keys").iterdir())) == (False, keys)
    config.touch()
    own(config)
    assert "config file has zero size" in site.run("backup").output
    config.write_bytes(content)
    assert site.run("backup").code == 0
