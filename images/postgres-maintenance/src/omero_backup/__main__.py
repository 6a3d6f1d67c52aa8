"""The command `omero-backup`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from omero_backup import backup, manifest, prune, report, restore, settings, verify
from omero_backup.errors import BackupError
from omero_backup.restic import Store
from omero_backup.settings import Settings

# What `run` and the operator need to know of a backup.
Facts = dict[str, Any]


def _say(text: str) -> None:
    print(f"omero-backup: {text}", flush=True)  # noqa: T201 - its output is the pod's log


def _facts(found: manifest.Manifest) -> Facts:
    files = found.files
    return {
        "backup": found.id,
        "began": found.began,
        "bytes": found.size,
        "files": files.count,
        "missing": files.missing,
        "differing": files.differing,
        "encrypted": bool(found.secrets),
        "volumeSnapshot": found.volume_snapshot,
    }


def _backup(given: Settings, _: argparse.Namespace) -> tuple[str, Facts]:
    made = backup.run(given, _say)
    return f"backup {made.id} is complete{_found(made)}", _facts(made)


def _run(given: Settings, asked: argparse.Namespace) -> tuple[str, Facts]:
    made = backup.run(given, _say)
    facts = _facts(made)
    told = f"backup {made.id} is complete"
    if asked.verify:
        try:
            verify.run(given, Store(given), made, _say)
        except BackupError as error:
            raise BackupError(f"{told}, and cannot be restored: {error}") from error
        facts["verified"] = True
        told += " and verified"
    try:
        kept = prune.run(given, _say)
        facts["kept"] = len(kept.backups)
        told += f"; {kept.trouble}" if kept.trouble else ""
    except BackupError as error:
        _say(f"old backups stay for now: {error}")
        told += f"; old backups were not deleted: {error}"
    return told + _found(made), facts


def _found(made: manifest.Manifest) -> str:
    files = made.files
    if not files.missing and not files.differing:
        return ""
    return (
        f"; OMERO's database does not agree with the files: {files.missing} missing, "
        f"{files.differing} differing, for example {'; '.join(files.examples[:2])}"
    )


def _verify(given: Settings, asked: argparse.Namespace) -> tuple[str, Facts]:
    store = Store(given)
    checked = manifest.choose(store, asked.backup)
    verify.run(given, store, checked, _say)
    return f"backup {checked.id} can be restored", {**_facts(checked), "verified": True}


def _restore(given: Settings, asked: argparse.Namespace) -> tuple[str, Facts]:
    used = restore.run(given, asked.backup, _say)
    return f"the site was restored from backup {used.id} of {used.began}", _facts(used)


def _list(given: Settings, _: argparse.Namespace) -> tuple[str, Facts]:
    store = Store(given)
    snapshots = store.snapshots()
    complete = manifest.of(snapshots)
    verified = {each.tag("backup") for each in snapshots if each.tag("kind") == "verified"}
    for each in (manifest.read(store, snapshot) for snapshot in complete):
        checked = "verified" if each.id in verified else "not verified"
        place = f" in {each.snapshot_object}" if each.snapshot_object else ""
        size = f"{each.size} bytes in {each.files.count} files{place}"
        _say(f"{each.id}  {each.site}  {size}  {checked}")
    return f"{len(complete)} complete backups in {given.store}", {}


def _prune(given: Settings, _: argparse.Namespace) -> tuple[str, Facts]:
    kept = prune.run(given, _say)
    told = f"{len(kept.backups)} backups are kept"
    told += f"; {kept.trouble}" if kept.trouble else ""
    return told, {"kept": len(kept.backups)}


def _secrets(given: Settings, asked: argparse.Namespace) -> tuple[str, Facts]:
    """Print the Secrets as Kubernetes takes them; nothing of them goes to a log that is kept."""
    store = Store(given)
    chosen = manifest.choose(store, asked.backup)
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            # By this the operator knows that it is its own, of the site that had it.
            "metadata": {
                "name": name,
                "annotations": {"platform.omero.dev/retained": chosen.site.rpartition("/")[2]},
                "labels": {
                    "app.kubernetes.io/managed-by": "omero-operator",
                    "app.kubernetes.io/instance": chosen.site.rpartition("/")[2],
                },
            },
            "data": values,
        }
        for name, values in restore.secrets_of(store, chosen).items()
    ]
    json.dump({"apiVersion": "v1", "kind": "List", "items": items}, sys.stdout, indent=1)
    return "", {}


_COMMANDS = {
    "run": (_run, "make a backup, check it (--verify), delete old ones"),
    "backup": (_backup, "make a backup"),
    "verify": (_verify, "restore a backup's databases into a scratch one, and check its files"),
    "restore": (_restore, "restore a backup into empty databases and an empty data folder"),
    "list": (_list, "list the complete backups"),
    "prune": (_prune, "delete old backups"),
    "secrets": (_secrets, "print the Secrets in an encrypted backup, for `kubectl apply -f -`"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omero-backup",
        description="Backups of an OMERO site. The environment says which site and where to: "
        "docs/backup.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in ("verify", "restore", "secrets"):
            command.add_argument("backup", nargs="?", default="latest", help="id, or latest")
        if name == "run":
            command.add_argument("--verify", action="store_true", help="check the new backup")
    return parser


def _stop(number: int, _: FrameType | None) -> NoReturn:
    raise BackupError(
        f"stopped by {signal.Signals(number).name} before its end: by the job's deadline, by its "
        "deletion or by its node"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0, or 1 when it failed.
    """
    asked = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    given = None
    try:
        given = settings.read()
        message, facts = _COMMANDS[asked.command][0](given, asked)
    except (BackupError, OSError) as error:
        print(f"omero-backup: {asked.command} failed: {error}", file=sys.stderr)  # noqa: T201
        report.write(asked.command, "failed", str(error))
        return 1
    finally:
        if given is not None:
            shutil.rmtree(given.work, ignore_errors=True)
    if message:
        _say(message)
    report.write(asked.command, "succeeded", message, **facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
