"""Make a backup: the databases first, then the files, the manifest last.

A file is in OMERO's folder before its row is in the database. So whatever the dump knows is in the
copy of the folder, or in the snapshot of its volume, which is made after it; only what somebody
deletes in between is missing, and the comparison tells.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omero_backup import __version__, manifest, processes
from omero_backup.errors import BackupError, RefusedError
from omero_backup.inventory import EXCLUDED, Findings, Inventory
from omero_backup.postgres import Frozen, Server
from omero_backup.restic import Store
from omero_backup.settings import Settings
from omero_backup.snapshots import Snapshots

Say = Callable[[str], None]


def run(settings: Settings, say: Say) -> manifest.Manifest:
    """Make a backup.

    Args:
        settings: What to back up, and where to.
        say: Tells people what happens.

    Returns:
        Its manifest.

    Raises:
        BackupError: There is no new backup; those before are as they were.
    """
    _refuse_own_volume(settings)
    servers = [Server(database, settings.work) for database in settings.databases]
    for server in servers:
        server.wait(settings.wait_seconds)
        server.check_programs()
    store = Store(settings)
    complete = manifest.of(store.make())
    before = manifest.read(store, complete[-1]) if complete else None
    return _Backup(settings, store, say).make(servers, before)


def _refuse_own_volume(settings: Settings) -> None:
    """A store among the images would be in each of its own backups, and lost with them."""
    store = Path(settings.store)
    for folder in (store, *store.parents) if store.is_absolute() else ():
        if folder.exists() and folder.samefile(settings.data):
            raise RefusedError(
                f"the backups would be in the volume of {settings.data}, which they are of, and "
                "lost with it: give spec.backup.claim a volume of its own"
            )


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Backup:
    def __init__(self, settings: Settings, store: Store, say: Say) -> None:
        self.settings, self.store, self.say = settings, store, say
        self.began = _now()
        stamp = self.began.replace("-", "").replace(":", "")
        # Two that begin in the same second are two.
        self.id = f"{stamp}-{secrets.token_hex(2)}"
        self.uuid = self.schema = ""
        self.inventory = Inventory(settings.data, settings.work)
        self.rows = settings.work / "original-files"

    def make(self, servers: list[Server], before: manifest.Manifest | None) -> manifest.Manifest:
        try:
            return self._make(servers, before)
        finally:
            self.inventory.close()

    def _make(self, servers: list[Server], before: manifest.Manifest | None) -> manifest.Manifest:
        dumps = [self._dump(server, before) for server in servers]
        staging = self.settings.work / "manifest"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        with self._files(before) as files:
            result = manifest.Manifest(
                id=self.id,
                site=self.settings.site,
                uuid=self.uuid,
                schema=self.schema,
                began=self.began,
                ended=_now(),
                program=__version__,
                databases=dumps,
                files=files,
                secrets=self._secrets(staging),
            )
            with (staging / manifest.INVENTORY[1:]).open("wb") as sink:
                self.inventory.write(sink)
            (staging / manifest.NAME[1:]).write_text(result.text())
            self._whole(result)
        # From here on it may be a backup, whatever this run still hears of it.
        has = result.snapshot_object
        tags = [f"{manifest.SNAPSHOT_TAG}={has}"] if has else []
        saved = self.store.save_folder(staging, self.id, "manifest", tags=tags)
        shutil.rmtree(staging)
        self.say(f"backup {self.id} is complete")
        return dataclasses.replace(result, snapshot=saved["snapshot_id"])

    def _whole(self, result: manifest.Manifest) -> None:
        """Another run that ended meanwhile may have taken the parts of this one for remains.

        Raises:
            BackupError: It has.
        """
        # restic tells the beginning of an id alone when it has made a snapshot.
        there = [each.id for each in self.store.snapshots()]
        parts = [*(dump.snapshot for dump in result.databases), result.files.snapshot]
        if not all(any(each.startswith(part) for each in there) for part in parts):
            raise BackupError(
                "another backup of this site ended while this one was made, and deleted its parts; "
                "let one run at a time"
            )

    # --- databases ------------------------------------------------------------------------------

    def _dump(self, server: Server, before: manifest.Manifest | None) -> manifest.Dump:
        title = server.database.title
        facts = server.facts()
        with server.frozen() as frozen:
            if title == "omero":
                self._identify(frozen, facts, before)
            digest, size = hashlib.sha256(), 0
            with (
                self.store.saving(self.id, f"database-{title}", f"{title}.dump") as saved,
                server.dumping(frozen.snapshot) as dump,
            ):
                while block := dump.read(processes.BLOCK):
                    digest.update(block)
                    size += len(block)
                    saved.stream.write(block)
            tables = frozen.counts()
        rows = sum(each[2] for each in tables)
        self.say(f"{server.database}: {size} bytes, {len(tables)} tables, {rows} rows")
        return manifest.Dump(
            title,
            saved.snapshot,
            size,
            digest.hexdigest(),
            facts["version"],
            facts["major"],
            tables,
        )

    def _identify(
        self, frozen: Frozen, facts: dict[str, Any], before: manifest.Manifest | None
    ) -> None:
        """Whose database this is; backups of another site are not to be followed, nor pruned."""
        self.uuid = frozen.uuid() if facts["uuid"] else ""
        self.schema = frozen.schema() if facts["schema"] else ""
        # A backup from before OMERO.server's first start has none, and is of nobody's images.
        if before and before.uuid not in ("", self.uuid):
            raise RefusedError(
                f"{self.settings.store} has backups of another OMERO database (uuid "
                f"{before.uuid or 'none'}, the last one of {before.ended}), and this site has uuid "
                f"{self.uuid or 'none'}. Its backups would replace those in time. If those are not "
                "needed, delete them; else give this site a destination of its own"
            )
        with self.rows.open("w") as sink:
            for row in frozen.files() if facts["files"] else ():
                sink.write(json.dumps(row) + "\n")

    # --- files ----------------------------------------------------------------------------------

    @contextmanager
    def _files(self, before: manifest.Manifest | None) -> Iterator[manifest.Files]:
        """The files, saved; a snapshot of them is deleted if the block is left by an error."""
        if before:
            with self.store.reading(before.snapshot, manifest.INVENTORY) as lines:
                self.inventory.remember(lines)
        self.inventory.take()
        found = self._compare()
        if self.settings.snapshots is None:
            yield self._copied(found)
            return
        self._tell("the others are known", found)
        snapshots = Snapshots(self.settings.snapshots, self.store.id(), self.say)
        with snapshots.taking(self.id, self.settings.data, self.inventory.settle) as volumes:
            yield self._described(found, volumes=volumes)

    def _copied(self, found: Findings) -> manifest.Files:
        excludes = [str(self.settings.data / name) for name in EXCLUDED]
        summary = self.store.save_folder(self.settings.data, self.id, "files", excludes)
        self.inventory.settle()
        self._tell(f"{summary['data_added']} bytes were added", found)
        return self._described(
            found,
            snapshot=summary["snapshot_id"],
            count=summary["total_files_processed"],
            size=summary["total_bytes_processed"],
        )

    def _described(self, found: Findings, **more: Any) -> manifest.Files:
        told = {"snapshot": "", "count": self.inventory.files, "size": self.inventory.size, **more}
        return manifest.Files(
            read=self.inventory.read,
            equal=found.equal,
            missing=found.missing,
            differing=found.differing,
            examples=found.examples,
            **told,
        )

    def _tell(self, saved: str, found: Findings) -> None:
        self.say(
            f"{self.settings.data}: {self.inventory.files} files, {self.inventory.size} bytes; "
            f"{self.inventory.read} were read, {saved}; "
            f"{found.equal} have the checksum that OMERO has, {found.missing} are missing, "
            f"{found.differing} differ"
        )
        for example in found.examples:
            self.say(f"{self.settings.data}: {example}")

    def _compare(self) -> Findings:
        with self.rows.open() as lines:
            return self.inventory.compare(map(json.loads, lines), self.settings.managed)

    # --- Secrets --------------------------------------------------------------------------------

    def _secrets(self, staging: Path) -> list[str]:
        """The site's Secrets, where the backup is encrypted; never else."""
        folder = self.settings.secrets
        if not folder or not self.settings.encrypted:
            return []
        found: dict[str, dict[str, str]] = {}
        for secret in sorted(folder.iterdir()):
            # Kubernetes' own links begin with two dots.
            keys = [key for key in sorted(secret.iterdir()) if not key.name.startswith("..")]
            found[secret.name] = {
                key.name: base64.b64encode(key.read_bytes()).decode() for key in keys
            }
        if not found:
            raise BackupError(f"{folder} has no Secrets")
        target = staging / manifest.SECRETS[1:]
        target.touch(mode=0o600)
        target.write_text(json.dumps(found))
        return list(found)
