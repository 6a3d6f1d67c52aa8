"""Locks of files that the kernel gives back when their holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools.common.errors import CommandError


@contextmanager
def only_one(path: Path, purpose: str) -> Iterator[None]:
    """Hold a lock file while the block runs, waiting for another holder first.

    Args:
        path: The lock file; it is made when missing and stays.
        purpose: What the lock is for, said when there is another holder to wait for.

    Yields:
        Nothing; the lock is held until the block ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened without inheritance: a daemon started inside the block must not keep the lock.
    with path.open("a", encoding="utf-8") as stream:
        _take(stream, fcntl.LOCK_EX, purpose)
        yield


def in_use(path: Path, purpose: str) -> TextIO:
    """Hold a lock file together with others that use the same thing: `only_one` waits for all.

    Args:
        path: The lock file; it is made when missing and stays.
        purpose: What the lock is for, said when there is another holder to wait for.

    Returns:
        The open file. The lock is held until it is closed or the process ends. A program that takes
        the process' place (`os.execv`) goes on holding it; what `subprocess` starts does not.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("a", encoding="utf-8")
    _take(stream, fcntl.LOCK_SH, purpose)
    os.set_inheritable(stream.fileno(), True)
    return stream


def claimed(path: Path, thing: str, holder: str) -> TextIO:
    """Hold a lock file, or refuse and name who holds it.

    Args:
        path: The lock file; it is made when missing and stays.
        thing: What the lock is for.
        holder: Who this is, for others that want it.

    Returns:
        The open file. The lock is held until it is closed or the process ends.

    Raises:
        CommandError: Another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with stream:
            stream.seek(0)
            other = stream.read()
        raise CommandError(f"{thing} is in use by {other}; wait until that has ended") from None
    stream.truncate(0)
    stream.write(holder)
    stream.flush()
    return stream


def _take(stream: TextIO, kind: int, purpose: str) -> None:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another run to finish: {purpose}", file=sys.stderr, flush=True)
        fcntl.flock(stream, kind)
