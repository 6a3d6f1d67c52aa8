"""Delete old backups, and what is left of those that were not finished."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from omero_backup import manifest
from omero_backup.backup import Say
from omero_backup.restic import Snapshot, Store
from omero_backup.settings import Settings
from omero_backup.snapshot_objects import Found
from omero_backup.snapshots import Snapshots

# Whoever made a snapshot of a volume does not wait for it any more.
_UNFINISHED = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """What is left.

    Attributes:
        backups: Ids of the backups that can be restored, the oldest first.
        trouble: What a person should know; empty where there is nothing.
    """

    backups: list[str]
    trouble: str = ""


def run(settings: Settings, say: Say) -> Kept:
    """Delete what need not be kept.

    Args:
        settings: How many, and how long.
        say: Tells people what happens.

    Raises:
        BackupError: The store could not be changed. Every backup is there or not, never half.
    """
    store = Store(settings)
    store.unlock()
    every = store.snapshots()
    complete = manifest.of(every)
    volumes = Snapshots(settings.snapshots, store.id(), say) if settings.snapshots else None
    existing = volumes.existing() if volumes else []
    listed = {kind.name.lower() for kind in volumes.kinds} if volumes else set()
    lost = _lost(complete, existing, listed)
    verified = {each.tag("backup") for each in every if each.tag("kind") == "verified"} - lost
    now = datetime.datetime.now(datetime.UTC)
    kept = keep(complete, verified, settings.keep_count, settings.keep_days, now)
    dropped = [each for each in complete if each.tag("backup") not in kept]
    rest = [each for each in every if _unneeded(each, kept, complete)]
    # Without its manifest a backup is none; only then its parts may go.
    store.forget([each.id for each in dropped], clean=False)
    if dropped or rest:
        gone = {each.id for each in dropped}
        store.forget([each.id for each in rest if each.id not in gone], clean=True)
    for each in dropped:
        say(f"backup {each.tag('backup')} of {each.time[:19]} is deleted")
    left = {each.tag("backup") for each in dropped}
    if volumes:
        for found in existing:
            if found.backup in left or _unfinished(found, complete, now):
                volumes.delete(found)
    trouble = _lost_words(complete, lost & set(kept)) or _left_words(dropped, listed)
    return Kept([name for name in kept if name not in lost], trouble)


def keep(
    complete: Sequence[Snapshot],
    verified: set[str],
    count: int,
    days: int,
    now: datetime.datetime,
) -> list[str]:
    """The backups to keep, the oldest first.

    The newest `count` are kept whatever their age. Older ones are kept until they have `days` days;
    with 0 days, no longer. The newest that was checked is kept always.
    """
    names = [each.tag("backup") for each in complete]
    kept = set(names[-max(count, 1) :])
    for each in complete:
        if days and now - _time(each) <= datetime.timedelta(days=days):
            kept.add(each.tag("backup"))
    kept |= set([name for name in names if name in verified][-1:])
    return [name for name in names if name in kept]


def _unneeded(each: Snapshot, kept: Sequence[str], complete: Sequence[Snapshot]) -> bool:
    """Parts of deleted backups, and of unfinished ones that are older than a complete one."""
    backup = each.tag("backup")
    if not backup or backup in kept:
        return False
    return any(backup == one.tag("backup") for one in complete) or (
        bool(complete) and each.time < complete[-1].time
    )


def _lost(complete: Sequence[Snapshot], existing: Sequence[Found], listed: set[str]) -> set[str]:
    """Backups whose files were in a snapshot of a volume that somebody has deleted."""
    there = {found.backup for found in existing}
    looked_for = {each.tag("backup") for each in complete if _kind(each) in listed}
    return looked_for - there


def _kind(each: Snapshot) -> str:
    """What has the files of a backup: volumesnapshot or volumegroupsnapshot; empty for a copy."""
    return each.tag(manifest.SNAPSHOT_TAG).partition("/")[0]


def _unfinished(found: Found, complete: Sequence[Snapshot], now: datetime.datetime) -> bool:
    """Whether it is of a backup that was killed, or whose manifest is gone."""
    made = datetime.datetime.fromisoformat(found.item["metadata"]["creationTimestamp"])
    return now - made > _UNFINISHED and all(each.tag("backup") != found.backup for each in complete)


def _lost_words(complete: Sequence[Snapshot], lost: set[str]) -> str:
    names = [each.tag(manifest.SNAPSHOT_TAG) for each in complete if each.tag("backup") in lost]
    if not names:
        return ""
    return (
        f"the files of {len(names)} kept backups are lost, since somebody deleted their snapshots: "
        f"{', '.join(names[:5])}"
    )


def _left_words(dropped: Sequence[Snapshot], listed: set[str]) -> str:
    """With another method than theirs, this run may not look at snapshots."""
    kinds = {_kind(each) for each in dropped} - listed - {""}
    names = [each.tag(manifest.SNAPSHOT_TAG) for each in dropped if _kind(each) in kinds]
    if not names:
        return ""
    return (
        "snapshots of deleted backups stay, since spec.backup.files.method is another one now: "
        f"kubectl delete {' '.join(names)}"
    )


def _time(snapshot: Snapshot) -> datetime.datetime:
    # restic writes nanoseconds.
    return datetime.datetime.fromisoformat(snapshot.time[:19] + "+00:00")
