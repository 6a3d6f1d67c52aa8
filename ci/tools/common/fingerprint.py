"""The one fingerprint: a text that changes whenever what something is made from changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(files: Iterable[Path], settings: Iterable[str] = ()) -> str:
    """Return the fingerprint of files and settings.

    Args:
        files: The files whose names and content count, such as a module's ``go.mod``.
        settings: Everything else that counts, such as build flags and the compiler's version.

    Returns:
        The SHA-256 of all of them, in hexadecimal.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"file {file.name}\0".encode())
        digest.update(bytes.fromhex(file_digest(file)))
    for setting in settings:
        digest.update(f"setting {setting}\0".encode())
    return digest.hexdigest()


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def version_of_file(file: Path) -> str:
    """Return a setting that changes with a big file, whose content is not read for it."""
    status = file.stat()
    return f"{file.name} {status.st_size} {status.st_mtime_ns}"
