"""Check that a backup can be restored: by restoring its databases and reading its files."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Sequence
from typing import IO, Any

from omero_backup import manifest, processes, scratch
from omero_backup.backup import Say
from omero_backup.errors import BackupError
from omero_backup.inventory import VOLATILE, shown
from omero_backup.postgres import Server
from omero_backup.restic import Store
from omero_backup.settings import Settings
from omero_backup.snapshots import Snapshots

# Files that are read whole, beside the share of the store's data that restic reads.
_SAMPLE = 3


def run(settings: Settings, store: Store, chosen: manifest.Manifest, say: Say) -> None:
    """Check a backup.

    Args:
        settings: The settings of this run.
        store: Where it is.
        chosen: Its manifest.
        say: Tells people what happens.

    Raises:
        BackupError: It cannot be restored.
    """
    store.check(settings.read_percent)
    say(f"the store is whole; {settings.read_percent} % of its data were read")
    for dump in chosen.databases:
        tables = _try_dump(settings, store, dump)
        rows = sum(each[2] for each in tables)
        say(f"{dump.title} database: {len(tables)} tables and {rows} rows are as they were")
    if chosen.files.volumes:
        _check_snapshots(settings, store, chosen, say)
        say(f"files: {chosen.volume_snapshot} is ready to use; its content is not read")
    else:
        _check_files(store, chosen)
        say(f"files: {chosen.files.count} are there, and a sample has the right checksums")
    note = json.dumps({"backup": chosen.id}).encode()
    with store.saving(chosen.id, "verified", "verified.json") as saved:
        saved.stream.write(note)


def _try_dump(settings: Settings, store: Store, dump: manifest.Dump) -> list[list[Any]]:
    with scratch.server(settings.work / "scratch") as database:
        server = Server(database, settings.work)
        load(store, dump, server)
        found = server.counts()
    compare(dump, found)
    return found


def load(store: Store, dump: manifest.Dump, server: Server, after: str = "") -> None:
    """Restore a dump, and compare its checksum on the way.

    Args:
        store: Where it is.
        dump: Which one.
        server: An empty database.
        after: SQL for the end of the same transaction.

    Raises:
        BackupError: The dump is damaged; the database is as it was.
    """
    with store.reading(dump.snapshot, f"/{dump.title}.dump") as stream:
        counted = _Counted(stream)

        def checked() -> str:
            if (counted.size, counted.digest.hexdigest()) != (dump.size, dump.sha256):
                raise BackupError(
                    f"the dump of the {dump.title} database is not the one that was written"
                )
            return after

        server.load(counted, checked)  # type: ignore[arg-type]


class _Counted:
    """A stream that counts and hashes what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        self.size += len(block)
        return block


def compare(dump: manifest.Dump, found: Sequence[Sequence[Any]]) -> None:
    """Compare the rows of each table with what was counted.

    Raises:
        BackupError: A table is missing, or has another number of rows.
    """
    there = {(schema, name): rows for schema, name, rows in found}
    wrong = [
        f"{schema}.{name}: {there.get((schema, name), 'no')} of {rows} rows"
        for schema, name, rows in dump.tables
        if there.get((schema, name)) != rows
    ]
    if wrong:
        raise BackupError(
            f"{len(wrong)} tables of the {dump.title} database are not as they were, for example "
            f"{'; '.join(wrong[:3])}"
        )


def _check_snapshots(settings: Settings, store: Store, chosen: manifest.Manifest, say: Say) -> None:
    if settings.snapshots is None:
        raise BackupError(
            f"the files of backup {chosen.id} are in VolumeSnapshot {chosen.volume_snapshot}, and "
            "BACKUP_FILES_METHOD does not say that this pod may look at it"
        )
    Snapshots(settings.snapshots, store.id(), say).check(chosen.files.volumes)


def _check_files(store: Store, chosen: manifest.Manifest) -> None:
    files, size = store.list_files(chosen.files.snapshot)
    if (files, size) != (chosen.files.count, chosen.files.size):
        raise BackupError(
            f"the files of backup {chosen.id} are {files} with {size} bytes, and should be "
            f"{chosen.files.count} with {chosen.files.size} bytes"
        )
    with store.reading(chosen.snapshot, manifest.INVENTORY) as lines:
        sample = _sample(lines)
    for path, checksum in sample:
        digest = hashlib.sha1(usedforsecurity=False)
        with store.reading(chosen.files.snapshot, b"/" + path) as stream:
            _each_block(stream, digest.update)
        if digest.hexdigest() != checksum:
            raise BackupError(f"file {shown(path)} of backup {chosen.id} is damaged")


def _each_block(stream: IO[bytes], use: Callable[[bytes], object]) -> None:
    while block := stream.read(processes.BLOCK):
        use(block)


def _sample(lines: IO[bytes]) -> list[tuple[bytes, str]]:
    """Some of the files, each with the same chance, in one reading of the list."""
    kept: list[tuple[bytes, str]] = []
    generator = random.SystemRandom()
    for count, line in enumerate(lines):
        path, _, _, checksum = json.loads(line)
        entry = (os.fsencode(path), checksum)
        if checksum is None or entry[0].startswith(VOLATILE):
            continue
        if len(kept) < _SAMPLE:
            kept.append(entry)
        elif (place := generator.randrange(count + 1)) < _SAMPLE:
            kept[place] = entry
    return kept
