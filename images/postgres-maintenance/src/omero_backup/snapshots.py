"""Snapshots of volumes in place of a copy of the files.

The snapshots have no owner, so they outlive their site, and labels that say which backup they
belong to and in which store that backup is. Those with other labels are never touched.
Kinds, fields and their meaning: https://kubernetes-csi.github.io/docs/snapshot-restore-feature.html
and https://kubernetes-csi.github.io/docs/group-snapshot-restore-feature.html.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omero_backup.errors import BackupError
from omero_backup.kubernetes import Api, Kind, Object
from omero_backup.manifest import VolumeSnapshot
from omero_backup.settings import SnapshotSettings
from omero_backup.snapshot_objects import (
    BACKUP,
    CLAIM,
    GROUP,
    SNAPSHOT,
    STORE,
    Found,
    complaint,
    described,
    is_cut,
    ready,
    same,
)

Say = Callable[[str], None]

# The controller tries again for ever; what it complains of for so long needs a person.
_ERROR_SECONDS = 600.0
# Between two looks: at first, since many are ready within a second, and at most.
_QUICK, _SLOW = 0.2, 5.0


class Snapshots:
    """The snapshots of a site.

    Args:
        settings: How they are made.
        store: Id of the store whose backups they belong to.
        say: Tells people what happens.
    """

    def __init__(self, settings: SnapshotSettings, store: str, say: Say) -> None:
        self._settings, self._store, self._say = settings, store, say
        self._api = Api(
            settings.url,
            settings.token_file,
            settings.ca_file,
            settings.metadata["namespace"],
            min(300.0, settings.seconds),
        )
        self._kind = GROUP if settings.group else SNAPSHOT

    @property
    def kinds(self) -> Sequence[Kind]:
        """The kinds that this run may look at."""
        return (SNAPSHOT, GROUP) if self._settings.group else (SNAPSHOT,)

    # --- making one ---------------------------------------------------------------------------

    @contextmanager
    def taking(
        self, backup: str, data: Path, cut: Callable[[], None]
    ) -> Iterator[list[VolumeSnapshot]]:
        """A snapshot of the volume, ready to use; deleted if the block is left by an error.

        Args:
            backup: Id of the backup.
            data: Where the volume is mounted.
            cut: Called when the snapshot has its content, which may be long before it is ready.

        Yields:
            That of the files first, then those of databases.

        Raises:
            BackupError: It was not made; none of it is left.
        """
        self._all_labelled()
        flush(data)
        made = self._api.create(self._kind, self._wanted(backup))
        title = Found(self._kind, made).title
        try:
            self._say(f"{title} is being made")
            self._until(made, "status has no creationTime", is_cut)
            cut()
            self._until(made, "it is not ready to use", self._is_ready)
            taken = self._described(made)
            sizes = ", ".join(f"{each.claim} {each.restore_size}" for each in taken)
            self._say(f"{title} is ready to use: {sizes}")
            yield taken
        except BaseException:
            self._discard(made, title)
            raise

    def _wanted(self, backup: str) -> Object:
        settings = self._settings
        labels = {**settings.metadata["labels"], BACKUP: backup, STORE: self._store}
        spec: Object = {"source": {"persistentVolumeClaimName": settings.claims[0]}}
        field = "volumeSnapshotClassName"
        if settings.group:
            key, _, value = settings.group.partition("=")
            spec = {"source": {"selector": {"matchLabels": {key: value}}}}
            field = "volumeGroupSnapshotClassName"
        if settings.class_name:
            spec[field] = settings.class_name
        metadata = {"name": f"{settings.prefix}-{backup.lower()}", "labels": labels}
        if settings.metadata.get("annotations"):
            metadata["annotations"] = settings.metadata["annotations"]
        return {"metadata": metadata, "spec": spec}

    def _all_labelled(self) -> None:
        """A group has the volumes with its label; one without it would be left out in silence."""
        if not self._settings.group:
            return
        found = self._api.list(CLAIM, self._settings.group)
        there = {each["metadata"]["name"] for each in found}
        if missing := [name for name in self._settings.claims if name not in there]:
            raise BackupError(
                f"PersistentVolumeClaim {', '.join(missing)} would not be in the group: kubectl "
                f"label pvc {' '.join(missing)} {self._settings.group}"
            )

    def _until(self, made: Object, lacks: str, reached: Callable[[Object], bool]) -> None:
        """Wait for a state of the snapshot.

        Raises:
            BackupError: It has gone, or the controller cannot make it, or not in time.
        """
        seconds = self._settings.seconds
        title = Found(self._kind, made).title
        began, since, pause = time.monotonic(), 0.0, min(_QUICK, seconds / 20)
        while True:
            now = self._api.get(self._kind, made["metadata"]["name"])
            if now is None or not same(now, made) or not Found(self._kind, now).there:
                raise BackupError(f"{title} was deleted by somebody before the backup was complete")
            if reached(now):
                return
            error = complaint(now)
            since = (since or time.monotonic()) if error else 0.0
            if error and time.monotonic() - since > min(_ERROR_SECONDS, seconds / 2):
                raise BackupError(f"{title} was not made: {error}; {self._advice()}")
            if time.monotonic() - began > seconds:
                raise BackupError(
                    f"{title} was waited for {seconds / 3600:.1f} hours, and {lacks}"
                    f"{f': {error}' if error else ''}; {self._advice()}"
                )
            time.sleep(pause)
            pause = min(2 * pause, _SLOW)

    def _advice(self) -> str:
        return (
            "the storage of the volume must be able to make snapshots, and needs a "
            f"{self._kind.name}Class (spec.backup.files.className); the logs of the snapshot "
            "controller and of the storage's driver say more. With spec.backup.files.method copy, "
            "files are copied"
        )

    def _is_ready(self, item: Object) -> bool:
        if not ready(item):
            return False
        members = self._members(item) if self._settings.group else {self._settings.claims[0]: item}
        return all(ready(members.get(claim, {})) for claim in self._settings.claims)

    def _members(self, group: Object) -> dict[str, Object]:
        """The snapshots of a group by the claim that each is of."""
        uid = group["metadata"]["uid"]
        return {
            str(each["spec"]["source"].get("persistentVolumeClaimName")): each
            for each in self._api.list(SNAPSHOT)
            if any(own["uid"] == uid for own in each["metadata"].get("ownerReferences", ()))
        }

    def _described(self, made: Object) -> list[VolumeSnapshot]:
        if not self._settings.group:
            now = self._api.get(SNAPSHOT, made["metadata"]["name"]) or made
            return [described(self._settings.claims[0], now)]
        members, name = self._members(made), str(made["metadata"]["name"])
        return [described(claim, members[claim], name) for claim in self._settings.claims]

    def _discard(self, made: Object, title: str) -> None:
        try:
            self._api.delete(self._kind, made)
        except BackupError as error:
            self._say(f"{title} is no part of a backup, and stays for a day: {error}")

    # --- those that are there -------------------------------------------------------------------

    def existing(self) -> list[Found]:
        """The snapshots of backups in this store."""
        selector = f"{STORE}={self._store},{BACKUP}"
        found = [
            Found(kind, each) for kind in self.kinds for each in self._api.list(kind, selector)
        ]
        return [each for each in found if each.there]

    def delete(self, found: Found) -> None:
        """Delete one."""
        self._api.delete(found.kind, found.item)
        self._say(f"{found.title} is deleted")

    def check(self, volumes: Sequence[VolumeSnapshot]) -> None:
        """Whether volumes can be made from the snapshots of a backup.

        Raises:
            BackupError: One is gone, or cannot be used.
        """
        for each in volumes:
            now = self._api.get(SNAPSHOT, each.name)
            if now is None or now["metadata"]["uid"] != each.uid or not Found(SNAPSHOT, now).there:
                raise BackupError(f"VolumeSnapshot {each.name} is gone")
            if not ready(now) or complaint(now):
                raise BackupError(
                    f"VolumeSnapshot {each.name} is not ready to use{complaint(now) and ': '}"
                    f"{complaint(now)}"
                )


def flush(folder: Path) -> None:
    """Write to the volume what programs on this node have written and the kernel still holds.

    A snapshot is what is on the volume. OMERO.server, whose files these are, runs on this node.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            words = os.strerror(ctypes.get_errno())
            raise BackupError(f"the file system of {folder} cannot be flushed: {words}")
    finally:
        os.close(descriptor)
