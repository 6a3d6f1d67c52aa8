"""RawFileStore: reading and writing the content of an OriginalFile."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from omero.rtypes import rlong

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.call import Call
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.store import Row, Store
from omero_standin.servants import unlocked
from omero_standin.services.access import loaded, need_edit
from omero_standin.services.stateful import Stateful

_LARGEST_READ: Final = 64 * 1000 * 1000
# Ice.MessageSizeMax of a server as it is installed, in bytes: no answer is longer.
_LARGEST_ANSWER: Final = 250_000 * 1024


class RawFileStore(Stateful):
    """One open file of one client."""

    def __init__(self) -> None:
        """No file is chosen."""
        self._lock = threading.Lock()
        self._file: Row | None = None
        self._store: Store | None = None
        self._path = Path()
        self._dirty = False
        self._writable = True
        self._fixed = False
        # Told when the client closes the store.
        self.on_close: Callable[[], object] = lambda: None

    @classmethod
    def of(cls, call: Call, file: Row, *, writable: bool) -> Self:
        """A store of a repository, with the file chosen for good."""
        made = cls()
        made._open(call, file)
        made._writable, made._fixed = writable, True
        return made

    def setFileId(self, call: Call, file_id: int) -> None:
        """Choose the file; what was written to another one is saved first.

        A file of a repository can only be read so: to write, ask the repository for it.
        """
        if self._fixed:
            raise refuse.usage(f"Cannot reset id to {file_id}")
        self._save()
        self._open(call, loaded(call, "OriginalFile", file_id))

    def getFileId(self, _call: Call) -> Any:
        """The chosen file."""
        return rlong(self._chosen().id)

    @unlocked
    def read(self, call: Call, position: int, length: int) -> Any:
        """Always `length` bytes from a position: zeros stand for what is behind the file's end."""
        with call.store.lock:
            if call.restricted(self._chosen()):
                raise refuse.forbidden(f"Download is restricted for {self._chosen()}")
            self._need_content(call)
        if position < 0 or length < 0:
            raise refuse.server_fault(f"cannot read {length} bytes at {position}")
        if length > _LARGEST_READ and self._file_of_repository:
            raise refuse.usage(f"Too big: {length}")
        if length > _LARGEST_ANSWER:
            raise refuse.usage(f"{length} bytes are more than an answer can hold")
        with self._path.open("rb") as content:
            content.seek(position)
            return content.read(length).ljust(length, b"\0")

    @unlocked
    def write(self, call: Call, data: bytes, position: int, length: int) -> None:
        """The first `length` bytes of `data` to a position."""
        with call.store.lock:
            self._need_writable(call)
        if position < 0 or length < 0 or length > len(data):
            raise refuse.usage(f"cannot write {length} of {len(data)} bytes at {position}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._dirty = True
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o640)
                with os.fdopen(handle, "r+b") as content:
                    content.seek(position)
                    content.write(data[:length])
            except OSError as error:
                raise refuse.missing(f"{self._path}: {error.strerror}") from error

    def size(self, call: Call) -> Any:
        """Bytes that are there."""
        self._need_content(call)
        return self._path.stat().st_size

    def exists(self, _call: Call) -> Any:
        """Whether there is content."""
        self._chosen()
        return self._path.is_file()

    def truncate(self, call: Call, length: int) -> Any:
        """Make the file shorter; false when it is shorter already."""
        self._need_writable(call)
        if not self._path.is_file() or self._path.stat().st_size < length:
            return False
        with self._lock:
            self._dirty = True
            os.truncate(self._path, length)
        return True

    @unlocked
    def save(self, call: Call) -> Any:
        """Write size and checksum into the OriginalFile, which is returned; null when unchanged."""
        if self._file is None:
            return None
        self._save()
        with call.store.lock:
            return call.marshaller().object(self._chosen())

    @unlocked
    def close(self, call: Call) -> None:
        """Save, and take the store away."""
        self.on_close()
        self._save()
        call.close_object()

    def end(self) -> None:
        """Save, also when the session ends without a `close`."""
        self._save()

    def _chosen(self) -> Row:
        if self._file is None:
            raise refuse.usage("setFileId must be called before anything else")
        return self._file

    def _need_content(self, call: Call) -> None:
        """A file that nobody wrote to is made, empty, for who may write to it, as Java opens it."""
        file = self._chosen()
        if self._path.is_file():
            return
        if not self._writable or not call.rights(file).edit:
            raise refuse.missing(f"OriginalFile:{file.id} has no content")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o640)

    @property
    def _file_of_repository(self) -> bool:
        return bool(self._chosen().values.get("repo"))

    def _need_writable(self, call: Call) -> None:
        """Refuse to change a file that is open for reading, or that the caller may only look at."""
        file = self._chosen()
        if not self._writable:
            raise refuse.forbidden(f"File not writeable! OriginalFile:{file.id} is open to read")
        need_edit(call, file)

    def _open(self, call: Call, file: Row) -> None:
        self._file, self._path, self._dirty = file, call.kernel.data.content(file), False
        self._writable = not file.values.get("repo")
        self._store = call.store

    def _save(self) -> None:
        """Write size and checksum; a file of a repository that got no content is an empty one."""
        store, file = self._store, self._file
        if store is None or file is None:
            return
        if self._fixed and self._writable and not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o640)
            self._dirty = True
        if not self._dirty:
            return
        with self._lock:
            with store.lock:
                name = value_of(store, file, "hasher") or checksums.DEFAULT
            digest, size = checksums.of_file(self._path, name), self._path.stat().st_size
            self._dirty = False
        with store.lock:
            if store.find(file.kind, file.id) is not None:
                hasher = enumeration(store, "ChecksumAlgorithm", name)
                changed = int(self._path.stat().st_mtime * 1000)
                store.update(file, size=size, hash=digest, hasher=hasher, mtime=changed)
