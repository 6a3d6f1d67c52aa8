"""The store: restic, called as a program."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from omero_backup import processes, reach
from omero_backup.errors import BackupError
from omero_backup.settings import Settings, one_line

# restic knows no store without encryption; this is what one without a passphrase has.
NO_PASSPHRASE = "not-encrypted"  # noqa: S105 - it is no secret: docs/backup.md has it

# A file that somebody deleted while the backup read the folder is not a fault. Older versions of
# restic give the number, newer ones the words.
_GONE = "no such file or directory"
_GONE_NUMBERS = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)
# How a store that was never made shows itself.
_ABSENT = (_GONE, "key does not exist")
# restic would make the bucket, and a wrong name would have backups of its own.
_NO_BUCKET = "bucket does not exist"
# A server that is updated is back within minutes; Kubernetes starts a failed run again twice.
_AWAY_SECONDS = 600
# restic's exit code when a snapshot was made without some files.
_INCOMPLETE = 3


class AbsentError(BackupError):
    """There is no store yet."""


@dataclass(frozen=True)
class Snapshot:
    """What restic calls a snapshot.

    Attributes:
        id: Its id.
        time: When it was made, as restic writes it.
        tags: `backup=ID`, `kind=KIND` and, with a snapshot of a volume, `snapshot=KIND/NAME`.
    """

    id: str
    time: str
    tags: tuple[str, ...]

    def tag(self, name: str) -> str:
        """The value of one of its tags; empty where it has none of that name."""
        return next((t.partition("=")[2] for t in self.tags if t.startswith(f"{name}=")), "")


@dataclass
class Saved:
    """A file that is being saved.

    Attributes:
        stream: What is written there is in it.
        snapshot: Id of its snapshot; empty until it is saved.
    """

    stream: IO[bytes]
    snapshot: str = ""


@dataclass
class Store:
    """The restic repository of a site.

    Attributes:
        settings: The settings of this run.
    """

    settings: Settings
    _errors: Path = field(init=False)

    def __post_init__(self) -> None:
        self.settings.work.mkdir(parents=True, exist_ok=True)
        self._errors = self.settings.work / "restic-errors"
        passphrase = self.settings.work / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(self.settings.passphrase or NO_PASSPHRASE)

    # --- all commands ---------------------------------------------------------------------------

    def _environment(self) -> Mapping[str, str]:
        keys = {key: one_line(value) for key, value in os.environ.items() if key.startswith("AWS_")}
        return (
            os.environ
            | keys
            | {
                "RESTIC_REPOSITORY": self.settings.store,
                "RESTIC_PASSWORD_FILE": str(self.settings.work / "passphrase"),
                "RESTIC_CACHE_DIR": str(self.settings.work / "cache"),
                "RESTIC_PROGRESS_FPS": "0.1",
            }
        )

    @contextmanager
    def _started(
        self,
        *arguments: str | bytes,
        folder: Path | None = None,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.PIPE,
    ) -> Iterator[subprocess.Popen[bytes]]:
        command = ["restic", "--quiet", *arguments]
        reach.wait(self.settings.store, min(self.settings.wait_seconds, _AWAY_SECONDS))
        authority = os.environ.get("BACKUP_S3_CA_FILE", "")
        if authority:
            command[1:1] = ["--cacert", authority]
        with processes.started(
            command,
            self._errors,
            environment=self._environment(),
            folder=folder,
            stdin=stdin,
            stdout=stdout,
        ) as process:
            yield process

    def _output(
        self, *arguments: str | bytes, folder: Path | None = None, incomplete: bool = False
    ) -> bytes:
        """What a command prints.

        Args:
            arguments: The command's words.
            folder: Where it runs.
            incomplete: Whether a backup may lack files that were deleted while it ran.

        Raises:
            BackupError: It failed.
        """
        with self._started(*arguments, folder=folder) as process:
            output, _ = process.communicate()
        if process.returncode == _INCOMPLETE and incomplete:
            self._refuse_unreadable()
        elif process.returncode:
            raise self._failed(str(arguments[0]))
        return output

    def _failed(self, doing: str) -> BackupError:
        words = processes.last_words(self._errors)
        if "wrong password" in words:
            words = "the passphrase does not fit the backups that are there: bring the one with "
            words += "which the first of them was made"
        return BackupError(f"restic {doing} on {self.settings.store} failed: {words}")

    def _waiting(
        self, *arguments: str | bytes, folder: Path | None = None, incomplete: bool = False
    ) -> bytes:
        """As `_output`, of a command that needs a lock.

        One that a killed run left counts as stale after half an hour, and `unlock` removes it.
        """
        deadline = time.monotonic() + self.settings.wait_seconds
        while True:
            try:
                return self._output(*arguments, folder=folder, incomplete=incomplete)
            except BackupError as error:
                if "already locked" not in str(error) or time.monotonic() > deadline:
                    raise
            self.unlock()
            time.sleep(min(20, self.settings.wait_seconds / 10))

    # --- the store itself -----------------------------------------------------------------------

    def make(self) -> list[Snapshot]:
        """Make the store, unless it is there; its snapshots."""
        try:
            return self.snapshots()
        except AbsentError:
            self._refuse_half()
            self._output("init")
            return []

    def _refuse_half(self) -> None:
        """A store without its first file would get another key, with which nothing can be read.

        Raises:
            BackupError: It has backups already.
        """
        snapshots = Path(self.settings.store, "snapshots")
        if snapshots.is_absolute() and snapshots.is_dir() and any(snapshots.iterdir()):
            raise BackupError(
                f"{self.settings.store} has backups, and its file config is missing, without which "
                "nobody can read them: bring it back, or give the site an empty destination"
            )

    def snapshots(self) -> list[Snapshot]:
        """The snapshots, the oldest first.

        Raises:
            AbsentError: There is no store.
            BackupError: There is one, or may be, and it cannot be opened.
        """
        try:
            output = self._output("snapshots", "--json", "--no-lock")
        except BackupError:
            words = self._errors.read_text(errors="replace").lower()
            if _NO_BUCKET in words:
                raise BackupError(
                    f"the bucket of {self.settings.store} does not exist: create it, or correct "
                    "its name"
                ) from None
            if "unable to open config file" in words and any(w in words for w in _ABSENT):
                raise AbsentError(f"there is no backup in {self.settings.store}") from None
            raise
        found = [
            Snapshot(each["id"], each["time"], tuple(each.get("tags") or ()))
            for each in json.loads(output) or []
        ]
        return sorted(found, key=lambda each: each.time)

    # --- writing --------------------------------------------------------------------------------

    def id(self) -> str:
        """What tells the store from every other one, short enough for a label."""
        return str(json.loads(self._output("cat", "config", "--no-lock"))["id"])[:16]

    def _tags(self, backup: str, kind: str, more: Sequence[str] = ()) -> list[str]:
        tags = [f"backup={backup}", f"kind={kind}", *more]
        return ["--host", self.settings.site, *(f"--tag={tag}" for tag in tags)]

    def save_folder(
        self,
        folder: Path,
        backup: str,
        kind: str,
        excludes: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Save everything in a folder; of what is there already, only what changed is read.

        Args:
            folder: The folder.
            backup: Id of the backup.
            kind: What of it this is.
            excludes: What is left out.
            tags: Further tags.

        Returns:
            restic's summary.

        Raises:
            BackupError: A file could not be read, or the store could not be written.
        """
        arguments = ["backup", "--json", *self._tags(backup, kind, tags)]
        arguments += [f"--exclude={exclude}" for exclude in excludes]
        return _summary(self._waiting(*arguments, ".", folder=folder, incomplete=True))

    def _refuse_unreadable(self) -> None:
        """What restic could not read must be gone.

        Raises:
            BackupError: It is still there.
        """
        unreadable = []
        for line in self._errors.read_text(errors="replace").splitlines():
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if message.get("message_type") == "error" and (why := _why_unreadable(message)):
                unreadable.append(f"{message.get('item')}: {why}")
        if unreadable:
            shown = "; ".join(unreadable[:3])
            raise BackupError(
                f"{len(unreadable)} files cannot be read by uid {os.getuid()}, for example {shown}"
            )

    @contextmanager
    def saving(self, backup: str, kind: str, name: str) -> Iterator[Saved]:
        """Save what the block writes, as one file; an error in the block saves nothing.

        Raises:
            BackupError: The store cannot be written.
        """
        arguments = ["backup", "--json", *self._tags(backup, kind)]
        arguments += ["--stdin", "--stdin-filename", name]
        summary = self.settings.work / "saved"
        with (
            summary.open("wb") as output,
            self._started(*arguments, stdin=subprocess.PIPE, stdout=output) as process,
        ):
            assert process.stdin is not None  # noqa: S101 - a pipe was asked for
            saved = Saved(process.stdin)
            # A reader that ended has an exit code that tells.
            with suppress(BrokenPipeError):
                yield saved
                process.stdin.close()
            process.wait()
        if process.returncode:
            raise self._failed("backup")
        saved.snapshot = str(_summary(summary.read_bytes())["snapshot_id"])

    def unlock(self) -> None:
        """Remove locks that killed runs left; those of runs that live stay."""
        self._output("unlock")

    def forget(self, ids: Sequence[str], *, clean: bool) -> None:
        """Delete snapshots, and with `clean` the data that no other one has."""
        if ids:
            self._waiting("forget", *(["--prune"] if clean else []), *ids)

    # --- reading --------------------------------------------------------------------------------

    @contextmanager
    def reading(self, snapshot: str, path: str | bytes) -> Iterator[IO[bytes]]:
        """One file of a snapshot, as a stream.

        Raises:
            BackupError: The store is damaged, or the file is not there.
        """
        with self._started("dump", "--no-lock", snapshot, path) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            yield process.stdout
            # What the block did not read is not needed.
            while process.stdout.read(processes.BLOCK):
                pass
        if process.returncode:
            raise self._failed("dump")

    def read(self, snapshot: str, path: str) -> bytes:
        """One small file of a snapshot."""
        with self.reading(snapshot, path) as stream:
            return stream.read()

    def list_files(self, snapshot: str) -> tuple[int, int]:
        """How many files a snapshot has, and their bytes."""
        files = size = 0
        with self._started("ls", "--json", "--no-lock", snapshot) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            for line in process.stdout:
                node = json.loads(line)
                if node.get("type") == "file":
                    files, size = files + 1, size + node.get("size", 0)
        if process.returncode:
            raise self._failed("ls")
        return files, size

    def check(self, percent: int) -> None:
        """Check the store's structure, and a share of its data.

        Raises:
            BackupError: It is damaged.
        """
        share = [f"--read-data-subset={percent}%"] if percent else []
        self._output("check", "--no-lock", *share)

    def restore(self, snapshot: str, target: Path) -> None:
        """Write the files of a snapshot into a folder."""
        self._output("restore", "--no-lock", "--target", str(target), snapshot)


def _why_unreadable(message: Mapping[str, Any]) -> str:
    """What restic says of a file; empty of one that is gone."""
    error = message.get("error") or {}
    number = error.get("Err") if isinstance(error, dict) else None
    if isinstance(number, int):
        return "" if number in _GONE_NUMBERS else os.strerror(number)
    text = json.dumps(error)
    return "" if _GONE in text else text


def _summary(output: bytes) -> dict[str, Any]:
    for line in reversed(output.splitlines()):
        message = json.loads(line)
        if message.get("message_type") == "summary":
            return dict(message)
    raise BackupError("restic ended without a summary")
