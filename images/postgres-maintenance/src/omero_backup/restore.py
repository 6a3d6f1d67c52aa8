"""Make a site from a backup: into empty databases and an empty data folder, and nothing else.

Killed anywhere and run again it ends the same: a database is restored in one transaction that also
notes the backup's id on it, and the folder has a mark until everything is in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path

from omero_backup import manifest
from omero_backup.backup import Say
from omero_backup.errors import BackupError, RefusedError
from omero_backup.inventory import EXCLUDED, differences, unlike
from omero_backup.postgres import Server, set_note
from omero_backup.restic import Store
from omero_backup.settings import Settings
from omero_backup.verify import compare, load

MARK = ".restore-in-progress"
_UNFINISHED, _FINISHED = "being restored from backup", "restored from backup"


def run(settings: Settings, name: str, say: Say) -> manifest.Manifest:
    """Restore a backup.

    Args:
        settings: Where it is, and where it goes.
        name: Its id, or `latest`.
        say: Tells people what happens.

    Raises:
        RefusedError: There is data already; nothing was changed.
        BackupError: It could not be restored. The same command goes on where it stopped.
    """
    servers = [Server(database, settings.work) for database in settings.databases]
    for server in servers:
        server.wait(settings.wait_seconds)
    store = Store(settings)
    notes = [server.note() for server in servers]
    chosen = manifest.choose(store, _begun(notes) or name)
    mark = settings.data / MARK
    if all(note == f"{_FINISHED} {chosen.id}" for note in notes):
        mark.unlink(missing_ok=True)
        say(f"the site was restored from backup {chosen.id} before: nothing to do")
        return chosen
    _refuse(settings, servers, notes, chosen)
    if chosen.files.volumes:
        _check_volume(settings, store, chosen)
    elif mark.exists():
        # What is there is a part of this backup: links and read-only files stop a second writer.
        _clear(settings.data, mark)
    if not chosen.files.volumes:
        mark.write_text(chosen.id)
    for server, note in zip(servers, notes, strict=True):
        _restore_database(settings, store, chosen, server, loaded=_own(note, chosen))
        say(f"{server.database} is restored, with as many rows in each table as the site had")
    _restore_files(settings, store, chosen, say)
    for server in servers:
        server.query(set_note(server.database, f"{_FINISHED} {chosen.id}"))
    mark.unlink(missing_ok=True)
    return chosen


def _restore_files(settings: Settings, store: Store, chosen: manifest.Manifest, say: Say) -> None:
    if chosen.files.volumes:
        words = "have the size and time that they had, and a sample the checksum"
        say(f"{settings.data}: {chosen.files.count} files are in the volume; they {words}")
        return
    store.restore(chosen.files.snapshot, settings.data)
    with store.reading(chosen.snapshot, manifest.INVENTORY) as lines:
        count, examples = differences(settings.data, lines)
    if count:
        raise BackupError(
            f"{count} files are not as they were in backup {chosen.id}: {'; '.join(examples)}"
        )
    say(f"{settings.data}: {chosen.files.count} files are restored, their checksums are right")


def _check_volume(settings: Settings, store: Store, chosen: manifest.Manifest) -> None:
    """Whether the volume was made from the snapshot of the backup.

    Raises:
        RefusedError: It was not; nothing was changed.
    """
    with store.reading(chosen.snapshot, manifest.INVENTORY) as lines:
        count, examples = unlike(settings.data, lines)
    if count:
        raise RefusedError(
            f"{count} of the {chosen.files.count} files of backup {chosen.id} are not in the "
            f"volume of {settings.data}, which was made from VolumeSnapshot "
            f"{settings.volume_snapshot}: {'; '.join(examples)}. That backup needs "
            f"{_place(chosen)}. Nothing was changed"
        )


def _place(chosen: manifest.Manifest) -> str:
    snapshot = chosen.files.volumes[0]
    return f"VolumeSnapshot {snapshot.name} of namespace {snapshot.namespace}"


def _begun(notes: list[str]) -> str:
    """The backup that a restore began with: the latest one may be another by now."""
    for note in notes:
        if note.startswith((_UNFINISHED, _FINISHED)):
            return note.rpartition(" ")[2]
    return ""


def _own(note: str, chosen: manifest.Manifest) -> bool:
    """Whether it is this program's: people have words of their own for their databases."""
    return note in (f"{_UNFINISHED} {chosen.id}", f"{_FINISHED} {chosen.id}")


def _refuse(
    settings: Settings, servers: list[Server], notes: list[str], chosen: manifest.Manifest
) -> None:
    """A site that holds data is left alone.

    Raises:
        RefusedError: It does.
    """
    for server, note in zip(servers, notes, strict=True):
        if not _own(note, chosen) and (tables := server.tables()):
            raise RefusedError(
                f"{server.database} has {tables} tables. A backup is restored into empty databases "
                "only; nothing was changed. Delete the site with its volumes first, or restore "
                "into a new one"
            )
        if not server.owned():
            name, user = server.database.name, server.database.user
            raise RefusedError(
                f"{server.database} does not belong to {user}, which a restore needs. Nothing was "
                f'changed. Its administrator gives it: alter database "{name}" owner to "{user}"'
            )
        major = server.facts()["major"]
        if major < chosen.dump_of(server.database.title).major:
            raise RefusedError(
                f"{server.database} is PostgreSQL {major}, and backup {chosen.id} comes from "
                f"{chosen.dump_of(server.database.title).version}: an older server may not "
                "understand it. Nothing was changed"
            )
    if chosen.files.volumes:
        _refuse_other_volume(settings, chosen)
        return
    mark = settings.data / MARK
    if mark.exists() and mark.read_text() == chosen.id:
        return
    if settings.volume_snapshot:
        raise RefusedError(
            f"backup {chosen.id} has a copy of the files, and the volume of this site was made "
            f"from VolumeSnapshot {settings.volume_snapshot}. Nothing was changed. Name another "
            "backup, or make the site again without "
            "spec.bootstrap.restoreFrom.volumeSnapshotName"
        )
    present = [each for each in sorted(settings.data.iterdir()) if not _empty(each)]
    if present:
        raise RefusedError(
            f"{settings.data} is not empty: {', '.join(each.name for each in present[:5])}. A "
            "backup is restored into an empty folder only; nothing was changed"
        )


def _refuse_other_volume(settings: Settings, chosen: manifest.Manifest) -> None:
    """The files of such a backup come with the volume, and no others may be in it."""
    if not settings.volume_snapshot:
        raise RefusedError(
            f"the files of backup {chosen.id} are in {_place(chosen)}, and the volume of this site "
            "was not made from it. Nothing was changed. Delete the site and its empty volumes, and "
            "name the VolumeSnapshot in spec.bootstrap.restoreFrom.volumeSnapshotName"
        )


def _empty(path: Path) -> bool:
    """Whether it is nothing that anybody needs: what a file system makes, or folders alone."""
    if path.name in EXCLUDED:
        return True
    if path.is_symlink() or not path.is_dir():
        return False
    return all(_empty(each) for each in path.iterdir())


def _clear(folder: Path, mark: Path) -> None:
    """Delete what a restore that was killed has written."""
    for each in folder.iterdir():
        if each == mark or each.name in EXCLUDED:
            continue
        if each.is_dir() and not each.is_symlink():
            _unlock(each)
            shutil.rmtree(each)
        else:
            each.unlink()


def _unlock(folder: Path) -> None:
    """A site may have folders that nobody may write to; a restore makes them so."""
    folder.chmod(0o700)
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            _unlock(each)


def _restore_database(
    settings: Settings, store: Store, chosen: manifest.Manifest, server: Server, *, loaded: bool
) -> None:
    dump = chosen.dump_of(server.database.title)
    if not loaded:
        load(store, dump, server, set_note(server.database, f"{_UNFINISHED} {chosen.id}"))
    # Of one that was loaded before as well: that run may have ended because of this.
    compare(dump, server.counts())
    if dump.title == "omero" and settings.root_password:
        server.query(_root_password(settings.root_password, dump))


def _root_password(password: str, dump: manifest.Dump) -> str:
    """SQL that gives OMERO's root user the password of the new site's Secret.

    OMERO knows several forms of a password; this is the one of its own command `omero db script`.
    """
    if not any(name == "password" for _, name, _ in dump.tables):
        return ""
    digest = hashlib.md5(password.encode(), usedforsecurity=False).digest()
    text = base64.b64encode(digest).decode()
    return f"update password set hash = '{text}' where experimenter_id = 0;\n"  # noqa: S608 - base64


def secrets_of(store: Store, chosen: manifest.Manifest) -> dict[str, dict[str, str]]:
    """The Secrets in a backup: name, key, value in base64.

    Raises:
        BackupError: It has none, because it is not encrypted.
    """
    if not chosen.secrets:
        raise BackupError(f"backup {chosen.id} has no Secrets: it is not encrypted")
    return dict(json.loads(store.read(chosen.snapshot, manifest.SECRETS)))
