"""Backups with snapshots of volumes: real databases, a real store, and a double of the cluster.

What the double's driver "snapshots" is a copy of the folder; a volume that is made from it is a
copy of that.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backup_lab import BackupSite, killing_restic, own, restored, said_until
from snapshot_double import GROUPS, NAMESPACE, SNAPSHOTS, SnapshotCluster, serving

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]

# A run makes fewer calls and requests than this.
MOST = 80
Object = dict[str, Any]


class Storage:
    """The double with a driver that copies, and what the pods of a backup are given."""

    def __init__(self, cluster: SnapshotCluster, folder: Path, site: BackupSite) -> None:
        self.cluster, self.folder, self.site = cluster, folder, site
        cluster.driver = self._copy
        cluster.claim("demo-server", group="demo")
        cluster.claim("demo-db", group="demo")
        metadata = {"namespace": NAMESPACE, "labels": {"app.kubernetes.io/instance": "demo"}}
        self.variables = {
            "BACKUP_FILES_METHOD": "snapshot",
            "BACKUP_SNAPSHOT_CLAIMS": "demo-server",
            "BACKUP_SNAPSHOT_PREFIX": "demo-backup",
            "BACKUP_SNAPSHOT_METADATA": json.dumps(metadata),
            "BACKUP_SNAPSHOT_SECONDS": "300",
            "BACKUP_KUBERNETES_URL": cluster.url,
            "BACKUP_KUBERNETES_TOKEN_FILE": site.secret("token", cluster.token),
        }
        self.group = {
            "BACKUP_FILES_METHOD": "groupSnapshot",
            "BACKUP_SNAPSHOT_GROUP": "group=demo",
            "BACKUP_SNAPSHOT_CLAIMS": "demo-server,demo-db",
        }

    def _copy(self, item: Object) -> None:
        target = self.folder / str(item["metadata"]["name"])
        subprocess.run(["cp", "-a", str(self.site.data), str(target)], check=True)

    def run(self, *arguments: str, **more: str) -> Any:
        return self.site.run(*arguments, **{**self.variables, **more})

    def volume(self, name: str, other: BackupSite) -> None:
        """Give the other site a volume that was made from a snapshot."""
        shutil.rmtree(other.data)
        subprocess.run(["cp", "-a", str(self.folder / name), str(other.data)], check=True)

    def names(self) -> set[str]:
        return {*self.cluster.names(), *self.cluster.names(GROUPS)}


@pytest.fixture
def storage(site: BackupSite, places: Path) -> Iterator[Storage]:
    folder = places / "snapshots"
    folder.mkdir()
    with serving(SnapshotCluster()) as cluster:
        yield Storage(cluster, folder, site)


def restic(site: BackupSite) -> list[Object]:
    """What the store has."""
    found = subprocess.run(
        ["restic", "--no-lock", "-r", site.store, "snapshots", "--json"],
        env={**os.environ, "RESTIC_PASSWORD": "not-encrypted"}, capture_output=True, check=True,
    ).stdout  # fmt: skip
    return list(json.loads(found))


def complete(site: BackupSite) -> set[str]:
    """Names of the snapshots that complete backups need."""
    tags = [tag for each in restic(site) for tag in each["tags"]]
    return {tag.rpartition("/")[2] for tag in tags if tag.startswith("snapshot=")}


def test_files_come_back_with_their_volume(
    storage: Storage, site: BackupSite, other: BackupSite
) -> None:
    made = storage.run("run", "--verify")
    assert made.code == 0, made.output
    name = made.message["volumeSnapshot"]
    assert (made.message["verified"], made.message["files"] > 5) == (True, True)
    assert storage.names() == {name} == complete(site)
    # The files are in the snapshot, and nowhere else.
    kinds = {tag for each in restic(site) for tag in each["tags"] if tag.startswith("kind=")}
    assert kinds == {
        "kind=database-omero",
        "kind=database-plugins",
        "kind=manifest",
        "kind=verified",
    }
    site.add(50, b"user_2/later.tif", b"later")
    own(site.data)
    shown = storage.run("list").output
    assert f"volumesnapshot/{name}  verified" in shown

    empty = other.run("restore")
    assert (empty.code, f"in VolumeSnapshot {name} of namespace lab" in empty.output) == (1, True)
    assert other.rows() == {}
    storage.volume(name, other)
    lost = next(other.data.glob("ManagedRepository/user_2/*/*/cells.tif"))
    content, times = lost.read_bytes(), lost.stat()
    lost.unlink()
    refused = other.run("restore", BACKUP_VOLUME_SNAPSHOT=name)
    assert (refused.code, "cells.tif (28000 bytes)" in refused.output) == (1, True), refused.output
    assert other.rows() == {}
    # A storage that keeps no parts of seconds: such a file is read.
    lost.write_bytes(content)
    os.utime(lost, (int(times.st_mtime), int(times.st_mtime)))
    own(other.data)
    done = other.run("restore", BACKUP_VOLUME_SNAPSHOT=name)
    assert done.code == 0, done.output
    site.sql("delete from originalfile where id = 50")
    (site.data / "ManagedRepository" / "user_2" / "later.tif").unlink()
    assert restored(site, other)
    again = other.run("restore", BACKUP_VOLUME_SNAPSHOT=name)
    assert (again.code, "nothing to do" in again.output) == (0, True)


def test_a_copy_is_not_restored_beside_a_snapshot(site: BackupSite, other: BackupSite) -> None:
    assert site.run("backup").code == 0
    refused = other.run("restore", BACKUP_VOLUME_SNAPSHOT="another")
    assert (refused.code, "has a copy of the files" in refused.output) == (1, True)
    assert other.rows() == {}


def test_snapshots_go_with_their_backups(storage: Storage, site: BackupSite) -> None:
    storage.cluster.objects[SNAPSHOTS, "somebody's"] = {"metadata": {"name": "somebody's"}}
    first = storage.run("run", "--verify").message["volumeSnapshot"]
    for _ in range(2):
        latest = storage.run("backup").message["volumeSnapshot"]
    pruned = storage.run("prune", BACKUP_KEEP_COUNT="1")
    assert (pruned.code, pruned.message["kept"]) == (0, 2), pruned.output
    # The last, and the one that was verified.
    assert storage.names() == {first, latest, "somebody's"}
    # One that a person deletes is not shown as a backup, and its manifest stays with its dumps.
    del storage.cluster.objects[SNAPSHOTS, first]
    told = storage.run("prune", BACKUP_KEEP_COUNT="5")
    assert told.message["kept"] == 1
    words = "the files of 1 kept backups are lost, since somebody deleted their snapshots: "
    assert f"{words}volumesnapshot/{first}" in told.message["message"]
    gone = storage.run("verify", first.removeprefix("demo-backup-").upper().replace("BEEF", "beef"))
    assert gone.code == 1
    # With copies again, nobody may look at snapshots: a person has to.
    copied = site.run("run", "--verify", BACKUP_KEEP_COUNT="1")
    assert copied.code == 0, copied.output
    assert f"volumesnapshot/{latest}" in copied.message["message"]
    assert storage.names() == {latest, "somebody's"}


def test_a_group_is_made_and_deleted_as_one(storage: Storage, site: BackupSite) -> None:
    made = storage.run("run", "--verify", **storage.group)
    assert made.code == 0, made.output
    (group,) = storage.cluster.names(GROUPS)
    assert complete(site) == {group}
    assert len(storage.cluster.names()) == 2
    assert storage.run("run", "--verify", BACKUP_KEEP_COUNT="1", **storage.group).code == 0
    assert len(storage.cluster.names()) == 2
    assert complete(site) == set(storage.cluster.names(GROUPS)) != {group}


def test_a_run_whose_parts_another_one_deleted_is_no_backup(
    storage: Storage, site: BackupSite, places: Path
) -> None:
    """It waits for its snapshot while another begins, ends, and deletes what is old."""
    answer = storage.cluster.answer

    def holding(method: str, target: str, body: Object) -> tuple[int, Object]:
        if method == "POST" and not storage.cluster.held:
            storage.cluster.held.add(body["metadata"]["name"])
        return answer(method, target, body)

    storage.cluster.answer = holding  # type: ignore[method-assign]
    waiting = site.start("run", "--verify", **storage.variables)
    said_until(waiting, "is being made")
    (first,) = storage.cluster.held
    other = storage.run("run", "--verify", BACKUP_WORK_DIR=str(places / "site" / "more"))
    assert other.code == 0, other.output
    # Its snapshot is young: somebody may wait for it.
    assert storage.names() == {first, other.message["volumeSnapshot"]}
    storage.cluster.held = {"nothing"}
    ended = site.ended(waiting)
    assert (ended.code, "let one run at a time" in ended.output) == (1, True), ended.output
    assert storage.names() == {other.message["volumeSnapshot"]} == complete(site)


def killed_at(storage: Storage, number: int, *, after: bool) -> bool:
    """A run whose node goes out at its n-th request, before or after it has its effect."""
    answer, count = storage.cluster.answer, iter(range(1, 10**6))
    started: list[subprocess.Popen[str]] = []

    def dying(method: str, target: str, body: Object) -> tuple[int, Object]:
        dies = next(count) == number
        found = (503, {"message": "dead"}) if dies and not after else answer(method, target, body)
        if dies:
            os.killpg(started[0].pid, signal.SIGKILL)
        return found

    storage.cluster.answer = dying  # type: ignore[method-assign]
    try:
        started.append(storage.site.start("run", "--verify", **storage.variables))
        return storage.site.ended(started[0]).code != 0
    finally:
        del storage.cluster.answer


def test_a_run_killed_anywhere_feigns_nothing(
    storage: Storage, site: BackupSite, other: BackupSite, places: Path
) -> None:
    folder = killing_restic(places / "bin")
    path = f"{folder}:{site.environment()['PATH']}"
    assert storage.run("run", "--verify").code == 0

    def whole(at: str) -> None:
        assert complete(site) <= storage.names(), at

    for number in range(1, MOST):
        (folder / "calls").unlink(missing_ok=True)
        ended = storage.run("run", "--verify", PATH=path, KILL_AT=str(number))
        whole(f"call {number}")
        if ended.code == 0:
            break
    assert number > 10
    for after in (False, True):
        for number in range(1, MOST):
            alive = not killed_at(storage, number, after=after)
            whole(f"request {number}")
            if alive:
                break
        assert number > 5
    # What the killed ones left goes after a day.
    assert storage.names() > complete(site)
    for kind, name in storage.cluster.objects:
        if kind == SNAPSHOTS:
            old = "2026-01-01T00:00:00Z"
            storage.cluster.objects[kind, name]["metadata"]["creationTimestamp"] = old
    last = storage.run("run", "--verify")
    assert last.code == 0, last.output
    assert storage.names() == complete(site)
    storage.volume(last.message["volumeSnapshot"], other)
    done = other.run("restore", BACKUP_VOLUME_SNAPSHOT=last.message["volumeSnapshot"])
    assert done.code == 0, done.output
    assert restored(site, other)
