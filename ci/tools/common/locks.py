"""One at a time: a lock that the kernel gives back when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another run to finish: {purpose}", file=sys.stderr, flush=True)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
