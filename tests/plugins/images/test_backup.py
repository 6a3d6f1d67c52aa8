"""`omero-backup` with real PostgreSQL servers, a real store and a real folder of files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import quick_store
from backup_lab import FILES, BackupSite, everything, kill_at, own, restored

PASSPHRASE = "correct horse \"battery\" 'staple' ✓"


def test_a_backup_brings_everything_back(site: BackupSite, other: BackupSite) -> None:
    quick_store.make(Path(site.store))
    made = site.run("run", "--verify")
    assert made.code == 0, made.output
    assert (made.message["result"], made.message["verified"], made.message["kept"]) == (
        "succeeded",
        True,
        1,
    )
    assert (made.message["missing"], made.message["differing"]) == (0, 0)
    # One file of the repository's own, one attachment, and the imported ones.
    assert made.message["files"] == len(FILES) + 2
    site.add(50, b"user_2/new.tif", b"new")
    own(site.data)
    second = site.run("backup")
    assert (second.code, "1 were read" in second.output) == (0, True), second.output
    refused = site.run("restore")
    words = "empty databases only; nothing was changed"
    assert (refused.code, words in refused.message["message"]) == (1, True)
    password = other.secret("root-password", "omero\n")
    done = other.run("restore", OMERO_ROOT_PASSWORD_FILE=password)
    assert done.code == 0, done.output
    # OMERO's root user has the new site's password, as OMERO stores it: base64 of its MD5.
    assert other.sql("select hash from password where experimenter_id = 0") == [
        ("LSjpGNDDKH/7iZyIwB8OTA==",)
    ]
    other.sql("update password set hash = 'old hash' where experimenter_id = 0")
    assert restored(site, other)
    assert (other.data / "a link").readlink() == Path("ManagedRepository")
    assert not (other.data / ".restore-in-progress").exists()
    # Once more changes nothing, and says so.
    again = other.run("restore")
    assert (again.code, "nothing to do" in again.output) == (0, True)
    assert restored(site, other)


def test_a_server_that_refuses_a_dump_is_not_a_damaged_dump(
    site: BackupSite, other: BackupSite
) -> None:
    # More than the pipes between the programs hold: the server refuses long before its end.
    site.sql("create table wide as select repeat('x', 1000) from generate_series(1, 2000)")
    assert site.run("backup").code == 0
    other.sql(f'alter database "{other.name}" set default_transaction_read_only = on', "postgres")
    refused = other.run("restore")
    assert refused.code == 1, refused.output
    words = "cannot restore database new-omero on 127.0.0.1"
    assert words in refused.message["message"], refused.message
    assert "read-only transaction" in refused.message["message"]


@pytest.mark.nightly
def test_only_new_and_changed_files_are_read(site: BackupSite) -> None:
    count = len(FILES) + 2
    first = site.run("backup")
    assert f"{count} were read" in first.output
    site.add(50, b"user_2/new.tif", b"new")
    changed = site.data / "ManagedRepository" / "user_2" / "2026-11" / "30" / "cells.tif"
    changed.write_bytes(b"other pixels")
    own(site.data)
    second = site.run("backup")
    assert (second.code, "2 were read" in second.output) == (0, True), second.output
    assert (second.message["files"], second.message["differing"]) == (count + 1, 1)
    assert "cells.tif (original file 1) is not what OMERO stored" in second.message["message"]
    changed.unlink()
    third = site.run("backup")
    assert ("0 were read" in third.output, third.message["missing"]) == (True, 1)
    assert "3 complete backups" in site.run("list").output


def test_secrets_are_in_encrypted_backups_only(site: BackupSite, places: Path) -> None:
    folder = places / "secrets"
    (folder / "omero-plugin-keys" / "..data").mkdir(parents=True)
    (folder / "omero-plugin-keys" / "keys").write_text("fernet-key-of-the-site")
    own(folder)
    passphrase = site.secret("passphrase", f"{PASSPHRASE}\n")
    quick_store.make(Path(site.store))
    plain = site.run("backup", BACKUP_SECRETS_DIR=str(folder))
    assert (plain.code, plain.message["encrypted"]) == (0, False)
    refused = site.run("secrets")
    assert (refused.code, "it is not encrypted" in refused.output) == (1, True)

    # A store of its own: this one was made without a passphrase.
    wrong = site.run("backup", BACKUP_PASSPHRASE_FILE=passphrase)
    assert (wrong.code, "the passphrase does not fit" in wrong.output) == (1, True)
    site.store += "-encrypted"
    variables = {"BACKUP_PASSPHRASE_FILE": passphrase, "BACKUP_SECRETS_DIR": str(folder)}
    Path(site.store).mkdir()
    quick_store.make(Path(site.store), PASSPHRASE)
    made = site.run("backup", **variables)
    assert (made.code, made.message["encrypted"]) == (0, True), made.output
    shown = site.run("secrets", **variables)
    (secret,) = json.loads(shown.output)["items"]
    assert (secret["metadata"]["name"], secret["data"]) == (
        "omero-plugin-keys",
        {"keys": "ZmVybmV0LWtleS1vZi10aGUtc2l0ZQ=="},
    )
    stored = b"".join(everything(site))
    assert b"fernet-key" not in stored
    assert PASSPHRASE not in made.output + shown.output + wrong.output
    other = site.secret("other-passphrase", "another")
    for command in ("backup", "restore", "verify", "list"):
        refused = site.run(command, BACKUP_PASSPHRASE_FILE=other)
        assert (refused.code, "the passphrase does not fit" in refused.output) == (1, True)


@pytest.mark.nightly
def test_a_folder_with_files_is_not_overwritten(site: BackupSite, other: BackupSite) -> None:
    site.run("backup")
    (other.data / "Files").mkdir()
    (other.data / "Files" / "1").write_text("somebody's")
    own(other.data)
    refused = other.run("restore")
    assert (refused.code, "is not empty: Files" in refused.message["message"]) == (1, True)
    assert (other.rows(), len(other.files())) == ({}, 1)


@pytest.mark.nightly
def test_backups_of_another_site_are_neither_followed_nor_pruned(
    site: BackupSite, other: BackupSite
) -> None:
    site.run("backup")
    other.fill()
    other.sql("update configuration set value = 'another' where name = 'omero.db.uuid'")
    for command in ("backup", "run"):
        refused = other.run(command, BACKUP_KEEP_COUNT="1")
        assert (refused.code, "another OMERO database" in refused.message["message"]) == (1, True)
    assert "1 complete backups" in other.run("list").output


@pytest.mark.nightly
def test_old_backups_are_deleted_and_the_rest_stays_whole(
    site: BackupSite, other: BackupSite
) -> None:
    first = site.run("run", "--verify").message["backup"]
    for _ in range(3):
        latest = site.run("backup").message["backup"]
    pruned = site.run("prune", BACKUP_KEEP_COUNT="2")
    # Two, and the one that was checked.
    assert (pruned.code, pruned.message["kept"]) == (0, 3), pruned.output
    last = site.run("run", "--verify", BACKUP_KEEP_COUNT="1")
    assert last.message["kept"] == 1
    for gone in (first, latest):
        refused = other.run("restore", gone)
        assert (refused.code, f"no complete backup {gone}" in refused.output) == (1, True)
    assert other.run("restore", last.message["backup"]).code == 0
    assert restored(site, other)


@pytest.mark.nightly
def test_what_is_damaged_is_found(site: BackupSite, other: BackupSite) -> None:
    site.run("backup")
    packs = sorted(Path(site.store, "data").glob("*/*"), key=lambda pack: pack.stat().st_size)
    for pack in packs:
        content = bytearray(pack.read_bytes())
        content[len(content) // 2] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(content)
        own(pack)
    checked = site.run("verify", BACKUP_READ_PERCENT="100")
    assert (checked.code, checked.message["result"]) == (1, "failed"), checked.output
    refused = other.run("restore")
    assert refused.code == 1
    # Nothing of a dump is there: it is one transaction.
    assert other.rows() == {}


@pytest.mark.nightly
def test_a_file_that_cannot_be_read_fails_the_backup(site: BackupSite) -> None:
    secret = site.data / "Files" / "Dir-001" / "1001"
    os.chown(secret, 0, 0)
    secret.chmod(0)
    refused = site.run("backup")
    assert (
        refused.code,
        f"Files/Dir-001/1001 in {site.data} cannot be read" in refused.output,
    ) == (1, True)


@pytest.mark.nightly
def test_a_full_disk_loses_nothing(site: BackupSite, other: BackupSite) -> None:
    size = "size=12m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "small", site.store]
    subprocess.run(mount, check=True)
    try:
        own(Path(site.store))
        assert site.run("backup").code == 0
        content = os.urandom(20_000_000)
        site.add(60, b"user_2/large.tif", content)
        own(site.data)
        refused = site.run("run", "--verify")
        assert (refused.code, "no space left on device" in refused.output) == (1, True)
        assert "1 complete backups" in site.run("list").output
        subprocess.run(["mount", "-o", "remount,size=64m", site.store], check=True)
        again = site.run("run", "--verify")
        assert (again.code, again.message["kept"]) == (0, 2), again.output
        assert other.run("restore").code == 0
        assert restored(site, other)
    finally:
        subprocess.run(["umount", "--lazy", site.store], check=True)


# Where in a run it is killed, as its output tells; empty for the beginning.
BACKUP_POINTS = ("", "database omero on", "database omero-plugin on", "OMERO: ")


@pytest.mark.nightly
@pytest.mark.parametrize("point", BACKUP_POINTS)
def test_a_killed_backup_is_none(site: BackupSite, other: BackupSite, point: str) -> None:
    site.run("backup")
    site.add(70, b"user_2/between.tif", b"between")
    own(site.data)
    kill_at(site.start("backup", PYTHONUNBUFFERED="1"), point)
    assert "1 complete backups" in site.run("list").output
    again = site.run("run", "--verify")
    assert again.code == 0, again.output
    assert other.run("restore").code == 0
    assert restored(site, other)


RESTORE_POINTS = ("", "database new-omero on", "database new-omero-plugin on", "OMERO: ")


@pytest.mark.nightly
@pytest.mark.parametrize("point", RESTORE_POINTS)
def test_a_killed_restore_goes_on(site: BackupSite, other: BackupSite, point: str) -> None:
    site.run("backup")
    expected = site.rows(), site.files()
    kill_at(other.start("restore", PYTHONUNBUFFERED="1"), point)
    # It goes on with the one that it began with, unless it had not begun.
    site.sql("update experimenter set omename = 'later' where id = 2")
    if point:
        site.run("backup")
    again = other.run("restore")
    assert again.code == 0, again.output
    assert (other.rows(), other.files()) == expected


@pytest.mark.nightly
def test_a_stopped_run_says_so(site: BackupSite) -> None:
    process = site.start("backup", READY_SECONDS="60", OMERO_DB_PORT="1")
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    run = site.ended(process)
    assert (run.code, "stopped by SIGTERM" in run.message["message"]) == (1, True)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"BACKUP_STORE": ""}, "BACKUP_STORE is not set"),
        ({"BACKUP_STORE": "DATA/lab/omero"}, "the backups would be in the volume of"),
        ({"BACKUP_STORE": "/nowhere/at/all"}, "mkdir /nowhere: permission denied"),
        ({"OMERO_DB_PORT": "1"}, "does not answer within 1 s"),
        ({"OMERO_DB_USER": ""}, "host, name or user of the omero database is not set"),
        ({"OMERO_DB_NAME": "nothing"}, 'database "nothing" does not exist'),
        ({"BACKUP_PASSPHRASE_FILE": "/nowhere"}, "/nowhere cannot be read"),
        ({"BACKUP_KEEP_COUNT": "many"}, "BACKUP_KEEP_COUNT is no number"),
    ],
)
def test_wrong_settings_are_named(site: BackupSite, variables: dict[str, str], words: str) -> None:
    given = {key: value.replace("DATA", str(site.data)) for key, value in variables.items()}
    refused = site.run("run", **{"READY_SECONDS": "1", **given})
    assert (refused.code, words in refused.message.get("message", refused.output)) == (1, True), (
        refused.output
    )
