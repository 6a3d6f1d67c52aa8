"""Where a cluster keeps what it has; `ci/demo`, which runs before `.venv` exists, imports this."""

from __future__ import annotations

from pathlib import Path

from tools.common.paths import cache_folder

DEFAULT_NAME = "omero"


def state_folder(name: str) -> Path:
    """Return the folder with everything a cluster of that name keeps."""
    return cache_folder() / "cluster" / name
