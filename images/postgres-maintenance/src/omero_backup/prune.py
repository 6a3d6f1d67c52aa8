"""Delete old backups, and what is left of those that were not finished."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from omero_backup import manifest
from omero_backup.backup import Say
from omero_backup.restic import Snapshot, Store
from omero_backup.settings import Settings


def run(settings: Settings, say: Say) -> list[str]:
    """Delete what need not be kept.

    Args:
        settings: How many, and how long.
        say: Tells people what happens.

    Returns:
        The ids of the backups that are left, the oldest first.

    Raises:
        BackupError: The store could not be changed. Every backup is there or not, never half.
    """
    store = Store(settings)
    store.unlock()
    every = store.snapshots()
    complete = manifest.of(every)
    verified = {each.tag("backup") for each in every if each.tag("kind") == "verified"}
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
    return kept


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


def _time(snapshot: Snapshot) -> datetime.datetime:
    # restic writes nanoseconds.
    return datetime.datetime.fromisoformat(snapshot.time[:19] + "+00:00")
