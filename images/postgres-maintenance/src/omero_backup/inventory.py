"""The repository's inventory: each file with size, time and checksum, and whether OMERO agrees.

A file whose size and time are those of the inventory before is not read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from omero_backup.errors import BackupError

# OMERO makes it again; and what file systems put into their roots.
EXCLUDED = ("BioFormatsCache", "lost+found", ".snapshot")

# What changes while the server runs, so that a difference means nothing.
VOLATILE = (b"FullText/", b"DropBox/", b".omero/", b"BioFormatsCache/")

_EXAMPLES = 5
# One file of so many is read, though it looks the same.
_EVERY = 100
_SHA1 = "SHA1-160"


@dataclass
class Findings:
    """What the comparison with OMERO's database found.

    Attributes:
        equal: Files whose checksum is what OMERO has.
        missing: Files that OMERO knows and that are not there.
        differing: Files with another checksum or size.
        examples: The first of those.
    """

    equal: int = 0
    missing: int = 0
    differing: int = 0
    examples: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Keep an example, unless there are enough."""
        if len(self.examples) < _EXAMPLES:
            self.examples.append(text)


class Inventory:
    """The files of a data folder.

    Attributes:
        root: The folder.
        files: How many there are.
        size: Their bytes.
        read: How many of them were read.
    """

    def __init__(self, root: Path, work: Path) -> None:
        self.root = root
        self.files = self.size = self.read = 0
        work.mkdir(parents=True, exist_ok=True)
        # Millions of files do not fit into the memory of a small pod.
        scratch = work / "inventory.sqlite"
        scratch.unlink(missing_ok=True)
        self._db = sqlite3.connect(scratch, isolation_level=None)
        self._db.execute("pragma synchronous = off")
        self._db.execute("pragma journal_mode = off")
        for table in ("before", "now"):
            self._db.execute(
                f"create table {table} (path blob primary key, size int, mtime int, sha1 text) "
                "without rowid"
            )

    def close(self) -> None:
        """Let go of the scratch file."""
        self._db.close()

    def remember(self, lines: Iterable[bytes]) -> None:
        """Take the inventory of the backup before, as `write` wrote it."""
        self._db.execute("begin")
        for line in lines:
            path, size, mtime, sha1 = json.loads(line)
            if sha1 is None:
                continue
            row = (os.fsencode(path), size, mtime, sha1)
            self._db.execute("insert or replace into before values (?, ?, ?, ?)", row)
        self._db.execute("commit")

    def take(self) -> None:
        """Look at every file; read the ones that are new or changed.

        Raises:
            BackupError: One cannot be read.
        """
        self._db.execute("begin")
        for path, status in _walk(os.fsencode(self.root), b""):
            known = self._db.execute(
                "select sha1 from before where path = ? and size = ? and mtime = ?",
                (path, status.st_size, status.st_mtime_ns),
            ).fetchone()
            sha1 = known[0] if known else self._checksum(path)
            if sha1 is None:
                continue
            row = (path, status.st_size, status.st_mtime_ns, sha1)
            self._db.execute("insert or replace into now values (?, ?, ?, ?)", row)
            self.files, self.size = self.files + 1, self.size + status.st_size
            self.read += not known
        self._db.execute("commit")

    def _checksum(self, path: bytes) -> str | None:
        try:
            return sha1_of(os.fsencode(self.root) + b"/" + path)
        except FileNotFoundError:
            # Deleted since it was listed.
            return None
        except OSError as error:
            raise _unreadable(self.root, path, error) from error

    def settle(self) -> None:
        """Forget the checksums of files that changed since: the copy may have either content."""
        self._db.execute("create table after (path blob primary key, size int, mtime int)")
        self._db.execute("begin")
        for path, status in _walk(os.fsencode(self.root), b""):
            row = (path, status.st_size, status.st_mtime_ns)
            self._db.execute("insert or replace into after values (?, ?, ?)", row)
        self._db.execute(
            "update now set sha1 = null where not exists (select 1 from after where "
            "after.path = now.path and after.size = now.size and after.mtime = now.mtime)"
        )
        self._db.execute("commit")

    def write(self, sink: IO[bytes]) -> None:
        """Write a line of JSON for each file, sorted: path, size, time in nanoseconds, SHA-1.

        The checksum is null where the file changed while it was copied.
        """
        for path, size, mtime, sha1 in self._db.execute("select * from now order by path"):
            sink.write(json.dumps([os.fsdecode(path), size, mtime, sha1]).encode() + b"\n")

    def compare(self, known: Iterable[list[Any]], managed: Path) -> Findings:
        """Compare with what OMERO's database says of its files.

        Args:
            known: As `Frozen.files` tells them.
            managed: The folder of imported images.
        """
        found = Findings()
        places = _repositories(self.root, managed)
        for number, repository, path, name, size, checksum, kind in known:
            place = _place(places, number, repository, path, name)
            if place is None or size is None:
                continue
            row = self._db.execute("select size, sha1 from now where path = ?", (place,)).fetchone()
            if row is None:
                found.missing += 1
                found.tell(f"{shown(place)} (original file {number}) is missing")
            elif row[0] != size or (kind == _SHA1 and checksum and row[1] != checksum.lower()):
                found.differing += 1
                found.tell(f"{shown(place)} (original file {number}) is not what OMERO stored")
            else:
                found.equal += kind == _SHA1 and bool(checksum)
        return found


def differences(root: Path, lines: Iterable[bytes]) -> tuple[int, list[str]]:
    """Compare a restored folder with an inventory, checksum by checksum.

    Returns:
        How many files differ, and the first of them.
    """
    return _compared(root, lines, as_then=lambda *_: False)


def unlike(root: Path, lines: Iterable[bytes]) -> tuple[int, list[str]]:
    """Compare a folder that came as a whole with an inventory.

    Files with the size and time of then are taken for the same, but for a sample; others are read.

    Returns:
        How many files differ, and the first of them.
    """

    def as_then(number: int, status: os.stat_result, mtime: int) -> bool:
        return status.st_mtime_ns == mtime and number % _EVERY != 0

    return _compared(root, lines, as_then)


def _compared(
    root: Path, lines: Iterable[bytes], as_then: Callable[[int, os.stat_result, int], bool]
) -> tuple[int, list[str]]:
    """How many files differ, and the first of them.

    Args:
        root: The folder.
        lines: Of the inventory.
        as_then: Whether a file of the right size is the same unread: its place in the inventory,
            what it is now, and its time of then (ns).
    """
    count, examples = 0, []
    for number, line in enumerate(lines):
        path, size, mtime, sha1 = json.loads(line)
        raw = os.fsencode(path)
        if sha1 is None or raw.startswith(VOLATILE):
            continue
        place = os.fsencode(root) + b"/" + raw
        try:
            status = os.stat(place, follow_symlinks=False)  # noqa: PTH116 - a name may be no text
            same = status.st_size == size and (
                as_then(number, status, mtime) or sha1_of(place) == sha1
            )
        except OSError:
            same = False
        if not same:
            count += 1
            if count <= _EXAMPLES:
                examples.append(f"{shown(raw)} ({size} bytes)")
    return count, examples


def sha1_of(path: bytes) -> str:
    """SHA-1 of a file, in small letters; what OMERO uses as a checksum, not as a signature."""
    with open(path, "rb") as file:  # noqa: PTH123 - a name may be no text
        return hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()


def shown(path: bytes) -> str:
    """A path for people, on one line, whatever it is made of."""
    return json.dumps(os.fsdecode(path), ensure_ascii=True)[1:-1]


def _walk(root: bytes, below: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """The files below a folder: path from the root, and status. Links are not followed."""
    try:
        entries = sorted(os.scandir(root + b"/" + below), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(Path(os.fsdecode(root)), below, error) from error
    for entry in entries:
        path = below + entry.name
        if not below and entry.name.decode(errors="replace") in EXCLUDED:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path + b"/")
        elif entry.is_file(follow_symlinks=False):
            try:
                yield path, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _unreadable(Path(os.fsdecode(root)), path, error) from error


def _unreadable(root: Path, path: bytes, error: OSError) -> BackupError:
    words = f"{shown(path) or '/'} in {root} cannot be read: {error.strerror}"
    if isinstance(error, PermissionError):
        words += (
            f" for uid {os.getuid()}, as which OMERO.server runs. Give it to this user: chown -R "
            f"{os.getuid()} in the volume, or fsGroup"
        )
    return BackupError(words)


def _repositories(root: Path, managed: Path) -> dict[str, bytes]:
    """Where the repositories below the folder are, by the id that OMERO gave each."""
    found = {}
    for folder in (root, managed):
        if not folder.is_relative_to(root):
            continue
        below = os.fsencode(folder.relative_to(root)) + b"/" if folder != root else b""
        for mark in folder.glob(".omero/repository/*/repo_uuid"):
            found[mark.read_text(errors="replace").strip()] = below
    return found


def _place(
    places: dict[str, bytes], number: int, repository: str | None, path: str, name: str
) -> bytes | None:
    """Where a file of OMERO is below the data folder; None where it is somewhere else.

    Scripts that come with the server, for example, are in a repository in its image.
    """
    if repository is None:
        return os.fsencode(legacy_path(number))
    if repository not in places:
        return None
    return places[repository] + os.fsencode(f"{path}/{name}".replace("//", "/").lstrip("/"))


def legacy_path(number: int) -> str:
    """Where OMERO puts a file of this id that is in no repository.

    As in `AbstractFileSystemService.getPath` of omero-romio.
    """
    folders, rest = "", number
    while rest > 999:
        rest //= 1000
        if rest:
            folders = f"Dir-{rest % 1000:03d}/{folders}"
    return f"Files/{folders}{number}"
