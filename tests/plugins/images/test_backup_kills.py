"""`omero-backup` killed at each call of restic: what it calls is all that it writes to a store."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from backup_lab import BackupSite, killing_restic, own, restored

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]

# A run makes fewer calls than this.
MOST = 60


def calls(folder: Path) -> Sequence[str]:
    """The calls of restic in the last run."""
    return (folder / "calls").read_text().splitlines()


def run_killed(site: BackupSite, folder: Path, number: int, *arguments: str) -> bool:
    """A run that dies at its n-th call; whether it had so many."""
    (folder / "calls").unlink(missing_ok=True)
    path = f"{folder}:{site.environment()['PATH']}"
    return site.run(*arguments, PATH=path, KILL_AT=str(number)).code != 0


def backups(site: BackupSite) -> list[str]:
    """Id and check of each complete backup."""
    lines = site.run("list").output.splitlines()[:-1]
    return [f"{line.split()[1]} {line.split('  ')[-1]}" for line in lines]


def locks(site: BackupSite) -> int:
    return len(list(Path(site.store, "locks").iterdir()))


def test_a_run_killed_anywhere_loses_and_feigns_nothing(
    site: BackupSite, other: BackupSite, places: Path
) -> None:
    folder = killing_restic(places / "bin")
    assert site.run("run", "--verify").code == 0
    for number in range(1, MOST):
        site.add(100 + number, f"user_2/new-{number}.tif".encode(), b"new" * number)
        own(site.data)
        before = backups(site)
        if not run_killed(site, folder, number, "run", "--verify"):
            break
        after = backups(site)
        # The one of this run is there whole or not at all, and those before stay; a kill in the
        # middle of the deletion of old ones leaves fewer, and all of those can be restored.
        assert len(set(after) - set(before)) <= 1, f"at call {number}: {calls(folder)[-1]}"
        assert any("not" not in each for each in after), f"no verified one: {after}"
    else:
        raise AssertionError("it never came to its end")
    assert number > 10
    last = site.run("run", "--verify")
    assert last.code == 0, last.output
    assert locks(site) == 0
    assert site.run("verify", BACKUP_READ_PERCENT="100").code == 0
    assert other.run("restore").code == 0
    assert restored(site, other)
    # What the killed ones left is gone.
    kept = {each.split()[0] for each in backups(site)}
    assert snapshots(site) <= kept


def snapshots(site: BackupSite) -> set[str]:
    """Every backup that a snapshot of restic is a part of."""
    found = subprocess.run(
        ["restic", "--no-lock", "-r", site.store, "snapshots", "--json"],
        env={**os.environ, "RESTIC_PASSWORD": "not-encrypted"},
        capture_output=True,
        check=True,
    ).stdout
    tags = [tag for each in json.loads(found) for tag in each["tags"]]
    return {tag.partition("=")[2] for tag in tags if tag.startswith("backup=")}


def test_a_restore_killed_anywhere_ends_the_same(
    site: BackupSite, other: BackupSite, places: Path
) -> None:
    folder = killing_restic(places / "bin")
    assert site.run("backup").code == 0
    for number in range(1, MOST):
        other.make()
        if not run_killed(other, folder, number, "restore"):
            break
        again = other.run("restore")
        assert again.code == 0, again.output
        assert restored(site, other), f"at call {number}"
    else:
        raise AssertionError("it never came to its end")
    assert number > 4
    assert locks(site) == 0
