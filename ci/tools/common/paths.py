"""Where built programs, wheels, logs and the cluster's state are kept on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder that everything built or started here lives under.

    Returns:
        ``$OMERO_PLATFORM_CACHE`` when set, else a folder of our own in the user's cache folder.
    """
    if chosen := os.environ.get("OMERO_PLATFORM_CACHE"):
        return Path(chosen).expanduser().absolute()
    shared = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(shared).expanduser().absolute() / "omero-platform"


def bin_folder() -> Path:
    """Return the folder with the built programs."""
    return cache_folder() / "bin"


def wheels_folder() -> Path:
    """Return the folder with the built Python wheels."""
    return cache_folder() / "wheels"


def logs_folder() -> Path:
    """Return the folder with one log for each tool that was built."""
    return cache_folder() / "logs"


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a crash, sees the old text or the new, never half.

    Args:
        path: The file to write; its folder is made when missing.
        text: The new content.
        mode: The permissions of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
